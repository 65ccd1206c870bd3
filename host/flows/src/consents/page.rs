//! The station's page of マイナ在宅受付Web: where people consent at home, for printing.

use crate::host::{Ended, Host};
use reseplug_effect::Fault;
use reseplug_engine::Call;
use reseplug_engine::contract::{PageRequest, QrFormat, VisitPage};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Form of the QR code's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QrFile {
    /// A page to print.
    Pdf,
    /// A picture.
    Png,
}

/// The station's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageShown {
    /// The job.
    pub job: String,
    /// Its address, as the centre has it.
    pub url: String,
    /// The QR code's file, where one was asked for and came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qr: Option<Vec<u8>>,
    /// The message that answered.
    pub message: Option<String>,
    /// Which document its layout was copied from, in the words of who copied it.
    pub layout_sheet: Option<String>,
}

impl Host {
    /// Asks for the address of the station's page and, on request, its QR code. The address is never
    /// changed: that would end every code that was printed, and is for a person at the terminal.
    ///
    /// # Errors
    /// `consents/page-not-offered`; `onshi/layout-unknown` where nobody has given the message's layout;
    /// faults of the connector.
    pub fn visit_page(&self, qr: Option<QrFile>) -> Result<Ended<PageShown>, Fault> {
        let connector = self.eligibility()?;
        if !connector.offers("home-visit.get-visit-page") {
            return Err(Fault::new(
                "consents/page-not-offered",
                format!(
                    "プラグイン「{}」は受付ページのURLを取得できません。資格確認端末の画面（環境情報 →「医療機関別URL取得・変更」）で見てください。",
                    connector.id
                ),
                format!(
                    "the plugin `{}` does not ask for the page's address; see the terminal's own screen (医療機関別URL取得・変更)",
                    connector.id
                ),
            ));
        }
        self.ready(&connector)?;
        let args = json!({ "qr": qr });
        // Asked anew each time: somebody may have changed it at the terminal.
        let id = self.job_id(None, "page", &args, true)?;
        let new = self.new_job(&id, "page", args, &[&connector]);
        self.run(&new, |flow| {
            let call = Call::VisitPage {
                ctx: connector.context.clone(),
                request: PageRequest {
                    qr: match qr {
                        None => QrFormat::None,
                        Some(QrFile::Pdf) => QrFormat::Pdf,
                        Some(QrFile::Png) => QrFormat::Png,
                    },
                    change_url: false,
                    extra: Vec::new(),
                },
            };
            let page: VisitPage = self.call(flow, &connector, &call)?;
            let said = |key: &str| {
                let found = page.extra.iter().find(|(name, _)| name == key);
                found.map(|(_, value)| value.clone())
            };
            Ok(PageShown {
                job: flow.id().to_owned(),
                message: said("message"),
                layout_sheet: said("layout-sheet"),
                url: page.url.clone(),
                qr: page.qr.map(|document| document.bytes),
            })
        })
    }
}
