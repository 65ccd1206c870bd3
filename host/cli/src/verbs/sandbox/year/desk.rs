//! The official terminal and the payers behind it, as staff meet them: it takes the file that lies
//! in the hand-over folder, says what the check found, confirms, and puts ready what comes back.
//! No program speaks to it; only the simulated staff do.

use super::lot::Lot;
use jiff::Timestamp;
use receden::{CheckOptions, ClaimFile, Severity, repertoire};
use reseplug_calendar::{Activity, Calendar};
use reseplug_claims::Verdict;
use reseplug_model::{Month, Payer};
use sha2::{Digest, Sha256};

/// A receipt as the payer has it.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) number: u32,
    pub(super) person: String,
    pub(super) name: String,
    pub(super) service_month: Month,
    pub(super) total: u64,
    pub(super) verdict: Verdict,
    /// Since when its return lies ready.
    pub(super) returned: Option<Timestamp>,
    pub(super) adjusted: i64,
    pub(super) paid: Option<u64>,
}

/// 請求確定
#[derive(Debug, Clone)]
pub(super) struct Confirmed {
    pub(super) at: Timestamp,
    pub(super) include_errors: bool,
}

/// One レセプト送信.
#[derive(Debug, Clone)]
pub(super) struct Sending {
    pub(super) station: usize,
    pub(super) payer: Payer,
    pub(super) month: Month,
    pub(super) sha256: String,
    bytes: Vec<u8>,
    pub(super) receipts: Vec<Held>,
    pub(super) cancelled: bool,
    pub(super) confirmed: Option<Confirmed>,
    reviewed: bool,
    settled: bool,
}

impl Sending {
    /// The receipts that were filed by its confirmation.
    pub(super) fn filed(&self) -> impl Iterator<Item = &Held> {
        let included = self.confirmed.as_ref().map(|c| c.include_errors);
        self.receipts.iter().filter(move |one| match included {
            None => false,
            Some(errors) => {
                one.verdict == Verdict::Normal || (errors && one.verdict == Verdict::Attention)
            }
        })
    }

    /// The file, as it was sent.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether it is neither cancelled nor confirmed.
    pub(super) fn is_open(&self) -> bool {
        !self.cancelled && self.confirmed.is_none()
    }

    /// Whether the check found anything.
    pub(super) fn has_findings(&self) -> bool {
        self.receipts.iter().any(|r| r.verdict > Verdict::Normal)
    }
}

/// The desk.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) sendings: Vec<Sending>,
    lot: Lot,
}

impl Desk {
    pub(super) fn new(lot: Lot) -> Self {
        Self {
            sendings: Vec::new(),
            lot,
        }
    }

    /// Sends a file, where the days and hours allow it; says whether it was taken.
    pub(super) fn send(
        &mut self,
        station: usize,
        bytes: &[u8],
        calendar: &Calendar,
        now: Timestamp,
    ) -> bool {
        let Ok(file) = ClaimFile::parse(bytes) else {
            return false;
        };
        let Some((payer, month)) = file
            .header()
            .and_then(|h| Some((h.payer().ok()?, h.claim_month().ok()?)))
        else {
            return false;
        };
        let open = calendar.open(Activity::Claim, payer, now);
        if open.is_none_or(|window| window.claim_month != month) {
            return false;
        }
        let findings = receden::check(&file, &CheckOptions::default());
        let receipts = file
            .receipts()
            .filter_map(|receipt| {
                let number = receipt.number().ok()?;
                let verdict = findings
                    .iter()
                    .filter(|finding| finding.receipt == Some(number))
                    .map(|finding| match finding.severity {
                        Severity::Reject => Verdict::Rejected,
                        Severity::ReturnRisk | Severity::Attention => Verdict::Attention,
                        Severity::Note => Verdict::Normal,
                    })
                    .max()
                    .unwrap_or(Verdict::Normal);
                Some(Held {
                    number,
                    person: receipt.person_key().ok()??.into(),
                    name: receipt.name().ok()?.into(),
                    service_month: receipt.service_month().ok()?,
                    total: receipt.total().ok()?.0,
                    verdict,
                    returned: None,
                    adjusted: 0,
                    paid: None,
                })
            })
            .collect();
        self.sendings.push(Sending {
            station,
            payer,
            month,
            sha256: hex::encode(Sha256::digest(bytes)),
            bytes: bytes.to_vec(),
            receipts,
            cancelled: false,
            confirmed: None,
            reviewed: false,
            settled: false,
        });
        true
    }

