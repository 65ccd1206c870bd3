//! A whole month on paper: a cover with counts and totals, and a sheet for each receipt.
//!
//! **For:** the day on which nothing else works, and the file cabinet. It needs no line, no
//! browser features and nothing from outside the page.
//!
//! **Refuses:** to be the official form. It is this program's own print; whether it agrees with the
//! 様式 of the ministry is unconfirmed, and every sheet says so. It is a working copy unless the payer
//! accepts it. It computes no fee: amounts are those of the file, added up.
//!
//! A field that cannot be read is printed as what is wrong with it; a receipt whose amounts cannot
//! be read is counted, named, and left out of the totals, which say so.

mod cover;
mod fields;
mod form;
mod summary;

use maud::{DOCTYPE, PreEscaped, html};
use reseplug_model::Date;

use crate::document::ClaimFile;
use crate::edition::Trade;
use crate::master::Masters;

pub use summary::{Group, Kind, PublicTotal, Summary};

/// What the print shows besides the file.
#[derive(Debug, Clone, Copy)]
pub struct PrintOptions<'a> {
    /// Names of the charges; without masters they are printed by their codes.
    pub masters: &'a Masters,
    /// Day of the print.
    pub printed_on: Option<Date>,
    /// 確認試験: every sheet says that it is no claim.
    pub trial: bool,
    /// SHA-256 of the file, so that paper and file can be told to belong together.
    pub sha256: Option<&'a str>,
    /// A sentence on the cover of whoever prints, such as what the print lacks.
    pub note: Option<&'a str>,
}

impl Default for PrintOptions<'_> {
    fn default() -> Self {
        Self {
            masters: Masters::none(),
            printed_on: None,
            trial: false,
            sha256: None,
            note: None,
        }
    }
}

/// What every sheet says.
const NOTICE: &str = "本ソフト独自の印刷です。国の定める様式ではなく、様式との一致は確認されていません。提出先（支払基金・国保連）が認めた場合を除き、控え・作業用としてお使いください。";

const STYLE: &str = "
@page { size: A4; margin: 10mm }
body { font-family: 'Noto Sans JP', 'Yu Gothic', Meiryo, sans-serif; font-size: 9pt; line-height: 1.35; color: #000; margin: 0 auto; max-width: 188mm }
section.cover, article { break-after: page; page-break-after: always; padding-bottom: 4mm }
h1 { font-size: 14pt; margin: 0 0 2mm; text-align: center } h2 { font-size: 10pt; margin: 2.5mm 0 1mm }
table { border-collapse: collapse; width: 100%; margin-bottom: 1.5mm }
tr { break-inside: avoid }
th, td { border: 0.3mm solid #000; padding: 0.5mm 1.5mm; text-align: left; vertical-align: top }
th { font-weight: normal; background: #eee; white-space: nowrap; -webkit-print-color-adjust: exact; print-color-adjust: exact }
td.yen, th.yen { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
tr.sum td, tr.sum th { font-weight: bold }
table.days { table-layout: fixed } table.days th { width: 14mm } table.days td { text-align: center; padding: 0; font-size: 7.5pt } td.on { background: #ddd; font-weight: bold; -webkit-print-color-adjust: exact; print-color-adjust: exact }
.notice { border: 0.3mm solid #000; padding: 1mm 2mm; font-size: 8pt; margin: 1.5mm 0 0 }
.trial { background: #000; color: #fff; font-size: 18pt; font-weight: bold; text-align: center; padding: 3mm; margin: 0 0 2mm; -webkit-print-color-adjust: exact; print-color-adjust: exact }
.wrong { color: #b00020; font-weight: bold }
";

/// The month as a page to print: A4, the cover first, then every receipt on a sheet of its own.
///
/// ```
/// use receden::print::{PrintOptions, month};
/// let file = receden::ClaimFile::parse(b"HM,1,13,6,1234567,,202411,\r\nGO\r\n\x1a")?;
/// assert!(month(&file, &PrintOptions::default()).contains("訪問看護療養費請求書"));
/// # Ok::<(), receden::ReadError>(())
/// ```
#[must_use]
pub fn month(file: &ClaimFile, options: &PrintOptions<'_>) -> String {
    html! {
        (DOCTYPE)
        html lang="ja" {
            head {
                meta charset="utf-8";
                title { "訪問看護療養費請求書・明細書（独自の印刷）" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (cover::sheet(file, options))
                @for receipt in file.receipts() {
                    @match receipt.trade() {
                        Trade::Nursing => (form::sheet(file, &receipt, options)),
                        Trade::Medical => (form::records(&receipt, options)),
                    }
                }
            }
        }
    }
    .into_string()
}

fn trial_banner(options: &PrintOptions<'_>) -> maud::Markup {
    html! { @if options.trial { p.trial { "確認試験 ― 請求ではありません" } } }
}
