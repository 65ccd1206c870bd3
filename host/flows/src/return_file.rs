//! 返戻ファイル as claims and notices both need it: that it is one, that it is whole, and whose it is.

use crate::claim::record::Said;
use crate::host::Host;
use receden::returns::stated_count;
use receden::{ClaimFile, FileKind};
use reseplug_effect::Fault;
use reseplug_model::{Month, Payer};

/// A return file of this station.
pub(crate) struct ReturnFile {
    /// It.
    pub(crate) file: ClaimFile,
    /// 審査支払機関
    pub(crate) payer: Payer,
    /// The month of its header.
    pub(crate) month: Month,
    /// It holds another number of receipts than its end says.
    pub(crate) miscounted: Option<Fault>,
}

impl Host {
    /// Reads a return file.
    ///
    /// # Errors
    /// `claim/not-returns`, `claim/not-readable`, `claim/cut-off` without the record at its end,
    /// `claim/other-station`.
    pub(crate) fn return_file(&self, name: &str, bytes: &[u8]) -> Result<ReturnFile, Fault> {
        let not_readable = |ja: &str, en: &str| {
            Fault::new(
                "claim/not-readable",
                format!(
                    "返戻ファイル「{name}」を読めません。{ja}ダウンロードしたままのファイルか確かめてください。"
                ),
                format!("the return file {name} cannot be read: {en}"),
            )
        };
        let unreadable = |error: &dyn Said| not_readable(&error.say_ja(), &error.to_string());
        if !bytes.starts_with(b"HH") {
            return Err(not_returns(name));
        }
        let file = ClaimFile::parse(bytes).map_err(|e| unreadable(&e))?;
        let header = file
            .header()
            .filter(|_| file.kind() == FileKind::Return)
            .ok_or_else(|| {
                not_readable("先頭に HH レコードがありません。", "it has no HH record")
            })?;
        let code = header
            .station_code()
            .map_err(|e| unreadable(&e))?
            .to_string();
        let own = &self.station().station.code;
        if code != *own {
            return Err(Fault::new(
                "claim/other-station",
                format!(
                    "返戻ファイル「{name}」は訪問看護ステーションコード {code} のもので、この事業所（{own}）のものではありません。取り込んでいません。"
                ),
                format!("the return file {name} is of station {code}, this one is {own}"),
            ));
        }
        let (payer, month) = (
            header.payer().map_err(|e| unreadable(&e))?,
            header.claim_month().map_err(|e| unreadable(&e))?,
        );
        if !file.records().any(|record| record.id() == "HG") {
            return Err(Fault::new(
                "claim/cut-off",
                format!(
                    "返戻ファイル「{name}」は途中で切れています（最後の HG レコードがありません）。何も記録していません。もう一度ダウンロードしてください。"
                ),
                format!(
                    "the return file {name} is cut off: its last record, HG, is missing. Nothing was recorded; download it once more"
                ),
            ));
        }
        let found = file.receipts().count();
        let miscounted = stated_count(&file).filter(|said| *said != found).map(|said| {
            Fault::new(
                "claim/miscounted",
                format!(
                    "返戻ファイル「{name}」の最後には {said}件とありますが、入っているのは {found}件です。欠けていないか、提出先の一覧と比べてください。"
                ),
                format!(
                    "the return file {name} says {said} receipts at its end and holds {found}; compare with the payer's list"
                ),
            )
        });
        Ok(ReturnFile {
            payer,
            month,
            miscounted,
            file,
        })
    }
}

pub(crate) fn not_returns(name: &str) -> Fault {
    Fault::new(
        "claim/not-returns",
        format!(
            "「{name}」は返戻ファイルではありません（返戻ファイルは HH で始まります。請求したファイルを指定していないか確かめてください）。何も記録していません。"
        ),
        format!(
            "{name} is no return file: those begin with HH. Perhaps it is the file that was filed. Nothing was recorded"
        ),
    )
}
