//! A station of the simulated year: its folder, its station file, its product, and what its staff
//! remember of this month.

use super::desk::Desk;
use super::lot::Lot;
use super::plug::Plug;
use super::product::Product;
use super::wishes::Wishes;
use crate::verbs::write;
use reseplug::Host;
use reseplug_calendar::Announced;
use reseplug_effect::Fault;
use reseplug_model::{Month, Payer, check_digit};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

/// Who does everything at a station.
pub(super) const WHO: &str = "架空 花子（模擬の管理者）";
/// Stations that share a store.
pub(super) const SHARING: usize = 10;

/// What staff remember of a month.
#[derive(Debug, Default, Clone)]
pub(super) struct Week {
    /// Whether the month as the product has it now is approved.
    pub(super) approved: bool,
    /// Whether anything was approved this month.
    pub(super) begun: bool,
    /// Whether what waits is put in.
    pub(super) carries: bool,
    pub(super) trial: bool,
    /// Payers whose sending was taken back by mistake, to be sent again unchanged.
    pub(super) cancelled: BTreeSet<&'static str>,
    /// Payers whose mistakes were corrected within the month.
    pub(super) corrected: BTreeSet<&'static str>,
    /// The file of this month is of corrections on the 11th or 12th.
    pub(super) correcting: bool,
    /// Ids of what waited when a month was approved that put everything in, with the files.
    pub(super) carried: BTreeMap<String, BTreeSet<String>>,
    pub(super) fetched: bool,
    pub(super) taken_down: bool,
    /// What was reported wrongly once.
    pub(super) misreported: bool,
}

/// How a certificate comes not to serve any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoilt {
    Revoked,
    Expired,
    /// Another station's was imported in its place.
    Foreign,
}

impl Spoilt {
    /// As what it is counted once a command was refused for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Revoked => "certificate-revoked",
            Self::Expired => "certificate-expired",
            Self::Foreign => "certificate-of-another-station",
        }
    }
}

/// A station.
#[derive(Debug)]
pub(super) struct Station {
    pub(super) at: usize,
    pub(super) code: String,
    pub(super) institution: String,
    /// Files by hand-over and the official terminal.
    pub(super) handover: bool,
    pub(super) home: PathBuf,
    pub(super) store: PathBuf,
    pub(super) product: Product,
    pub(super) host: Option<Host>,
    pub(super) plug: Arc<Plug>,
    /// Seconds by which its PC is ahead.
    pub(super) ahead: Arc<AtomicI64>,
    pub(super) week: Week,
    /// What its staff wanted to file, month by month.
    pub(super) wishes: Wishes,
    /// Its record was taken back from a backup, and nobody has gone through what was sent.
    pub(super) restored: bool,
    /// What became of its certificate, until somebody has noticed.
    pub(super) certificate_bad: Option<Spoilt>,
    /// Files of the payers that were imported: kind, payer, 請求年月.
    pub(super) imported: BTreeSet<(&'static str, &'static str, Month)>,
}

impl Station {
    pub(super) fn new(at: usize, folder: &Path, lot: Lot) -> Self {
        let code = code(at);
        let group = at / SHARING;
        let home = folder.join(format!("station-{:02}", at + 1));
        Self {
            at,
            institution: format!("136{code}"),
            // One in five; a small world has one in about half of its years.
            handover: at % 5 == 4 || (at == 2 && lot.percent(50, &["handover", &code])),
            store: folder.join(format!("store-{}", group + 1)),
            product: Product::new(&code, "みほん訪問看護ステーション", lot),
            home,
            code,
            host: None,
            plug: Arc::default(),
            ahead: Arc::default(),
            week: Week::default(),
            wishes: Wishes::default(),
            restored: false,
            certificate_bad: None,
            imported: BTreeSet::new(),
        }
    }

    pub(super) fn config(&self) -> PathBuf {
        self.home.join("station.toml")
    }

    /// The certificate's name in the store that several stations share.
    pub(super) fn identity(&self) -> String {
        format!("st{}", self.code)
    }

    /// Where the product writes a payer's file.
    pub(super) fn document(&self, payer: Payer) -> PathBuf {
        let file = format!("product/{}/RECEIPTH.UKE", payer.code());
        self.home.join(file)
    }