    /// Everything of a station that was sent and not cancelled.
    pub(super) fn live(&self, station: usize) -> impl Iterator<Item = &Sending> {
        self.sendings
            .iter()
            .filter(move |s| s.station == station && !s.cancelled)
    }

    /// The sendings of a month that staff see under 請求状況, oldest first.
    pub(super) fn of(
        &mut self,
        station: usize,
        payer: Payer,
        month: Month,
    ) -> impl DoubleEndedIterator<Item = &mut Sending> {
        self.sendings
            .iter_mut()
            .filter(move |s| (s.station, s.payer, s.month) == (station, payer, month))
    }

    /// 請求確定 of the last sending; says whether there was one to confirm.
    pub(super) fn confirm(
        &mut self,
        station: usize,
        payer: Payer,
        month: Month,
        at: Timestamp,
        include_errors: bool,
    ) -> bool {
        let last = self.of(station, payer, month).rfind(|s| s.is_open());
        let Some(sending) = last else { return false };
        sending.confirmed = Some(Confirmed { at, include_errors });
        true
    }

    /// What the payers do by themselves until a moment.
    pub(super) fn settle(&mut self, calendar: &Calendar, now: Timestamp) {
        let lot = self.lot;
        for sending in &mut self.sendings {
            let Some(closes) = calendar.closes(sending.payer, sending.month) else {
                continue;
            };
            let normal = sending
                .receipts
                .iter()
                .any(|r| r.verdict == Verdict::Normal);
            if sending.is_open() && now >= closes && normal {
                sending.confirmed = Some(Confirmed {
                    at: closes,
                    include_errors: false,
                });
            }
            if sending.confirmed.is_none() {
                continue;
            }
            let Some(round) = sending.month.next() else {
                continue;
            };
            if !sending.reviewed && moment(round, 5, 8).is_some_and(|at| now >= at) {
                sending.reviewed = true;
                review(sending, lot, moment(round, 5, 8));
            }
            if !sending.settled && moment(round, 21, 9).is_some_and(|at| now >= at) {
                sending.settled = true;
                let filed: Vec<u32> = sending.filed().map(|r| r.number).collect();
                for one in &mut sending.receipts {
                    if one.returned.is_none() && filed.contains(&one.number) {
                        one.paid = Some(one.total.saturating_add_signed(one.adjusted));
                    }
                }
            }
        }
    }

    fn confirmed_in(
        &self,
        station: usize,
        payer: Payer,
        month: Month,
    ) -> impl Iterator<Item = &Sending> {
        self.sendings.iter().filter(move |s| {
            (s.station, s.payer, s.month) == (station, payer, month) && s.confirmed.is_some()
        })
    }

    /// 受領書 of a month, as CSV; nothing where nothing is confirmed.
    pub(super) fn acknowledgement(
        &self,
        station: usize,
        payer: Payer,
        month: Month,
    ) -> Option<Vec<u8>> {
        let sending = self.confirmed_in(station, payer, month).last()?;
        let count = sending.filed().count();
        let total: u64 = sending.filed().map(|r| r.total).sum();
        let number = sending.sha256.get(..8).unwrap_or_default().to_uppercase();
        Some(csv(&[
            "区分,件数,金額,受付番号".to_owned(),
            format!("合計,{count},{total},{number}"),
        ]))
    }

