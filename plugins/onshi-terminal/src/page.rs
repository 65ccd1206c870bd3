//! URL and QR code of the station's page of マイナ在宅受付Web. The layout is not public; the
//! settings give it, or the operation is off.

use crate::answer::leaves;
use crate::terminal::{Terminal, done};
use crate::{Settings, faults};
use onshi::{AnswerFile, Layouts, PageKind, RequestHeader, UrlChange};
use reseplug_sdk::home_visit::{PageRequest, QrFormat, VisitPage};
use reseplug_sdk::imports::Arrival;
use reseplug_sdk::{Context, Document, DocumentKind, Fault, Host, Place};

/// Asks and reads the answer: a message, a message with a file beside it, or a file alone.
pub(crate) fn get(
    ctx: &Context<Settings>,
    host: &Host,
    request: &PageRequest,
) -> Result<VisitPage, Fault> {
    let Some((layouts, layout)) = ctx
        .settings
        .layouts
        .as_ref()
        .and_then(|all| Some((all, Layouts::visit_page(all)?)))
    else {
        return Err(faults::layout_unknown(
            "OQS-IF-039/040",
            "医療機関アクセスURL取得",
            "visit-page",
        ));
    };
    let terminal = Terminal::open(ctx, host)?;
    let identifier = "rsp-page";
    let message = onshi::PageRequest {
        header: RequestHeader {
            institution_code: terminal.institution(),
            file_identifier: Some(identifier.to_owned()),
            ..RequestHeader::default()
        },
        kind: Some(PageKind::HomeVisit),
        qr: match request.qr {
            QrFormat::None => None,
            QrFormat::Pdf => Some(onshi::QrFormat::Pdf),
            QrFormat::Png => Some(onshi::QrFormat::Png),
        },
        change: Some(if request.change_url {
            UrlChange::Change
        } else {
            UrlChange::Keep
        }),
        ..onshi::PageRequest::default()
    };
    let name = terminal.put_by(layout, &message)?;
    let arrivals = terminal.wait_one(&name)?;
    if arrivals.is_empty() {
        // A change may have been carried out; a mere question may be asked again.
        return Err(if request.change_url {
            faults::unclear(&name, terminal.minutes())
        } else {
            faults::timeout(&name, terminal.minutes())
        });
    }
    let mut page = VisitPage {
        url: String::new(),
        qr: None,
        extra: vec![
            ("message".to_owned(), layout.answer_prefix()),
            ("layout-sheet".to_owned(), layouts.sheet().to_owned()),
        ],
    };
    for arrival in &arrivals {
        match terminal.look(arrival)? {
            AnswerFile::Pdf(bytes) | AnswerFile::Png(bytes) => {
                page.qr = Some(Document::new(&arrival.name, DocumentKind::Other, bytes));
            }
            AnswerFile::Xml(_) => {
                let answer = terminal.read_by(layout, arrival)?.message;
                terminal.check_header(arrival, &answer.header, identifier)?;
                done(arrival, &answer.header)?;
                let result = answer.result();
                if result.is_error {
                    return Err(refused(arrival, result.code, result.text));
                }
                page.url = answer.url.clone().unwrap_or_default();
                if let Some(bytes) = answer.qr_bytes() {
                    let ending = if bytes.starts_with(b"%PDF-") {
                        "pdf"
                    } else {
                        "png"
                    };
                    let name = format!("{}.{ending}", layout.answer_prefix());
                    page.qr = Some(Document::new(name, DocumentKind::Other, bytes));
                }
                page.extra
                    .extend(leaves(answer.header.extra.iter().chain(&answer.extra)));
            }
        }
    }
    Ok(page)
}

/// The system answered that it will not tell.
fn refused(arrival: &Arrival, code: Option<&str>, text: Option<&str>) -> Fault {
    let (code, text) = (code.unwrap_or("－"), text.unwrap_or("（メッセージなし）"));
    Fault::new(
        "onshi/failed",
        format!(
            "受付ページのURLを取得できませんでした：{code} {text}（{}）。",
            arrival.name
        ),
        format!(
            "The visit page was not told: {code} {text} ({}).",
            arrival.name
        ),
    )
    .at(Place::document(&arrival.name))
    .later()
    .with("ProcessingResultCode", code)
    .with("ProcessingResultMessage", text)
}
