//! The product of a station: fictional users, their visits of a month, and the month's claim files
//! as the product writes them, errors included.

use super::lot::Lot;
use receden::repertoire;
use reseplug_model::{Month, Payer, check_digit};
use std::collections::BTreeSet;

/// What is wrong with a receipt until somebody corrects it in the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mistake {
    /// The check digit of the insurer number: 要確認.
    Insurer,
    /// A code of 男女区分 that does not exist: 受付不能.
    Sex,
}

/// A receipt that the product produced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Produced {
    pub(super) person: String,
    pub(super) service_month: Month,
    pub(super) payer: Payer,
    pub(super) days: Vec<u8>,
    pub(super) mistake: Option<Mistake>,
    /// Whether the next file of the product lists it.
    pub(super) listed: bool,
    /// Whether the office has learned that it is filed, so that nobody lists it again on purpose.
    pub(super) left: bool,
    /// The office decided not to file it.
    pub(super) given_up: bool,
}

/// A station's product.
#[derive(Debug)]
pub(super) struct Product {
    code: String,
    name: String,
    people: u64,
    lot: Lot,
    pub(super) receipts: Vec<Produced>,
}

impl Product {
    pub(super) fn new(code: &str, name: &str, lot: Lot) -> Self {
        Self {
            people: 4 + lot.below(9, &["people", code]),
            code: code.to_owned(),
            name: name.to_owned(),
            lot,
            receipts: Vec::new(),
        }
    }

    /// A month of visits is over: its receipts are produced.
    pub(super) fn produce(&mut self, service_month: Month) {
        let lot = self.lot;
        let month = service_month.to_string();
        for number in 1..=self.people {
            let person = format!("P{number:04}");
            let names = |what: &'static str| [what, &self.code, &person, &month].map(str::to_owned);
            let draw = |n, what| {
                let names = names(what);
                lot.below(n, &names.each_ref().map(String::as_str))
            };
            // Everybody has a payer; now and then somebody changes in the middle of a month.
            let own = if number % 2 == 0 { 1 } else { 0 };
            let visits = 1 + draw(5, "visits");
            let days: BTreeSet<u8> = (0..visits)
                .map(|n| {
                    let names = ["day", self.code.as_str(), &person, &month, &n.to_string()]
                        .map(str::to_owned);
                    let day = lot.below(28, &names.each_ref().map(String::as_str));
                    u8::try_from(day + 1).unwrap_or(1)
                })
                .collect();
            let mistake = match draw(100, "mistake") {
                0..8 => Some(Mistake::Insurer),
                8..11 => Some(Mistake::Sex),
                _ => None,
            };
            let mut parts: Vec<(usize, Vec<u8>)> = Vec::new();
            if draw(100, "moves") < 4 && days.len() > 1 {
                let days: Vec<u8> = days.iter().copied().collect();
                let (before, after) = days.split_at(days.len() / 2);
                parts.push((own, before.to_vec()));
                parts.push((1 - own, after.to_vec()));
            } else {
                parts.push((own, days.into_iter().collect()));
            }
            for (payer, days) in parts {
                let Some(payer) = Payer::ALL.get(payer) else {
                    continue;
                };
                self.receipts.push(Produced {
                    person: person.clone(),
                    service_month,
                    payer: *payer,
                    days,
                    mistake,
                    listed: true,
                    left: false,
                    given_up: false,
                });
            }
        }
    }

    /// The claim file of a payer as the product writes it now; nothing where it lists no receipt.
    pub(super) fn file(&self, payer: Payer, claim_month: Month) -> Option<Vec<u8>> {
        let mut lines = vec![format!(
            "HM,{},13,6,{},{},{},03-0000-0000",
            payer.code(),
            self.code,
            self.name,
            claim_month.compact()
        )];
        let own = self
            .receipts
            .iter()
            .filter(|one| one.listed && one.payer == payer);
        let mut count = 0;
        for (number, receipt) in (1..).zip(own) {
            lines.extend(receipt.lines(number, claim_month));
            count += 1;
        }
        if count == 0 {
            return None;
        }
        lines.push("GO".to_owned());
        let mut bytes = Vec::new();
        for line in lines {
            // Every letter is of the repertoire; what was not would be missed by the check.
            bytes.extend(repertoire::encode(&line).unwrap_or_default());
            bytes.extend(b"\r\n");
        }
        bytes.push(receden::EOF);
        Some(bytes)
    }
}

