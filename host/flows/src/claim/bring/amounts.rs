//! Sizes and amounts that nothing a payer puts ready can have: a wrong file, or a wrong column.

use crate::host::unreadable;
use reseplug_effect::{Fault, Place};
use reseplug_engine::contract::{Payment, Reading};
use std::path::Path;

/// The largest file that is brought in; a gateway hands over no larger one either.
const LARGEST: u64 = 32 * 1024 * 1024;

/// More yen than any row, and any month of one station, is about.
const MOST: u64 = 1_000_000_000;

/// Refuses a file that is too large to be one of a payer, before any of it is kept.
pub(super) fn not_too_large(path: &Path) -> Result<(), Fault> {
    let size = std::fs::metadata(path)
        .map_err(|error| unreadable(path, &error))?
        .len();
    if size <= LARGEST {
        return Ok(());
    }
    let shown = path.display().to_string();
    Err(Fault::new(
        "claim/too-large",
        format!(
            "「{shown}」は {size} バイトあり、取り込める大きさ（{LARGEST} バイト＝32 MiB）を超えています。公式の端末からダウンロードしたファイルか確かめてください。何も取り込んでいません。"
        ),
        format!(
            "{shown} has {size} bytes; at most {LARGEST} (32 MiB) are brought in. See whether it is the file from the official terminal. Nothing was brought in"
        ),
    )
    .at(Place {
        document: shown,
        ..Place::default()
    }))
}

/// Takes rows with absurd amounts out of what was read, and names them. Recorded, one of them would
/// outweigh every other amount of its month for good.
pub(super) fn sift(reading: &mut Reading, document: &str) -> Vec<Fault> {
    let mut absurd = Vec::new();
    reading.adjustments.retain(|row| {
        let fits = row.change.unsigned_abs() <= MOST;
        if !fits {
            absurd.push(too_much(document, row.line, &row.change.to_string()));
        }
        fits
    });
    reading.payments.retain_mut(|payment| {
        payment.rows.retain(|row| {
            let fits = row.amount <= MOST;
            if !fits {
                absurd.push(too_much(document, row.line, &row.amount.to_string()));
            }
            fits
        });
        let most = payment.amount.max(sum(payment));
        if most > MOST {
            // Without its total there is no payment that the rows could be part of.
            absurd.push(too_much(document, None, &most.to_string()));
        }
        most <= MOST
    });
    absurd
}

/// What the rows of a payment come to.
fn sum(payment: &Payment) -> u64 {
    let mut amounts = payment.rows.iter().map(|row| row.amount);
    amounts.try_fold(0, u64::checked_add).unwrap_or(u64::MAX)
}

fn too_much(document: &str, line: Option<u32>, yen: &str) -> Fault {
    let (ja, en) = match line {
        Some(line) => (
            format!("{line}行目の金額"),
            format!("the amount of line {line}"),
        ),
        None => ("合計の金額".to_owned(), "a total".to_owned()),
    };
    Fault::new(
        "claim/absurd-amount",
        format!(
            "「{document}」の{ja} {yen}円は、10億円を超えています。読み取る列（プラグインの設定の layout）か、もとのファイルを確かめてください。この行は記録していません。"
        ),
        format!(
            "{document}: {en} is {yen} yen, more than 1,000,000,000; look at the columns of the layout and at the file. It was not recorded"
        ),
    )
    .at(Place {
        document: document.to_owned(),
        line,
        ..Place::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use reseplug_engine::contract::{Adjustment, Payer, PaymentRow, ReceiptRef};

    fn nobody() -> ReceiptRef {
        ReceiptRef {
            claim_month: None,
            number: None,
            search_number: None,
            person_key: None,
            name: None,
            service_month: None,
            total: None,
        }
    }

    fn payment(amount: u64, rows: &[u64]) -> Payment {
        let row = |(line, amount): (u32, &u64)| PaymentRow {
            receipt: nobody(),
            amount: *amount,
            line: Some(line),
        };
        Payment {
            payer: Payer::SocialInsuranceFund,
            claim_month: "2024-11".to_owned(),
            amount,
            receipts: None,
            paid_on: None,
            rows: (1..).zip(rows).map(row).collect(),
            extra: Vec::new(),
        }
    }

    #[test]
    fn absurd_amounts_are_named_and_everything_else_stays() {
        let change = |line, change| Adjustment {
            receipt: nobody(),
            change,
            code: None,
            reason: String::new(),
            line: Some(line),
            extra: Vec::new(),
        };
        let mut reading = Reading {
            adjustments: vec![
                change(2, -500),
                change(3, i64::MIN),
                change(4, 1_000_000_001),
                change(5, 1_000_000_000),
            ],
            payments: vec![
                payment(30_000, &[10_000, u64::MAX, 20_000]),
                payment(2_000_000_000, &[1]),
                payment(1, &[600_000_000, 600_000_000]),
            ],
            ..super::super::nothing_read()
        };
        let named = sift(&mut reading, "振込.csv");
        let lines: Vec<Option<u32>> = named
            .iter()
            .map(|fault| fault.place.as_ref().and_then(|place| place.line))
            .collect();
        assert_eq!(lines, [Some(3), Some(4), Some(2), None, None]);
        assert!(
            named
                .iter()
                .all(|fault| fault.code == "claim/absurd-amount")
        );
        let changes: Vec<i64> = reading.adjustments.iter().map(|row| row.change).collect();
        assert_eq!(changes, [-500, 1_000_000_000]);
        assert_eq!(
            reading.payments,
            [payment(30_000, &[10_000]).with_row(3, 20_000)]
        );
        assert_eq!(sift(&mut reading, "振込.csv"), []);
    }

    trait WithRow {
        fn with_row(self, line: u32, amount: u64) -> Self;
    }

    impl WithRow for Payment {
        fn with_row(mut self, line: u32, amount: u64) -> Self {
            self.rows.push(PaymentRow {
                receipt: nobody(),
                amount,
                line: Some(line),
            });
            self
        }
    }
}
