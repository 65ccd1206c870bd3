//! Where a station's page is, and the code that leads there.

use super::qr::Qr;
use crate::station::Station;
use serde::Deserialize;
use std::{fs, io, path::Path};

/// Form of a QR code: the end of its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum QrForm {
    Svg,
    Png,
    Pdf,
}

/// A station's page.
pub(crate) struct VisitPage {
    /// Its address.
    pub(crate) url: String,
    /// The code that leads there, as a file, where one was wanted.
    pub(crate) code: Option<Vec<u8>>,
}

/// A station's page in a sandbox folder, where the phone page listens or listened last. Nothing where
/// it never did.
pub(crate) fn page_of(dir: &Path, station: &Station, form: Option<QrForm>) -> Option<VisitPage> {
    let url = page_address(&root(last_port(dir)?), &station.key);
    let code = match form {
        Some(form) => Some(code(&url, station, form)?),
        None => None,
    };
    Some(VisitPage { url, code })
}

/// Address of all pages of a sandbox folder, where the phone page listens or listened last.
pub(crate) fn last_address(dir: &Path) -> Option<String> {
    last_port(dir).map(root)
}

/// Port that the page had last in a sandbox folder.
pub(super) fn last_port(dir: &Path) -> Option<u16> {
    let text = fs::read_to_string(dir.join("phone").join("port")).ok()?;
    text.trim().parse().ok()
}

/// Remembers the port, for the next start and for the terminals.
pub(super) fn remember_port(dir: &Path, port: u16) -> io::Result<()> {
    fs::write(dir.join("phone").join("port"), port.to_string())
}

/// Address of all pages.
pub(super) fn root(port: u16) -> String {
    format!("http://127.0.0.1:{port}/")
}

/// Address of a station's page below the address of all.
pub(super) fn page_address(url: &str, station: &str) -> String {
    format!("{}/{station}", url.trim_end_matches('/'))
}

/// The code of an address, as a file. Nothing where the address is too long for a code.
pub(super) fn code(address: &str, station: &Station, form: QrForm) -> Option<Vec<u8>> {
    let code = Qr::of(address)?;
    match form {
        QrForm::Svg => Some(code.svg().into_bytes()),
        QrForm::Png => code.png(),
        QrForm::Pdf => {
            let below = [
                format!("【模擬】{}", station.name),
                address.to_owned(),
                "実際のマイナ在宅受付Webではありません。".to_owned(),
            ];
            Some(code.pdf(&below))
        }
    }
}