impl Produced {
    pub(super) fn is(&self, person: &str, service_month: Month, payer: Payer) -> bool {
        self.person == person && self.service_month == service_month && self.payer == payer
    }

    fn charges(&self) -> Vec<(u8, &'static str, u64, &'static str)> {
        let mut charges = Vec::new();
        for (n, day) in self.days.iter().enumerate() {
            charges.push((*day, "510000110", 5550, "03,01,01"));
            if n == 0 {
                charges.push((*day, "550000410", 7670, ",,"));
            }
        }
        charges
    }

    /// 合計金額
    pub(super) fn total(&self) -> u64 {
        self.charges().iter().map(|(_, _, yen, _)| yen).sum()
    }

    fn lines(&self, number: u32, claim_month: Month) -> Vec<String> {
        let month = self.service_month.compact();
        let sex = if self.mistake == Some(Mistake::Sex) {
            7
        } else {
            2
        };
        // Names differ by person, so that a row that names nobody's number still finds its receipt.
        let name: String = self
            .person
            .chars()
            .filter_map(|c| c.to_digit(10))
            .filter_map(|digit| {
                "青空若葉花園川村山本"
                    .chars()
                    .nth(usize::try_from(digit).ok()?)
            })
            .collect();
        let table: Vec<&str> = (1..=31)
            .map(|day| if self.days.contains(&day) { "1" } else { "" })
            .collect();
        let blank = ",".repeat(26);
        let mut lines = vec![
            format!(
                "RE,{number},6112,{month},{name}　花子,アオゾラハナコ,{sex},19680412,,,,,,{},",
                self.person
            ),
            format!(
                "HO,{:>8},１２３４,５６７８,{},{},,,,,,",
                self.insurer(),
                self.days.len(),
                self.total()
            ),
            "SN,1,01,,,,00,,".to_owned(),
            format!("JD,1,{}", table.join(",")),
            format!("MF,00,{}", ",".repeat(30)),
            format!("IH,13,1,9999998,ことり診療所,医師　一男,{month}01"),
            format!("HJ,01,{month}01,{}28", claim_month.compact()),
            "JS,移動に一部介助が必要。,03,,,".to_owned(),
            "SY,8833421,,,".to_owned(),
            format!("RJ,20240610,01{blank}"),
        ];
        for (day, code, yen, rest) in self.charges() {
            lines.push(format!("KA,{month}{day:02},1,{code},,{yen},{rest}"));
        }
        lines
    }

    /// 保険者番号 with the check digit that belongs there, or with another by mistake.
    fn insurer(&self) -> String {
        let body = match self.payer {
            Payer::SocialInsuranceFund => "0113001",
            Payer::NationalHealthFederation => "13801",
        };
        let digit = check_digit(body).unwrap_or(0);
        let wrong = u8::from(self.mistake == Some(Mistake::Insurer));
        format!("{body}{}", (digit + wrong) % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_readable_and_the_check_finds_the_mistakes_and_nothing_else() {
        let mut product = Product::new("0000018", "みほん１", Lot(3));
        let mut month = Month::new(2024, 11).unwrap();
        for _ in 0..12 {
            product.produce(month.previous().unwrap());
            month = month.next().unwrap();
        }
        for payer in Payer::ALL {
            let file = product.file(payer, month).unwrap();
            let file = receden::ClaimFile::parse(&file).unwrap();
            let own: Vec<&Produced> = product
                .receipts
                .iter()
                .filter(|r| r.payer == payer)
                .collect();
            assert_eq!(file.receipts().count(), own.len());
            let findings = receden::check(&file, &receden::CheckOptions::default());
            for (number, receipt) in (1..).zip(&own) {
                // What weighs: the note about the invented clinic's code does not.
                let found: Vec<_> = findings
                    .iter()
                    .filter(|f| f.receipt == Some(number) && f.severity != receden::Severity::Note)
                    .map(|f| f.code)
                    .collect();
                let expected = match receipt.mistake {
                    None => vec![],
                    Some(Mistake::Insurer) => vec!["R-HO-01"],
                    Some(Mistake::Sex) => vec!["R-FLD-10"],
                };
                assert_eq!(found, expected);
            }
        }
        for mistake in [Mistake::Insurer, Mistake::Sex] {
            let made = product.receipts.iter().any(|r| r.mistake == Some(mistake));
            assert!(made, "{mistake:?}");
        }
    }
}
