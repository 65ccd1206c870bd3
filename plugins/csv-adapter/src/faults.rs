//! What can go wrong, in the words of staff and of developers. Codes are stable.

use reseplug_sdk::{Fault, Place};

use crate::cells::CellsError;
use crate::charset::Encoding;

/// A document that cannot be cut into cells.
pub(crate) fn not_csv(document: &str, error: &CellsError) -> Fault {
    let (code, line, what) = match error {
        CellsError::UnclosedQuote { line } => (
            "csv/unclosed-quote",
            *line,
            "で始まる引用符（\"）が閉じていません",
        ),
        CellsError::TextBehindQuote { line } => (
            "csv/text-behind-quote",
            *line,
            "で、閉じた引用符（\"）のすぐ後ろに文字があります",
        ),
    };
    Fault::new(
        code,
        format!(
            "「{document}」の{line}行目{what}。ファイルが途中で切れたり、ほかのソフトで書き換えられたりしていないか確かめ、製品から出力し直してください。"
        ),
        format!("`{document}`: {error}. Have the product write the file again."),
    )
    .at(Place::document(document).line(line))
}

/// A row with more cells than there are titles: its values would stand in the wrong columns.
pub(crate) fn too_many_cells(place: Place) -> Fault {
    let line = place.line.unwrap_or_default();
    Fault::new(
        "csv/too-many-cells",
        format!(
            "「{}」の{line}行目の項目が見出しより多く、列がずれているおそれがあります。この行を製品で直して出力し直してください。",
            place.document
        ),
        format!(
            "`{}` line {line} has more cells than there are titles: its values may stand in the wrong columns.",
            place.document
        ),
    )
    .at(place)
}

/// A document that ends within a row.
pub(crate) fn cut_off(place: Place) -> Fault {
    let line = place.line.unwrap_or_default();
    Fault::new(
        "csv/cut-off",
        format!(
            "「{}」は最後の行（{line}行目）の途中で終わっています。出力か複写の途中で切れたおそれがあります。製品から出力し直してください。",
            place.document
        ),
        format!(
            "`{}` ends within its last row (line {line}); it may have been cut off. Have the product write it again.",
            place.document
        ),
    )
    .at(place)
}

/// A document without a line of titles.
pub(crate) fn no_titles(document: &str) -> Fault {
    Fault::new(
        "csv/empty",
        format!("「{document}」に見出しの行がありません。製品から出力し直してください。"),
        format!("`{document}` has no line of titles. Have the product write it again."),
    )
    .at(Place::document(document))
}

/// A column that the settings name and the document does not have.
pub(crate) fn missing_column(
    document: &str,
    setting: &str,
    column: &str,
    titles: &[String],
) -> Fault {
    let known = titles.join("、");
    Fault::new(
        "csv/missing-column",
        format!(
            "「{document}」に「{column}」という列がありません（設定 {setting}）。列名を確かめ、設定を直してください。ある列: {known}"
        ),
        format!(
            "`{document}` has no column `{column}` (setting `{setting}`). Correct the setting. Columns found: {known}"
        ),
    )
    .at(Place::document(document).line(1).field(column))
}

/// A title that stands twice.
pub(crate) fn column_twice(document: &str, column: &str) -> Fault {
    Fault::new(
        "csv/column-twice",
        format!("「{document}」に「{column}」という列が二つあり、どちらか決められません。"),
        format!("`{document}` has two columns `{column}`; which one is meant cannot be told."),
    )
    .at(Place::document(document).line(1).field(column))
}

/// Bytes that are no text in the encoding of the settings.
pub(crate) fn not_text(place: Place, encoding: Encoding) -> Fault {
    Fault::new(
        "csv/encoding",
        format!(
            "「{}」の文字が{}として読めません。設定 encoding が製品の出力と合っているか確かめてください。",
            place.document,
            encoding.name()
        ),
        format!(
            "`{}` is not {}: check the setting `encoding` against what the product writes.",
            place.document,
            encoding.name()
        ),
    )
    .at(place)
}

/// A cell whose text is not what it should be.
pub(crate) fn unreadable(place: Place, text: &str, expected: &str) -> Fault {
    let at = at(&place);
    Fault::new(
        "csv/unreadable-cell",
        format!("「{}」{at}の「{text}」が{expected}として読めません。製品でこの利用者のデータを直してください。", place.document),
        format!("`{}` {at}: `{text}` cannot be read as {expected}. Correct it in the product.", place.document),
    )
    .at(place)
}

/// `12行目「性別」`
pub(crate) fn at(place: &Place) -> String {
    let line = place
        .line
        .map_or_else(String::new, |line| format!("{line}行目"));
    let field = place
        .field
        .as_deref()
        .map_or_else(String::new, |field| format!("「{field}」"));
    line + &field
}

/// A refusal of one operation.
pub(crate) fn refuse(what: &str, ja: impl Into<String>, en: impl Into<String>) -> Fault {
    Fault::new(
        &format!("csv/{what}"),
        format!("台帳は変更していません。{}", ja.into()),
        format!("The register was not changed. {}", en.into()),
    )
}
