//! Where the gateway's filings stand.

use super::record::Jobs;
use super::{Channel, Counts, OfPayer, Sendings, Sent, Standing, told_by};
use crate::host::{Ended, Host, Loaded};
use crate::words::findings;
use reseplug_claims::{Event, Filing, How, Refused, Stage, Verdict};
use reseplug_effect::{Fault, RetryAdvice};
use reseplug_engine::Call;
use reseplug_engine::contract::{Finding, Severity, State, Status};
use reseplug_journal::{Flow, FlowError};
use reseplug_model::{Month, Payer};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// What 受付・事務点検 made of each receipt: the worst of its findings. One that is about the file as
/// a whole and rejects it takes every receipt along.
pub(super) fn verdicts(findings: &[Finding], filing: &Filing) -> BTreeMap<u32, Verdict> {
    let of = |severity: Severity| match severity {
        Severity::Reject => Verdict::Rejected,
        Severity::ReturnRisk | Severity::Attention => Verdict::Attention,
        Severity::Note => Verdict::Normal,
    };
    let mut all = BTreeMap::new();
    let whole = findings
        .iter()
        .any(|f| f.receipt.is_none() && f.severity == Severity::Reject);
    if whole {
        all.extend(
            filing
                .receipts
                .iter()
                .map(|r| (r.number, Verdict::Rejected)),
        );
    }
    for finding in findings {
        let (Some(number), verdict) = (finding.receipt, of(finding.severity)) else {
            continue;
        };
        if verdict > Verdict::Normal {
            let worst = all.entry(number).or_insert(verdict);
            *worst = verdict.max(*worst);
        }
    }
    all
}

impl Host {
    /// What left in a month, as far as this host knows, oldest first. `channel` and `payer`
    /// narrow it.
    ///
    /// # Errors
    /// Faults of the store.
    pub fn filed(
        &self,
        claim_month: Month,
        channel: Option<Channel>,
        payer: Option<Payer>,
    ) -> Result<Vec<Sent>, Fault> {
        let (book, jobs) = self.book_and_jobs()?;
        let own = book.filings().iter().filter(|filing| {
            filing.key.month == claim_month
                && channel.is_none_or(|c| c == filing.channel)
                && payer.is_none_or(|p| p == filing.key.payer)
        });
        Ok(own.map(|filing| self.sent(filing, &jobs)).collect())
    }

    /// The months of which something left, by whatever channel, ascending.
    ///
    /// # Errors
    /// Faults of the store.
    pub fn filed_months(&self) -> Result<BTreeSet<Month>, Fault> {
        Ok(self.book()?.filings().iter().map(|f| f.key.month).collect())
    }

    /// The gateway's filings of a month to do something about, or `claim/nothing-filed` with what
    /// there is instead.
    pub(super) fn over_gateway(
        &self,
        claim_month: Month,
        wanted: Sendings,
    ) -> Result<Vec<(Filing, Sent)>, Fault> {
        let (book, jobs) = self.book_and_jobs()?;
        let (there, beside): (Vec<&Filing>, Vec<&Filing>) = book
            .filings()
            .iter()
            .filter(|f| f.key.month == claim_month)
            .filter(|f| wanted.payer.is_none_or(|p| p == f.key.payer))
            .partition(|f| {
                f.channel == Channel::Gateway
                    && f.reference().is_some()
                    && f.is_trial() == wanted.trial
                    && wanted.sequence.is_none_or(|n| n == f.key.sequence)
            });
        if !there.is_empty() {
            let with_sent = |filing: &Filing| (filing.clone(), self.sent(filing, &jobs));
            return Ok(there.into_iter().map(with_sent).collect());
        }
        let beside: Vec<Sent> = beside
            .iter()
            .map(|filing| self.sent(filing, &jobs))
            .collect();
        if let Some(sequence) = wanted.sequence
            && beside
                .iter()
                .any(|one| one.channel == Channel::Gateway && one.trial == wanted.trial)
        {
            return Err(no_such_sending(claim_month, sequence, &beside));
        }
        Err(nothing_filed(claim_month, &beside, &self.filed_months()?))
    }