    /// 受付・事務点検ASP結果リスト of the sending that counts.
    pub(super) fn findings(&self, sending: &Sending) -> Vec<u8> {
        let mut lines = vec!["エラーコード,エラー内容,区分,レセプト番号,氏名".to_owned()];
        for one in &sending.receipts {
            let (code, class) = match one.verdict {
                Verdict::Normal => continue,
                Verdict::Attention => ("SIM3001", "要確認"),
                Verdict::Rejected => ("SIM2001", "受付不能"),
            };
            lines.push(format!(
                "{code},点検の結果,{class},{},{}",
                one.number, one.name
            ));
        }
        csv(&lines)
    }

    /// 返戻 that lie ready in the month after, one file.
    pub(super) fn returns(&self, station: usize, payer: Payer, month: Month) -> Option<Vec<u8>> {
        let mut lines: Vec<Vec<u8>> = Vec::new();
        let mut count = 0;
        for sending in self.confirmed_in(station, payer, month) {
            let file = ClaimFile::parse(&sending.bytes).ok()?;
            for one in sending.receipts.iter().filter(|r| r.returned.is_some()) {
                if lines.is_empty() {
                    let header = file.record(0)?;
                    lines.push([b"HH", header.bytes().get(2..)?].concat());
                }
                let receipt = file
                    .receipts()
                    .find(|receipt| receipt.number() == Ok(one.number))?;
                lines.extend(returned(receipt, sending, one.number, month.next()?)?);
                count += 1;
            }
        }
        if count == 0 {
            return None;
        }
        lines.push(format!("HG,{count},{}", lines.len()).into_bytes());
        let mut bytes = lines.join(&b"\r\n"[..]);
        bytes.extend(b"\r\n");
        bytes.push(receden::EOF);
        Some(bytes)
    }

    /// 増減点連絡書
    pub(super) fn adjustments(
        &self,
        station: usize,
        payer: Payer,
        month: Month,
    ) -> Option<Vec<u8>> {
        let mut lines =
            vec!["請求年月,レセプト番号,診療年月,記録番号,増減金額,事由コード,事由".to_owned()];
        for sending in self.confirmed_in(station, payer, month) {
            for one in sending.receipts.iter().filter(|r| r.adjusted != 0) {
                lines.push(format!(
                    "{month},{},{},{},{},SIM-A,算定要件を満たさないと認められます（模擬）",
                    one.number, one.service_month, one.person, one.adjusted
                ));
            }
        }
        (lines.len() > 1).then(|| csv(&lines))
    }

    /// 振込額
    pub(super) fn payments(&self, station: usize, payer: Payer, month: Month) -> Option<Vec<u8>> {
        let name = match payer {
            Payer::SocialInsuranceFund => "支払基金",
            Payer::NationalHealthFederation => "国保連",
        };
        let mut rows = Vec::new();
        let (mut sum, mut count) = (0u64, 0u32);
        for sending in self.confirmed_in(station, payer, month) {
            for one in &sending.receipts {
                let Some(paid) = one.paid else { continue };
                sum = sum.saturating_add(paid);
                count += 1;
                rows.push(format!(
                    "明細,{name},{month},,{paid},,{},{},{}",
                    one.number, one.person, one.service_month
                ));
            }
        }
        if rows.is_empty() {
            return None;
        }
        let day = month.next()?.day(21)?;
        let mut lines = vec![
            "区分,支払機関,請求年月,件数,振込額,振込日,レセプト番号,記録番号,診療年月".to_owned(),
        ];
        lines.push(format!("合計,{name},{month},{count},{sum},{day},,,"));
        lines.extend(rows);
        Some(csv(&lines))
    }

