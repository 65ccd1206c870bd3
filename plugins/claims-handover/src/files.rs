//! What is placed in the hand-over folder, and under which names.

use crate::{Settings, checklist};
use reseplug_sdk::claims::{Filing, FilingKind};
use reseplug_sdk::{Context, Fault, Payer, Place};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The name that the official terminal expects. ASCII, like all it reads.
pub(crate) const CLAIM_FILE: &str = "RECEIPTH.UKE";
/// What staff print and tick.
pub(crate) const CHECKLIST: &str = "チェックリスト.html";
/// Between month and payer of a trial, so that nobody takes it for a claim.
const TRIAL: &str = "確認試験-請求ではありません";

/// 審査支払機関 as its code (別表1, field 2 of HM).
pub(crate) fn payer_code(payer: Payer) -> &'static str {
    match payer {
        Payer::SocialInsuranceFund => "1",
        Payer::NationalHealthFederation => "2",
    }
}

/// 審査支払機関 in the words of staff.
pub(crate) fn payer_name(payer: Payer) -> &'static str {
    match payer {
        Payer::SocialInsuranceFund => "支払基金",
        Payer::NationalHealthFederation => "国保連",
    }
}

/// Beside the claim file of a sending that was given up.
const WITHDRAWN_FILE: &str = "送らないでください（取りやめ）.txt";

/// The sending's folder: `2024-11/1-支払基金`, and `2024-11/1-支払基金-2回目` for a second one.
pub(crate) fn folder(filing: &Filing) -> String {
    let payer = format!("{}-{}", payer_code(filing.payer), payer_name(filing.payer));
    let payer = match filing.sequence {
        0 | 1 => payer,
        n => format!("{payer}-{n}回目"),
    };
    match filing.kind {
        FilingKind::Claim => format!("{}/{payer}", filing.claim_month),
        FilingKind::Trial => format!("{}/{TRIAL}/{payer}", filing.claim_month),
    }
}

/// Path and text of the notice that a sending was given up. They depend on the reference alone,
/// so that giving up twice is the same file.
pub(crate) fn withdrawal(reference: &str) -> Result<(String, String), Fault> {
    if !is_folder(reference) {
        return Err(Fault::new(
            "claims/unknown-reference",
            format!(
                "「{reference}」は引渡しフォルダーの名前ではありません（例 2024-11/1-支払基金）。どの送信を取りやめるのかを確かめてください。"
            ),
            format!(
                "`{reference}` is no folder of a hand-over such as `2024-11/1-支払基金`. Check which sending is to be given up."
            ),
        ));
    }
    let text = format!(
        "このフォルダーの {CLAIM_FILE} は取りやめになりました。送信しないでください。\r\n\
         \r\n\
         フォルダー：{reference}\r\n\
         \r\n\
         すでにオンライン請求端末で送信した場合は、請求確定の前であれば「請求状況」で請求取消をしてください。\r\n\
         請求確定の後は画面から取り消せません。提出先（支払基金・国保連）に連絡してください。\r\n\
         このファイルは送信済みの請求を取り消すものではありません。\r\n"
    );
    // The mark lets Windows' editors see UTF-8.
    Ok((
        format!("{reference}/{WITHDRAWN_FILE}"),
        format!("\u{feff}{text}"),
    ))
}

/// Whether a text is what [`folder`] makes.
fn is_folder(reference: &str) -> bool {
    let payer = |part: &str| {
        [Payer::SocialInsuranceFund, Payer::NationalHealthFederation]
            .into_iter()
            .any(|payer| {
                let name = format!("{}-{}", payer_code(payer), payer_name(payer));
                part.strip_prefix(&name).is_some_and(|rest| {
                    rest.is_empty()
                        || rest
                            .strip_prefix('-')
                            .and_then(|rest| rest.strip_suffix("回目"))
                            .is_some_and(|n| n.parse::<u32>().is_ok_and(|n| n > 1))
                })
            })
    };
    let month = |part: &str| reseplug_model::Month::parse(part).is_ok();
    match reference.split('/').collect::<Vec<_>>().as_slice() {
        [first, last] => month(first) && payer(last),
        [first, trial, last] => month(first) && *trial == TRIAL && payer(last),
        _ => false,
    }
}