    /// What is on record of the findings of a month's sendings that stand: the last answer of a gateway,
    /// or a list that staff brought in. Asks nobody.
    ///
    /// # Errors
    /// Faults of the store.
    pub fn standing_on_record(
        &self,
        claim_month: Month,
        payer: Option<Payer>,
    ) -> Result<Vec<Standing>, Fault> {
        let (book, jobs) = self.book_and_jobs()?;
        let own = book.filings().iter().filter(|filing| {
            filing.key.month == claim_month
                && payer.is_none_or(|p| p == filing.key.payer)
                && !filing.stage().is_gone()
        });
        own.filter_map(|filing| {
            let found = filing.findings()?;
            Some((filing, findings::read::<Vec<Finding>>(found)))
        })
        .map(|(filing, findings)| {
            let key = filing.key.to_string();
            Ok(Standing {
                sent: self.sent(filing, &jobs),
                counts: counted(filing),
                findings: findings.map_err(|e| crate::host::not_json(&key, &e))?,
            })
        })
        .collect()
    }

    /// Whether this station files over a gateway, or could.
    pub fn has_gateway(&self) -> bool {
        self.station().connectors.gateway.is_some()
    }

    /// Asks the gateway where its filings of a month stand, with the findings of those that
    /// are checked. A sending of which nobody knows whether it arrived is looked for there, and what
    /// this store lacks is entered.
    ///
    /// # Errors
    /// Faults of the connector.
    pub fn standing(
        &self,
        claim_month: Month,
        payer: Option<Payer>,
    ) -> Result<Vec<OfPayer<Standing>>, Fault> {
        let connector = self.claims_plugin(Channel::Gateway)?;
        let looked = self.look_for(&connector, claim_month, payer);
        let (book, jobs) = self.book_and_jobs()?;
        let own = |f: &&Filing| f.key.month == claim_month && f.channel == Channel::Gateway;
        let own: Vec<&Filing> = book.filings().iter().filter(own).collect();
        // Where all are known, each can be asked although the list cannot be had.
        let unsure = |f: &&Filing| matches!(f.stage(), Stage::Begun | Stage::InDoubt);
        if own.is_empty() || own.iter().any(unsure) {
            looked?;
        }
        Ok(book
            .filings()
            .iter()
            .filter(|f| f.key.month == claim_month && f.channel == Channel::Gateway)
            .filter(|f| payer.is_none_or(|p| p == f.key.payer))
            .filter_map(|filing| Some((filing, filing.reference()?)))
            .map(|(filing, reference)| {
                // What is asked now is another question than what was asked before.
                OfPayer {
                    payer: filing.key.payer,
                    ended: self.standing_of(&connector, filing, reference, &jobs),
                }
            })
            .collect())
    }

    fn standing_of(
        &self,
        connector: &Loaded,
        filing: &Filing,
        reference: &str,
        jobs: &Jobs,
    ) -> Result<Ended<Standing>, Fault> {
        let of = json!({ "key": filing.key });
        let id = self.job_id(None, "status", &of, true)?;
        let new = self.new_job(&id, "status", of, &[connector]);
        self.run(&new, |flow| {
            let (status, findings) = self.ask_standing(flow, connector, filing, reference)?;
            let now = self.book()?;
            let known = now.filing(&filing.key).unwrap_or(filing);
            Ok(Standing {
                sent: self.sent(known, jobs),
                counts: Counts {
                    normal: status.normal,
                    attention: status.attention,
                    rejected: status.rejected,
                },
                findings,
            })
        })
    }

    /// Asks where a filing stands and what was found, and records both.
    pub(super) fn ask_standing(
        &self,
        flow: &mut Flow<'_>,
        connector: &Loaded,
        filing: &Filing,
        reference: &str,
    ) -> Result<(Status, Vec<Finding>), FlowError> {
        let status: Status = self.call(
            flow,
            connector,
            &Call::Status {
                ctx: connector.context.clone(),
                reference: reference.to_owned(),
            },
        )?;
        let findings: Vec<Finding> = match status.state {
            State::Checking => Vec::new(),
            _ => self.call(
                flow,
                connector,
                &Call::Findings {
                    ctx: connector.context.clone(),
                    reference: reference.to_owned(),
                },
            )?,
        };
        let mut events = Vec::new();
        if !matches!(status.state, State::Checking) {
            events.push(Event::Findings {
                verdicts: verdicts(&findings, filing),
                findings: findings::written(&findings)
                    .map_err(|e| crate::host::not_json(reference, &e))?,
            });
        }
        events.extend(told_by(&status));
        let tell = |event| self.told(&filing.key, event, How::Answered, super::OTHER_SIDE);
        let name = format!("status {}", filing.key);
        self.record_step(flow, &name, events.into_iter().map(tell).collect())?;
        Ok((status, findings))
    }
}

