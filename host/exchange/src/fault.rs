//! Faults of this crate, Japanese and English.

use reseplug_effect::{Fault, Place};
use std::io;
use std::path::Path;

/// A file or folder could not be used.
pub(crate) fn io(doing_ja: &str, doing_en: &str, path: &Path, error: &io::Error) -> Fault {
    let path = path.display();
    Fault::later(
        "exchange/io",
        format!(
            "{doing_ja}できませんでした: {path}（{}）。共有フォルダーにつながっているか、書き込みの権限と空き容量があるかを確認してください。",
            reseplug_effect::io_reason_ja(error)
        ),
        format!(
            "Could not {doing_en} {path}: {error}. Check that the shared folder is reachable, writable and not full."
        ),
    )
}

/// A name or path that cannot be.
pub(crate) fn name(what: &str, why_ja: &str, why_en: &str) -> Fault {
    Fault::new(
        "exchange/bad-name",
        format!(
            "ファイル名「{what}」は使用できません（{why_ja}）。プラグインの開発元に連絡してください。"
        ),
        format!("The file name {what:?} cannot be used: {why_en}. Tell the plugin's vendor."),
    )
}

/// The terminal encrypts its answers.
pub(crate) fn encrypted(file: &str, prefix: &str) -> Fault {
    Fault::new(
        "exchange/encrypted",
        format!(
            "資格確認端末の回答 {file} は暗号化されているため読み取れません。資格確認端末の encrypt.conf（通常は C:\\ProgramData\\OQS\\OQSComApp\\config\\）で「{prefix}=e」を「{prefix}=n」に変更し、連携アプリケーションを再起動してください。端末の設定は保守業者に依頼してください。"
        ),
        format!(
            "The terminal's answer {file} is an encrypted zip, which is not supported. In the terminal's encrypt.conf (usually C:\\ProgramData\\OQS\\OQSComApp\\config\\) change `{prefix}=e` to `{prefix}=n` and restart OQSComApp; whoever maintains the terminal can do this."
        ),
    )
    .at(Place { document: file.to_owned(), ..Place::default() })
}

/// An answer bears the name of our request and names somebody else.
pub(crate) fn others(file: &str, other: &str, ours: &str) -> Fault {
    Fault::new(
        "exchange/other-institution",
        format!(
            "回答 {file} は別の医療機関コード {other} のものです（この事業所は {ours}）。受け取らず、回答フォルダーにそのまま残しています。同じ連携フォルダーを使うほかの事業所のファイルなら、その事業所に知らせてください。この事業所のコードが違うなら、設定ファイルの code と prefecture を直してください。どちらの場合も、もう一度照会してください。"
        ),
        format!(
            "The answer {file} is for the institution {other}, not for {ours}. It was not taken and stays where it is. Either another institution shares the folders, or `code` or `prefecture` of the station file is wrong; then ask again."
        ),
    )
    .at(Place { document: file.to_owned(), ..Place::default() })
}

/// An answer is larger than the binding allows.
pub(crate) fn too_large(file: &str, limit: u64) -> Fault {
    Fault::new(
        "exchange/too-large",
        format!(
            "回答 {file} が上限（{limit} バイト）を超えているため読み取りません。ファイルはそのまま残しています。正しい回答であれば、設定の max_bytes を大きくしてください。"
        ),
        format!(
            "The answer {file} is larger than {limit} bytes and was left where it is. If it is a real answer, raise max_bytes of this exchange folder in the station file."
        ),
    )
    .at(Place { document: file.to_owned(), ..Place::default() })
}

/// Two answers to one question: which of them counts is not for a machine to say.
pub(crate) fn two_answers(request: &str, names: &[&str]) -> Fault {
    let list = names.join("、");
    Fault::later(
        "exchange/two-answers",
        format!(
            "要求 {request} に回答が二つ以上あります（{list}）。どれが正しいか分からないため、どれも使わず、そのまま残しています。内容を確認し、誤りのファイルを別の場所に移してから、やり直してください。"
        ),
        format!(
            "The request {request} has more than one answer ({}). None is used and all stay where they are. Look at them, move the wrong one away and try again.",
            names.join(", ")
        ),
    )
    .at(Place { document: names.first().copied().unwrap_or_default().to_owned(), ..Place::default() })
}

/// An answer is not an ordinary file.
pub(crate) fn not_a_file(file: &str) -> Fault {
    Fault::new(
        "exchange/not-a-file",
        format!(
            "回答フォルダーの {file} は通常のファイルではない（リンクまたはフォルダー）ため使用しません。誰が置いたものか確認してください。"
        ),
        format!(
            "{file} in the answer folder is a link or a folder, not a file, and is not used. Find out who put it there."
        ),
    )
    .at(Place { document: file.to_owned(), ..Place::default() })
}
