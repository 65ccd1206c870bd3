//! Whom a row of an ASP結果リスト names.

use reseplug_claims::{Filing, Receipt};
use reseplug_engine::contract::ReceiptRef;

/// Whom a row of an ASP結果リスト names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Named<'f> {
    /// No receipt: it is about the file as a whole.
    Whole,
    /// This one.
    Receipt(&'f Receipt),
    /// None of the filing's, as where the list is of an earlier sending: the number is another's.
    Nobody,
}

impl<'f> Named<'f> {
    pub(super) fn of(row: &ReceiptRef, filing: &'f Filing) -> Self {
        let names_one = row.number.is_some() || row.person_key.is_some() || row.name.is_some();
        if !names_one {
            return Self::Whole;
        }
        let mut fits = filing.receipts.iter().filter(|one| is_of(row, one));
        match (fits.next(), fits.next()) {
            (Some(one), None) => Self::Receipt(one),
            _ => Self::Nobody,
        }
    }

    pub(super) fn number(self) -> Option<u32> {
        match self {
            Self::Receipt(receipt) => Some(receipt.number),
            Self::Whole | Self::Nobody => None,
        }
    }
}

/// Whether all that a row names is the receipt's.
fn is_of(row: &ReceiptRef, receipt: &Receipt) -> bool {
    let month = receipt.service_month.to_string();
    let key = match (&row.person_key, &receipt.person_key) {
        (Some(said), Some(own)) => said == own,
        (Some(_), None) => row.number.is_some() || row.name.is_some(),
        (None, _) => true,
    };
    key && row.number.is_none_or(|number| number == receipt.number)
        && row.name.as_ref().is_none_or(|name| receipt.is_named(name))
        && row.service_month.as_ref().is_none_or(|said| *said == month)
}

#[cfg(test)]
mod tests {
    use super::*;
    use reseplug_claims::{Channel, FilingKey, Kind};
    use reseplug_model::{Month, Payer};

    fn filing() -> Filing {
        let receipt = |number, key: Option<&str>, name: &str| Receipt {
            number,
            person_key: key.map(str::to_owned),
            name: name.to_owned(),
            birth_date: "1950-01-01".to_owned(),
            service_month: Month::parse("2024-10").unwrap(),
            days: vec![1],
            total: 10_000,
            insurer: None,
            search_number: None,
        };
        let key = FilingKey {
            station: "9999998".to_owned(),
            payer: Payer::SocialInsuranceFund,
            month: Month::parse("2024-11").unwrap(),
            kind: Kind::Claim,
            sequence: 1,
            sha256: "00".to_owned(),
        };
        let receipts = vec![
            receipt(1, Some("0001"), "見本　太郎"),
            receipt(2, Some("0002"), "見本花子"),
            receipt(3, None, "見本　太郎"),
        ];
        Filing::new(key, Channel::Handover, receipts)
    }

    fn row(number: Option<u32>, name: &str, key: &str, month: &str) -> ReceiptRef {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        ReceiptRef {
            claim_month: None,
            number,
            search_number: None,
            person_key: text(key),
            name: text(name),
            service_month: text(month),
            total: None,
        }
    }

    #[test]
    fn a_row_is_a_receipts_only_where_all_that_it_names_is_that_receipts() {
        let filing = filing();
        let number = |row: &ReceiptRef| Named::of(row, &filing).number();
        for (row, is) in [
            (row(Some(2), "", "", ""), Some(2)),
            (row(Some(2), "見本 花子", "0002", "2024-10"), Some(2)),
            (row(None, "見　本花子", "", ""), Some(2)),
            (row(None, "", "0001", ""), Some(1)),
            // The number is another's since the file was made anew.
            (row(Some(2), "見本　太郎", "", ""), None),
            (row(Some(2), "", "0001", ""), None),
            (row(Some(2), "見本花子", "", "2024-09"), None),
            (row(Some(9), "", "", ""), None),
            // Two have this name.
            (row(None, "見本太郎", "", ""), None),
            (row(None, "見本太郎", "0001", ""), None),
            (row(Some(3), "見本太郎", "0009", ""), Some(3)),
        ] {
            assert_eq!(number(&row), is, "{row:?}");
        }
        assert_eq!(
            Named::of(&row(None, "", "", ""), &filing),
            Named::Whole,
            "about the file"
        );
        assert_eq!(Named::of(&row(Some(9), "", "", ""), &filing), Named::Nobody);
    }
}