    /// Writes the month's files as the product has them now; says which there are.
    pub(super) fn write_month(&self, month: Month) -> Result<Vec<PathBuf>, Fault> {
        let mut there = Vec::new();
        for payer in Payer::ALL {
            let path = self.document(payer);
            if let Some(bytes) = self.product.file(payer, month) {
                if let Some(folder) = path.parent() {
                    std::fs::create_dir_all(folder).map_err(|e| unusable(folder, &e))?;
                }
                write(&path, &bytes)?;
                there.push(path);
            }
        }
        Ok(there)
    }

    /// Writes the station file.
    pub(super) fn write_config(
        &self,
        gateway: (&str, &Path),
        extensions: &[Announced],
    ) -> Result<(), Fault> {
        std::fs::create_dir_all(&self.home).map_err(|e| unusable(&self.home, &e))?;
        let sections = self.sections(gateway, extensions);
        let table = toml::Table::try_from(sections).map_err(|e| broken(&e))?;
        let text = toml::to_string(&table).map_err(|e| broken(&e))?;
        let head = "# 架空のステーション。人・番号はすべて実在しません。 / Fictional.\n";
        write(&self.config(), format!("{head}{text}").as_bytes())
    }

    fn sections(&self, (url, roots): (&str, &Path), extensions: &[Announced]) -> Value {
        let plugin = |id: &str, capabilities: &[&str], settings: Value| {
            json!({
                "file": format!("builtin:{id}"),
                "approved": {
                    "digest": "builtin", "by": WHO, "at": "2024-10-01T09:00:00+09:00",
                    "capabilities": capabilities,
                },
                "settings": settings,
            })
        };
        let none = || json!({});
        let extensions: Vec<Value> = extensions
            .iter()
            .map(|one| {
                let mut line = json!({
                    "month": one.claim_month.to_string(),
                    "closes": reseplug_effect::jst(one.closes),
                    "source": one.source, "by": WHO,
                });
                if let (Some(line), Some(payer)) = (line.as_object_mut(), one.payer) {
                    line.insert("payer".to_owned(), payer.code().into());
                }
                line
            })
            .collect();
        json!({
            "station": {
                "code": self.code, "prefecture": "13", "name": "みほん訪問看護ステーション",
                "phone": "03-0000-0000", "institution_code": self.institution,
            },
            "store": { "path": self.store.display().to_string() },
            "product": { "adapter": "uke-adapter", "month": ["product/1/RECEIPTH.UKE"] },
            "connectors": {
                "handover": "claims-handover", "gateway": "claims-gateway",
                "checkers": ["basic-checker"],
            },
            "claims": { "hours": "keep", "extensions": extensions },
            "plugins": {
                "uke-adapter": plugin("uke-adapter", &[], none()),
                "basic-checker": plugin("basic-checker", &[], none()),
                "claims-gateway": plugin(
                    "claims-gateway", &["https:gateway"], json!({ "settle_seconds": 1 }),
                ),
                "claims-handover": plugin(
                    "claims-handover", &["exchange:handover"], Desk::layouts(),
                ),
            },
            "exchange": { "handover": { "kind": "handover", "path": "handover" } },
            "endpoints": { "gateway": crate::verbs::sandbox::station_file::endpoint(
                url, roots, &self.identity(),
            ) },
            "identities": { self.identity(): { "file": self.identity() } },
        })
    }
}

/// An invented station code of 東京 with its check digit.
pub(super) fn code(at: usize) -> String {
    let body = format!("{:06}", 990_000 + at * 7);
    let digit = check_digit(&format!("136{body}")).unwrap_or(0);
    format!("{body}{digit}")
}

pub(super) fn unusable(path: &Path, error: &std::io::Error) -> Fault {
    Fault::new(
        "year/folder",
        format!(
            "フォルダー「{}」を使えません（{}）。--folder で別の場所を指定してください。",
            path.display(),
            reseplug_effect::io_reason_ja(error)
        ),
        format!(
            "{} cannot be used: {error}; name another folder with --folder",
            path.display()
        ),
    )
}

fn broken(error: &dyn std::fmt::Display) -> Fault {
    Fault::new(
        "year/station-file",
        format!("架空のステーションの設定を書けません（{error}）。"),
        format!("a fictional station's file cannot be written: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use reseplug_model::StationCode;

    #[test]
    fn every_station_has_a_code_of_its_own_with_its_check_digit() {
        let codes: std::collections::BTreeSet<String> = (0..200).map(super::code).collect();
        assert_eq!(codes.len(), 200);
        for code in codes {
            assert!(StationCode::parse(&code).unwrap().check_digit_ok("13"));
        }
    }
}
