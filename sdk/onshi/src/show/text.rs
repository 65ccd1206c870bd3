//! What was found, as lines of Japanese text.

use super::{Format, Line, Shown, Whole};
use std::fmt::Write as _;

impl Shown {
    /// The whole as text for people, in Japanese.
    pub fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a text cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "{}", self.file)?;
        let interface = self
            .interface
            .as_deref()
            .unwrap_or("番号は公開されていません");
        writeln!(
            out,
            "  電文: {}（{interface}、{}）",
            self.name_ja, self.prefix
        )?;
        writeln!(
            out,
            "  レイアウトの確かさ: [{}] {}",
            self.confidence, self.confidence_ja
        )?;
        if let Some(sheet) = &self.sheet {
            writeln!(out, "  レイアウトの出どころ: {sheet}")?;
        }
        match (self.format, self.charset) {
            (Format::Pdf, _) => {
                writeln!(out, "  PDF（{}バイト）：人が見るファイルです", self.bytes)?
            }
            (Format::Png, _) => writeln!(out, "  PNG画像（{}バイト）", self.bytes)?,
            (format, charset) => {
                let zip = if format == Format::Zip {
                    "zipの中の"
                } else {
                    ""
                };
                let why = if self.declared {
                    "宣言のとおり"
                } else {
                    "宣言がないため設定から"
                };
                let charset = charset.unwrap_or_default();
                writeln!(out, "  {zip}XML（{}バイト、{charset}：{why}）", self.bytes)?;
            }
        }
        for warning in &self.warnings {
            writeln!(out, "  ⚠ {warning}")?;
        }
        match &self.whole {
            None => {}
            Some(Whole::Done) => writeln!(out, "  電文全体: 正常終了")?,
            Some(Whole::Processing) => writeln!(
                out,
                "  電文全体: 処理中。時間をおいて、新しい要求で取り直してください"
            )?,
            Some(Whole::Failed { code, message }) => writeln!(
                out,
                "  電文全体: エラー {} {}（中身は使えません）",
                code.as_deref().unwrap_or("－"),
                message.as_deref().unwrap_or("（メッセージなし）")
            )?,
        }
        section(out, "ヘッダー", &self.header)?;
        section(out, "本文", &self.body)?;
        if self.hidden_lines > 0 {
            writeln!(
                out,
                "\n本文\n  診療・薬剤・健診の情報 {}行（--unmasked で表示。生きている同意があるときだけ見てください）",
                self.hidden_lines
            )?;
        }
        for person in &self.people {
            let result = match person.is_error {
                None => "",
                Some(true) => "：エラー",
                Some(false) => "：正常",
            };
            write!(out, "\n{}人目{result}", person.number)?;
            for text in [&person.code, &person.text].into_iter().flatten() {
                write!(out, " {text}")?;
            }
            writeln!(out)?;
            lines(out, &person.lines)?;
        }
        if !self.unknown_elements.is_empty() {
            writeln!(out, "\nこのプログラムが知らない要素")?;
            for path in &self.unknown_elements {
                writeln!(out, "  {path}")?;
            }
        }
        if !self.unknown_codes.is_empty() {
            writeln!(out, "\n意味の分からないコード")?;
            for one in &self.unknown_codes {
                writeln!(
                    out,
                    "  {} の {}（{} にありません）",
                    one.element, one.code, one.table
                )?;
            }
        }
        Ok(())
    }
}

fn section(out: &mut String, title: &str, all: &[Line]) -> std::fmt::Result {
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}")?;
    lines(out, all)
}

fn lines(out: &mut String, lines: &[Line]) -> std::fmt::Result {
    for line in lines {
        let indent = "  ".repeat(line.depth + 1);
        let label = match &line.label {
            Some(label) => label.clone(),
            None => format!("{}（知らない要素）", line.element),
        };
        match (&line.value, line.meaning) {
            (None, _) => writeln!(out, "{indent}{label}")?,
            (Some(value), None) => writeln!(out, "{indent}{label}: {value}")?,
            (Some(value), Some(meaning)) => writeln!(out, "{indent}{label}: {value} {meaning}")?,
        }
    }
    Ok(())
}