/// Receipts by what the check made of them, as it is on record.
fn counted(filing: &Filing) -> Counts {
    let of = |wanted: Verdict| {
        let all = filing.receipts.iter();
        let own = all.filter(|one| filing.verdict(one.number) == wanted);
        u32::try_from(own.count()).unwrap_or(u32::MAX)
    };
    Counts {
        normal: of(Verdict::Normal),
        attention: of(Verdict::Attention),
        rejected: of(Verdict::Rejected),
    }
}

/// Why a step is not done as things stand.
pub(super) fn refused(why: Refused) -> Fault {
    let fault = Fault::new(&format!("claim/{}", why.word()), why.say_ja(), why.say_en());
    match why {
        Refused::Checking => Fault {
            retry: RetryAdvice::Later,
            ..fault
        },
        Refused::Unknown => Fault {
            retry: RetryAdvice::AskFirst,
            ..fault
        },
        _ => fault,
    }
}

pub(super) fn no_such_sending(claim_month: Month, sequence: u32, there: &[Sent]) -> Fault {
    let list: Vec<String> = there
        .iter()
        .map(|s| format!("{} 第{}回 {}", s.payer.name_ja(), s.sequence, s.state_ja()))
        .collect();
    let numbers: Vec<String> = there.iter().map(|s| s.sequence.to_string()).collect();
    let handed = there
        .iter()
        .any(|s| s.sequence == sequence && s.channel == Channel::Handover);
    if handed {
        return Fault::new(
            "claim/no-such-sending",
            format!(
                "{claim_month}請求分の第{sequence}回は、引渡しで渡したものです。確定・取消・取下げは公式の端末で行い、`reseplug claim report` で記録してください。何もしていません。"
            ),
            format!(
                "sending {sequence} of {claim_month} was handed over: what is done with it is done in the official terminal and recorded with `reseplug claim report`. Nothing was done"
            ),
        );
    }
    Fault::new(
        "claim/no-such-sending",
        format!(
            "{claim_month}請求分に、第{sequence}回の送信はありません。何もしていません。あるもの: {}。",
            list.join("、")
        ),
        format!(
            "{claim_month} has no sending {sequence}; nothing was done. There are: {}",
            numbers.join(", ")
        ),
    )
}

fn nothing_filed(claim_month: Month, beside: &[Sent], months: &BTreeSet<Month>) -> Fault {
    let said: Vec<String> = beside
        .iter()
        .map(|s| {
            let trial = if s.trial { "確認試験 " } else { "" };
            let name = s.channel.name_ja();
            format!("{} {trial}{name} {}", s.payer.name_ja(), s.state_ja())
        })
        .collect();
    let (beside_ja, beside_en) = match said.as_slice() {
        [] => (String::new(), String::new()),
        said => (
            format!("この月にあるもの: {}。", said.join("、")),
            format!(" There are {} others of that month.", said.len()),
        ),
    };
    let others: Vec<String> = months
        .iter()
        .filter(|month| **month != claim_month)
        .map(ToString::to_string)
        .collect();
    let (others_ja, others_en) = match others.as_slice() {
        [] => (String::new(), String::new()),
        some => (
            format!(
                "渡したものがある月: {}（--month で指定します）。",
                some.join("、")
            ),
            format!(" Something left for {}; say with --month.", some.join(", ")),
        ),
    };
    Fault::new(
        "claim/nothing-filed",
        format!(
            "{claim_month} 請求分で、ゲートウェイに送ったものはありません。何もしていません。{beside_ja}{others_ja}引渡しで請求したものは、公式の端末で確定・取消をし、`reseplug claim report` で記録してください。"
        ),
        format!(
            "nothing of {claim_month} was filed over the gateway; nothing was done.{beside_en}{others_en} What was handed over is confirmed and withdrawn in the official terminal and recorded with `reseplug claim report`"
        ),
    )
}

/// Whether a filing may have a 受領書: it was sent and not taken back. The other side confirms by
/// itself at 10日24時.
pub(super) fn may_be_acknowledged(filing: &Filing) -> bool {
    !filing.is_trial()
        && filing.reference().is_some()
        && !matches!(filing.stage(), Stage::Withdrawn | Stage::Released)
}
