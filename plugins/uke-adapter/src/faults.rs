//! What can go wrong, in the words of staff and of developers. Codes are stable.

use receden::{FieldError, ReadError, WriteError};
use reseplug_sdk::{Fault, Place};

/// A document that is no claim file.
pub(crate) fn not_a_claim_file(document: &str, error: &ReadError) -> Fault {
    Fault::new(
        "uke/not-a-claim-file",
        format!(
            "「{document}」を訪問看護の請求ファイル（RECEIPTH.UKE）として読めません。{}",
            error.message_ja()
        ),
        format!(
            "`{document}` is no claim file of 訪問看護: {error}. Have the product write it again."
        ),
    )
    .at(Place::document(document))
}

/// A document that does not come as a claim file, to an adapter that reads nothing else.
pub(crate) fn not_as_a_claim_file(document: &str) -> Fault {
    Fault::new(
        "uke/not-as-a-claim-file",
        format!(
            "「{document}」は請求ファイルとして渡されていません（名前が「.UKE」で終わらないか、台帳（register）に指定されています）。このアダプターが読むのは請求ファイルだけで、読み飛ばすと請求もれになるおそれがあるため、止めました。請求ファイルなら名前を「RECEIPTH.UKE」のように直し、違うなら書類の指定から外してください。"
        ),
        format!(
            "`{document}` does not come as a claim file: its name does not end in `.UKE`, or it is listed as a register. This adapter reads nothing else, and to pass it over could leave a payer unfiled. If it is a claim file, name it like `RECEIPTH.UKE`; if not, leave it out."
        ),
    )
    .at(Place::document(document))
}

/// A claim file in which no receipt can be found, and that does not say of itself that it is empty.
pub(crate) fn no_receipts(document: &str) -> Fault {
    Fault::new(
        "uke/no-receipts",
        format!(
            "「{document}」にレセプト（RE）がありません。途中で切れているおそれがあるため、止めました。製品から出力し直してください。この提出先に請求するものがなければ、書類の指定から外してください。"
        ),
        format!(
            "`{document}` holds no receipt (RE); it may have been cut off. Have the product write it again, or leave it out if there is nothing for this payer."
        ),
    )
    .at(Place::document(document))
}

/// A return file where a month's claim file is expected.
pub(crate) fn return_file(document: &str) -> Fault {
    Fault::new(
        "uke/return-file",
        format!(
            "「{document}」は返戻ファイル（HH）で、請求ファイル（HM）ではありません。返戻分は製品で修正し、請求ファイルとして出力してください。"
        ),
        format!(
            "`{document}` is a file of returned receipts (HH), not a claim file (HM). Correct the returns in the product and write a claim file."
        ),
    )
    .at(Place::document(document).line(1).record("HH"))
}

/// Two documents under one name: their receipts could not be told apart.
pub(crate) fn same_name(document: &str) -> Fault {
    Fault::new(
        "uke/same-name",
        format!(
            "「{document}」という名前のファイルが二つあります。どのレセプトか区別できないため、名前を変えて渡してください。"
        ),
        format!("Two documents are named `{document}`, so their receipts cannot be told apart. Rename one."),
    )
    .at(Place::document(document))
}

/// A field that cannot be read.
pub(crate) fn unreadable(document: &str, error: &FieldError) -> Fault {
    let line = u32::try_from(error.line).unwrap_or(u32::MAX);
    Fault::new(
        "uke/unreadable-field",
        format!(
            "「{document}」{line}行目 {} の「{}」（{}項目目）が読めません。製品でこの利用者のデータを直し、請求ファイルを出力し直してください。（{}）",
            error.record, error.name_ja, error.field, error.reason
        ),
        format!(
            "`{document}` line {line}: field {} of {} ({}) cannot be read: {}. Correct it in the product and write the file again.",
            error.field, error.record, error.name_ja, error.reason
        ),
    )
    .at(Place::document(document)
        .line(line)
        .record(&error.record)
        .field(error.field.to_string()))
}

/// A value that a claim file cannot hold.
pub(crate) fn unwritable(document: &str, error: &WriteError) -> Fault {
    let mut place = Place::document(document);
    let detail = match error {
        WriteError::Character {
            record,
            field,
            source,
        } => {
            place = place.record(record).field(field.to_string());
            match source.proposal {
                Some(proposal) => format!(
                    "文字「{}」は請求ファイルに使えません。ふつうは「{proposal}」と書きます",
                    source.character
                ),
                None => format!("文字「{}」は請求ファイルに使えません", source.character),
            }
        }
        WriteError::Delimiter {
            record,
            field,
            character,
        } => {
            place = place.record(record).field(field.to_string());
            format!("「{character}」は請求ファイルの文字として書けません")
        }
        WriteError::MissingGlyph { name } => {
            format!("氏名「{name}」の●は表示できない文字の代わりで、氏名として書けません")
        }
        other => other.to_string(),
    };
    Fault::new(
        "uke/cannot-write",
        format!("「{document}」に書き込めません。{detail}。製品で直してください。"),
        format!("Cannot write into `{document}`: {error}. Correct it in the product."),
    )
    .at(place)
}

/// A refusal of one operation: what about which receipt, and what to do instead.
pub(crate) fn refuse(what: &str, receipt: &str, ja: &str, en: &str) -> Fault {
    Fault::new(
        &format!("uke/{what}"),
        format!("レセプト「{receipt}」は変更していません。{ja}"),
        format!("The receipt `{receipt}` was not changed. {en}"),
    )
    .with("receipt", receipt)
}
