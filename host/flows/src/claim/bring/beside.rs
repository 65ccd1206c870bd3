//! Rows of what came back, laid beside the receipts that were filed.

use super::super::model_payer;
use super::super::record::facts;
use super::super::standing::verdicts;
use super::named::Named;
use super::{Brought, Item};
use crate::host::Host;
use crate::return_file::not_returns;
use receden::returns::returned;
use reseplug_claims::{Book, Event, Filing, FilingKey, How, Recorded, Wanted};
use reseplug_effect::{Fault, jst};
use reseplug_engine::contract::{Document, Finding, Reading, ReceiptRef};
use reseplug_model::Month;
use serde_json::json;

/// What to do about a row that fits no receipt.
const NOBODY: (&str, &str) = (
    "請求したレセプトの中に見つかりません。ファイルの行を確かめてください。",
    "no filed receipt fits; look at the row",
);

/// Lays rows beside filed receipts.
pub(super) struct Beside<'a> {
    pub(super) host: &'a Host,
    pub(super) book: &'a Book,
    pub(super) item: &'a Item,
    pub(super) events: Vec<Recorded>,
    pub(super) rows: Vec<Brought>,
    /// What is odd about the file as a whole.
    pub(super) odd: Vec<Fault>,
}

impl Beside<'_> {
    pub(super) fn tell(&mut self, key: &FilingKey, receipt: Option<u32>, event: Event) {
        let mut told = self
            .host
            .told(key, event, self.item.how, &self.item.by)
            .from(self.item.document.digest.clone());
        told.receipt = receipt;
        self.events.push(told);
    }

    pub(super) fn findings(&mut self, filing: &Filing, reading: &Reading) -> Result<(), Fault> {
        let mut own = Vec::new();
        for row in &reading.findings {
            let named = Named::of(&row.receipt, filing);
            let told = json!({ "finding": row.receipt, "code": row.finding.code,
                "message": row.finding.message_ja });
            let finding = Finding {
                receipt: named.number(),
                ..row.finding.clone()
            };
            let text = format!("{} {}", finding.code, finding.message_ja);
            let brought = match named {
                Named::Nobody => {
                    self.stranger(filing.key.month, filing.key.payer, told);
                    Brought {
                        name: row.receipt.name.clone().unwrap_or_default(),
                        receipt: row.receipt.number,
                        action_ja: NOBODY.0.to_owned(),
                        action_en: NOBODY.1.to_owned(),
                        ..Brought::finding(text)
                    }
                }
                Named::Whole => Brought {
                    action_ja: finding.action_ja.clone(),
                    action_en: finding.action_en.clone(),
                    ..Brought::finding(text)
                },
                Named::Receipt(receipt) => {
                    self.tie(told);
                    Brought {
                        name: receipt.name.clone(),
                        filing: Some(filing.key.clone()),
                        receipt: Some(receipt.number),
                        action_ja: finding.action_ja.clone(),
                        action_en: finding.action_en.clone(),
                        ..Brought::finding(text)
                    }
                }
            };
            self.rows.push(brought);
            if !matches!(named, Named::Nobody) {
                own.push(finding);
            }
        }
        let findings = crate::words::findings::written(&own)
            .map_err(|e| crate::host::not_json(&self.item.document.name, &e))?;
        let verdicts = verdicts(&own, filing);
        self.tell(&filing.key, None, Event::Findings { verdicts, findings });
        Ok(())
    }

    pub(super) fn returns(&mut self, document: &Document) -> Result<(), Fault> {
        let name = &document.name;
        // A claim file read as returns would say of every receipt that it came back.
        let mut own = self.book.filings().iter();
        if own.any(|filing| filing.key.sha256 == self.item.document.digest) {
            return Err(not_returns(name));
        }
        let of = self.host.return_file(name, &document.bytes)?;
        let (payer, month) = (of.payer, of.month);
        if let (How::Imported, Some(said)) = (self.item.how, self.item.payer)
            && said != payer
        {
            return Err(Fault::new(
                "claim/other-payer",
                format!(
                    "返戻ファイル「{name}」は{}からのもので、{}のものではありません。--payer を確かめてください。何も記録していません。",
                    payer.name_ja(),
                    said.name_ja()
                ),
                format!(
                    "the return file {name} is of {}, not of {}; see --payer. Nothing was recorded",
                    payer.name_ja(),
                    said.name_ja()
                ),
            ));
        }
        self.odd.extend(of.miscounted);
        for back in returned(&of.file) {
            let receipt = facts(&back.receipt)
                .map_err(|error| super::super::record::unreadable(name, &error))?;
            let reasons: Vec<String> = back.reasons().map(|r| r.text()).collect();
            let explained = back.reasons().find_map(|r| r.explanation());
            let processed = back.reasons().find_map(|r| r.month());
            let came = self.host.today()?.month();
            let found = self.book.find_returned(payer, &receipt, processed, came);
            let text = reasons.join("／");
            let row = json!({ "returned": receipt });
            match &found {
                Some((key, number)) => {
                    let event = Event::Returned {
                        reasons,
                        search_number: receipt.search_number.clone(),
                        processed: processed.map(|m| m.to_string()),
                        paper: false,
                    };
                    self.tell(key, Some(*number), event);
                    self.tie(row);
                }
                None => self.stranger(month, payer, row),
            }
            self.rows.push(Brought {
                what: "returned".to_owned(),
                what_ja: "返戻".to_owned(),
                name: receipt.name.clone(),
                filing: found.as_ref().map(|(key, _)| key.clone()),
                receipt: found.as_ref().map(|(_, number)| *number),
                yen: i64::try_from(receipt.total).ok(),
                text,
                action_ja: explained.map_or_else(
                    || "返戻理由を読み、製品で直して、次の月に請求し直してください。".to_owned(),
                    |e| format!("{} {}", e.ja, e.action_ja),
                ),
                action_en: explained.map_or_else(
                    || {
                        "read the reason, correct it in the product and file it again next month"
                            .to_owned()
                    },
                    |e| format!("{} {}", e.en, e.action_en),
                ),
            });
        }
        Ok(())
    }

    /// Records something of a month and payer that is about no filing.
    fn aside(&mut self, month: Month, payer: reseplug_model::Payer, event: Event) {
        let at = jst(self.host.now());
        let told = Recorded::beside(
            month,
            payer,
            event,
            self.item.how,
            self.item.by.as_str(),
            at,
        );
        self.events
            .push(told.from(self.item.document.digest.clone()));
    }

    fn stranger(&mut self, month: Month, payer: reseplug_model::Payer, row: serde_json::Value) {
        self.aside(month, payer, Event::Stranger { row });
    }

    /// A row fits a receipt. If it fitted none when the file was read before, that is settled.
    fn tie(&mut self, row: serde_json::Value) {
        let source = Some(&self.item.document.digest);
        let before = self.book.strangers().find(|told| {
            told.source.as_ref() == source
                && matches!(&told.event, Event::Stranger { row: same } if *same == row)
        });
        if let Some((month, payer)) = before.map(|told| (told.month, told.payer)) {
            self.aside(month, payer, Event::Tied { row });
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one row of a table")]
    pub(super) fn row(
        &mut self,
        of: &ReceiptRef,
        payer: Option<reseplug_model::Payer>,
        event: Event,
        what: &str,
        what_ja: &str,
        yen: Option<i64>,
        text: &str,
    ) -> Result<(), Fault> {
        let payer = payer.or(self.item.payer);
        let month = |text: &Option<String>| text.as_deref().and_then(|m| Month::parse(m).ok());
        let wanted = Wanted {
            payer,
            claim_month: month(&of.claim_month),
            number: of.number,
            person_key: of.person_key.as_deref(),
            name: of.name.as_deref(),
            service_month: month(&of.service_month),
            total: of.total,
            came: Some(self.host.today()?.month()),
        };
        let found = self.book.find(&wanted);
        let row = serde_json::to_value(of).map_err(|e| crate::host::not_json(what, &e))?;
        let row = json!({ (what): row, "yen": yen });
        match &found {
            Some((key, number)) => {
                self.tell(key, Some(*number), event);
                self.tie(row);
            }
            None => {
                let month = wanted
                    .claim_month
                    .or(self.item.filing.as_ref().map(|f| f.key.month))
                    .or(self.item.month)
                    .map_or_else(|| self.host.today().map(|day| day.month()), Ok)?;
                let payer = payer.unwrap_or(reseplug_model::Payer::SocialInsuranceFund);
                self.stranger(month, payer, row);
            }
        }
        let own = found.as_ref().and_then(|(key, number)| {
            let filing = self.book.filing(key)?;
            filing.receipts.iter().find(|r| r.number == *number)
        });
        self.rows.push(Brought {
            what: what.to_owned(),
            what_ja: what_ja.to_owned(),
            name: own
                .map(|r| r.name.clone())
                .or_else(|| of.name.clone())
                .unwrap_or_default(),
            filing: found.as_ref().map(|(key, _)| key.clone()),
            receipt: found.as_ref().map(|(_, number)| *number),
            yen,
            text: text.to_owned(),
            action_ja: match found {
                Some(_) => String::new(),
                None => NOBODY.0.to_owned(),
            },
            action_en: match found {
                Some(_) => String::new(),
                None => NOBODY.1.to_owned(),
            },
        });
        Ok(())
    }

    pub(super) fn payment(
        &mut self,
        payment: &reseplug_engine::contract::Payment,
    ) -> Result<(), Fault> {
        let payer = model_payer(payment.payer);
        let Ok(month) = Month::parse(&payment.claim_month) else {
            return Err(Fault::new(
                "claim/payment-month",
                format!("振込の請求年月「{}」を読めません。", payment.claim_month),
                format!("`{}` is no month of a payment", payment.claim_month),
            ));
        };
        let event = Event::Payment {
            amount: payment.amount,
            receipts: payment.receipts,
            paid_on: payment.paid_on.clone(),
        };
        self.aside(month, payer, event);
        self.rows.push(Brought {
            what: "payment".to_owned(),
            what_ja: "振込".to_owned(),
            name: format!("{} {month}", payer.name_ja()),
            filing: None,
            receipt: None,
            yen: i64::try_from(payment.amount).ok(),
            text: payment.paid_on.clone().unwrap_or_default(),
            action_ja: String::new(),
            action_en: String::new(),
        });
        for row in &payment.rows {
            let mut of = row.receipt.clone();
            of.claim_month.get_or_insert_with(|| month.to_string());
            let yen = i64::try_from(row.amount).ok();
            let event = Event::Paid { amount: row.amount };
            self.row(&of, Some(payer), event, "paid", "支払", yen, "")?;
        }
        Ok(())
    }
}
