//! Files that staff bring back from the official terminal, each by the layout that the
//! settings name. Nothing is guessed: a file without a layout is a fault that says what to set.
//! A row that cannot be read is told and left out; the others are read.

mod acknowledgement;
mod adjustments;
mod findings;
mod payments;

pub use acknowledgement::AcknowledgementLayout;
pub use adjustments::{AdjustmentsLayout, ChangeSign};
pub use findings::{FindingsLayout, Weight};
pub use payments::{ByReceipt, PaymentsLayout};

use reseplug_sdk::claims::{DownloadKind, Filing, Reading};
use reseplug_sdk::{Document, Fault, Moment, Place};

use crate::{Settings, files};

/// Reads a download. `now` is the moment of the import.
pub(crate) fn read(
    settings: &Settings,
    kind: &DownloadKind,
    filing: Option<&Filing>,
    download: &Document,
    now: Moment,
) -> Result<Reading, Fault> {
    match kind {
        DownloadKind::Acknowledgement => {
            let layout = settings.acknowledgement.as_ref();
            let layout =
                layout.ok_or_else(|| acknowledgement::KIND.layout_missing(&download.name))?;
            let found = acknowledgement::read(layout, filing, download, now)?;
            Ok(Reading {
                acknowledgement: Some(found),
                ..nothing()
            })
        }
        DownloadKind::Findings => {
            let layout = settings.findings.as_ref();
            let layout = layout.ok_or_else(|| findings::KIND.layout_missing(&download.name))?;
            findings::read(layout, filing, download)
        }
        DownloadKind::Adjustments => {
            let layout = settings.adjustments.as_ref();
            let layout = layout.ok_or_else(|| adjustments::KIND.layout_missing(&download.name))?;
            adjustments::read(layout, filing, download)
        }
        DownloadKind::Payments => {
            let layout = settings.payments.as_ref();
            let layout = layout.ok_or_else(|| payments::KIND.layout_missing(&download.name))?;
            payments::read(layout, filing, download)
        }
        // Returned receipts are レセ電, which the host reads itself.
        DownloadKind::Returns | DownloadKind::Other(_) => Ok(nothing()),
    }
}

fn nothing() -> Reading {
    Reading {
        acknowledgement: None,
        findings: Vec::new(),
        adjustments: Vec::new(),
        payments: Vec::new(),
        unreadable: Vec::new(),
    }
}

/// The file is about another payer or month than the filing.
fn differs(
    download: &Document,
    filing: &Filing,
    what_ja: &str,
    what_en: &str,
    found: &str,
) -> Fault {
    Fault::new(
        "claims/download-differs",
        format!(
            "このファイルの{what_ja}は「{found}」で、取り込み先の請求（{}・{}）と違います。取り込み先かファイルを確かめてください。何も取り込んでいません。",
            files::payer_name(filing.payer), filing.claim_month
        ),
        format!(
            "The {what_en} of this file is `{found}`, but it was to be read for payer {} and {}. Check which filing or which file was meant. Nothing was taken in.",
            files::payer_code(filing.payer), filing.claim_month
        ),
    )
    .at(Place::document(&download.name))
    .with("found", found)
}

/// Every invented layout of a fault is one that the settings take.
#[cfg(test)]
pub(crate) fn examples() -> [(&'static str, &'static str); 4] {
    [
        acknowledgement::KIND,
        findings::KIND,
        adjustments::KIND,
        payments::KIND,
    ]
    .map(|kind| (kind.key, kind.example))
}