/// The file is what the host says it is: its digest, its payer, its receipts. A file that
/// went to the wrong payer, or a truncated one, must not leave the house.
pub(crate) fn check(filing: &Filing) -> Result<(), Fault> {
    let bytes = &filing.document.bytes;
    let digest = hex::encode(Sha256::digest(bytes));
    if digest != filing.sha256 {
        return Err(differs(filing, "SHA-256", &digest, &filing.sha256));
    }
    let lines = || bytes.split(|byte| *byte == b'\n');
    let header: Vec<&[u8]> = lines()
        .next()
        .unwrap_or_default()
        .split(|byte| *byte == b',')
        .collect();
    if header.first() != Some(&b"HM".as_slice()) {
        return Err(Fault::new(
            "claims/not-a-claim-file",
            "先頭が訪問看護ステーション情報レコード（HM）ではありません。訪問看護の請求ファイルを指定してください。",
            "The file does not begin with the record HM: it is no claim file of 訪問看護.",
        )
        .at(Place::document(&filing.document.name).line(1)));
    }
    let payer = header
        .get(1)
        .map(|field| String::from_utf8_lossy(field).into_owned());
    if payer.as_deref() != Some(payer_code(filing.payer)) {
        let found = payer.unwrap_or_default();
        return Err(differs(
            filing,
            "審査支払機関（HM 2）",
            &found,
            payer_code(filing.payer),
        ));
    }
    // History lines of a returned receipt begin with `8,` and are not receipts.
    let receipts = lines().filter(|line| line.starts_with(b"RE,")).count();
    if u32::try_from(receipts) != Ok(filing.receipts) {
        return Err(differs(
            filing,
            "件数（RE）",
            &receipts.to_string(),
            &filing.receipts.to_string(),
        ));
    }
    Ok(())
}

fn differs(filing: &Filing, what: &str, found: &str, expected: &str) -> Fault {
    Fault::new(
        "claims/file-differs",
        format!("請求ファイルの{what}が「{found}」で、請求内容の「{expected}」と違います。ファイルは置いていません。もう一度作り直してください。"),
        format!("{what} of the claim file is `{found}`, but the filing says `{expected}`. Nothing was placed. Make the file again."),
    )
    .at(Place::document(&filing.document.name))
}

/// Names and bytes of everything that is placed, the claim file first. All but the checklist depend
/// on the claim alone, so that a repeated hand-over is the same files; the checklist says what the
/// days are and what left before as it was known when it was made.
pub(crate) fn all(
    ctx: &Context<Settings>,
    filing: &Filing,
) -> Result<[(&'static str, Vec<u8>); 4], Fault> {
    Ok([
        (CLAIM_FILE, filing.document.bytes.clone()),
        (
            "SHA256SUMS",
            format!("{}  {CLAIM_FILE}\n", filing.sha256).into_bytes(),
        ),
        ("manifest.json", manifest(ctx, filing)?),
        (CHECKLIST, checklist::html(ctx, filing).into_bytes()),
    ])
}

/// `manifest.json`, for programs.
#[derive(Debug, Serialize)]
struct Manifest<'a> {
    format: &'static str,
    version: u32,
    /// `claim` or `trial`.
    kind: &'static str,
    /// Always `handed-over`: nobody has filed it yet.
    state: &'static str,
    station_code: &'a str,
    station_name: &'a str,
    /// `1` 支払基金, `2` 国保連.
    payer_code: &'static str,
    payer: &'static str,
    claim_month: &'a str,
    /// 1 for the first sending of a month to a payer.
    sequence: u32,
    /// Folder of the sending that this one takes the place of, if that was handed over.
    replaces: Option<&'a str>,
    receipts: u32,
    total_yen: u64,
    file: &'static str,
    bytes: usize,
    sha256: &'a str,
    key: &'a str,
}

fn manifest(ctx: &Context<Settings>, filing: &Filing) -> Result<Vec<u8>, Fault> {
    let manifest = Manifest {
        format: "reseplug-handover",
        version: 1,
        kind: match filing.kind {
            FilingKind::Claim => "claim",
            FilingKind::Trial => "trial",
        },
        state: "handed-over",
        station_code: &ctx.station.code,
        station_name: &ctx.station.name,
        payer_code: payer_code(filing.payer),
        payer: payer_name(filing.payer),
        claim_month: &filing.claim_month,
        sequence: filing.sequence,
        replaces: filing.replaces.as_deref(),
        receipts: filing.receipts,
        total_yen: filing.total,
        file: CLAIM_FILE,
        bytes: filing.document.bytes.len(),
        sha256: &filing.sha256,
        key: &filing.key,
    };
    let mut json = serde_json::to_vec_pretty(&manifest).map_err(|error| {
        Fault::new(
            "claims/manifest",
            format!("manifest.json を作れません：{error}"),
            format!("Cannot make manifest.json: {error}"),
        )
    })?;
    json.push(b'\n');
    Ok(json)
}

/// A refusal of the claim file's place says what a person has to decide: only they know
/// whether the file that lies there went out.
pub(crate) fn refused(fault: Fault, path: &str) -> Fault {
    if !path.ends_with(CLAIM_FILE) {
        return fault;
    }
    Fault {
        message_ja: format!(
            "{}（「{path}」に別の請求ファイルがある場合：送信済みなら提出先に連絡してから、未送信なら「{}」フォルダーの名前を変えるか別の場所に移してから、もう一度実行してください。）",
            fault.message_ja,
            path.trim_end_matches(CLAIM_FILE).trim_end_matches('/')
        ),
        message_en: format!(
            "{} (If another claim file lies at `{path}`: when it was sent, speak to the payer first; when it was not, move its folder away. Then run this again.)",
            fault.message_en
        ),
        ..fault
    }
}