    /// How a station reads all of these, as settings of the connector.
    pub(super) fn layouts() -> serde_json::Value {
        serde_json::json!({
            "acknowledgement": {
                "table": { "title_line": 1, "rows": { "column": "区分", "equals": "合計" } },
                "receipts": "件数", "total": "金額", "number": "受付番号",
            },
            "findings": {
                "table": { "title_line": 1 }, "code": "エラーコード", "message": "エラー内容",
                "class": "区分", "classes": { "受付不能": "reject", "要確認": "attention" },
                "receipt": { "number": "レセプト番号", "name": "氏名" },
            },
            "adjustments": {
                "table": { "title_line": 1 }, "change": "増減金額", "code": "事由コード",
                "reason": "事由",
                "receipt": {
                    "claim_month": "請求年月", "number": "レセプト番号",
                    "service_month": "診療年月", "person_key": "記録番号",
                },
            },
            "payments": {
                "table": { "title_line": 1, "rows": { "column": "区分", "equals": "合計" } },
                "amount": "振込額", "receipts": "件数", "paid_on": "振込日",
                "claim_month": "請求年月", "payer": { "column": "支払機関" },
                "by_receipt": {
                    "rows": { "column": "区分", "equals": "明細" }, "amount": "振込額",
                    "receipt": {
                        "claim_month": "請求年月", "number": "レセプト番号",
                        "service_month": "診療年月", "person_key": "記録番号",
                    },
                },
            },
        })
    }
}

/// A day and hour of a month in Japan.
pub(super) fn moment(month: Month, day: i8, hour: i8) -> Option<Timestamp> {
    moment_at(month, day, hour, 0, 0)
}

/// The same with minutes and seconds.
pub(super) fn moment_at(
    month: Month,
    day: i8,
    hour: i8,
    minute: i8,
    second: i8,
) -> Option<Timestamp> {
    let number = i8::try_from(month.number()).ok()?;
    let day = jiff::civil::Date::new(month.year(), number, day).ok()?;
    let at = day.at(hour, minute, second, 0);
    let at = at.to_zoned(reseplug_calendar::japan()).ok()?;
    Some(at.timestamp())
}

/// What the payer decides about a confirmed sending.
fn review(sending: &mut Sending, lot: Lot, at: Option<Timestamp>) {
    let filed: Vec<u32> = sending.filed().map(|r| r.number).collect();
    let sha256 = sending.sha256.clone();
    for one in &mut sending.receipts {
        if !filed.contains(&one.number) {
            continue;
        }
        let number = one.number.to_string();
        let draw = |what, n| lot.below(n, &[what, &sha256, &number]);
        if draw("return", 20) == 0 {
            one.returned = at;
        } else if draw("adjust", 15) == 0 {
            let off = (one.total / 100).saturating_mul(10);
            one.adjusted = -i64::try_from(off).unwrap_or(0);
        }
    }
}

/// A receipt as filed with its 検索番号, why, and its history.
fn returned(
    receipt: receden::Receipt<'_>,
    sending: &Sending,
    number: u32,
    month: Month,
) -> Option<Vec<Vec<u8>>> {
    let digest = u64::from_str_radix(sending.sha256.get(..8)?, 16).ok()?;
    let search = format!(
        "{}{}{:010}{number:05}",
        sending.payer.code(),
        sending.month.compact(),
        digest
    );
    let (mut lines, mut own, mut before) = (Vec::new(), Vec::new(), Vec::new());
    for (_, record) in receipt.records() {
        if record.id() == "8" {
            before.push(record.bytes().to_vec());
            continue;
        }
        own.push(record.bytes().to_vec());
        let mut record = record.to_record();
        if record.id() == "RE" {
            record.set(15, &search).ok()?;
        }
        lines.push(record.bytes().to_vec());
    }
    let why = format!("HR,{},1,返戻（模擬）", month.compact());
    let why = repertoire::encode(&why).ok()?;
    lines.push(why.clone());
    let earlier = before.len();
    lines.extend(before);
    for (place, line) in own
        .into_iter()
        .chain([why, b"RC,Ver0000".to_vec()])
        .enumerate()
    {
        let place = place + earlier + 1;
        lines.push([format!("8,{place},0,").as_bytes(), &line].concat());
    }
    Some(lines)
}

fn csv(lines: &[String]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in lines {
        bytes.extend(repertoire::encode(line).unwrap_or_default());
        bytes.extend(b"\r\n");
    }
    bytes
}
