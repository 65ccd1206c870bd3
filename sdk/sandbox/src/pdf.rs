//! A one-page PDF with Japanese text and, where wanted, a pattern of squares: what a terminal hands
//! out for people, in as few bytes as will do. The font is not embedded; viewers have one for the
//! standard Japanese collection.

use std::fmt::Write as _;

const WIDTH: usize = 595;
const HEIGHT: usize = 842;
const MARGIN: usize = 50;
const LINE: usize = 16;
/// Points a square.
const SQUARE: usize = 6;

/// A page with squares (row by row, `true` is black) and lines of text below them. Lines that do not
/// fit are not drawn.
pub(crate) fn page(squares: &[Vec<bool>], lines: &[String]) -> Vec<u8> {
    let mut content = String::new();
    let top = HEIGHT - MARGIN;
    for (y, row) in squares.iter().enumerate() {
        for x in row
            .iter()
            .enumerate()
            .filter(|(_, dark)| **dark)
            .map(|(x, _)| x)
        {
            let (x, y) = (MARGIN + x * SQUARE, top.saturating_sub((y + 1) * SQUARE));
            let _ = writeln!(content, "{x} {y} {SQUARE} {SQUARE} re f");
        }
    }
    let begins = top.saturating_sub(squares.len() * SQUARE + LINE);
    let _ = writeln!(content, "BT /F1 11 Tf {LINE} TL {MARGIN} {begins} Td");
    for line in lines.iter().take(begins.saturating_sub(MARGIN) / LINE) {
        let _ = writeln!(content, "<{}> Tj T*", utf16(line));
    }
    content.push_str("ET\n");
    assemble(&[
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] \
             /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>"
        ),
        format!(
            "<< /Length {} >>\nstream\n{content}endstream",
            content.len()
        ),
        "<< /Type /Font /Subtype /Type0 /BaseFont /HeiseiKakuGo-W5 /Encoding /UniJIS-UCS2-H \
         /DescendantFonts [6 0 R] >>"
            .to_owned(),
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiKakuGo-W5 /CIDSystemInfo \
         << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> /FontDescriptor 7 0 R >>"
            .to_owned(),
        "<< /Type /FontDescriptor /FontName /HeiseiKakuGo-W5 /Flags 4 \
         /FontBBox [-92 -250 1010 922] /ItalicAngle 0 /Ascent 752 /Descent -221 /CapHeight 737 \
         /StemV 114 >>"
            .to_owned(),
    ])
}

/// The objects, numbered from 1, with their table.
fn assemble(objects: &[String]) -> Vec<u8> {
    let mut out = String::from("%PDF-1.4\n");
    let mut places = Vec::new();
    for (nth, object) in objects.iter().enumerate() {
        places.push(out.len());
        let _ = write!(out, "{} 0 obj\n{object}\nendobj\n", nth + 1);
    }
    let table = out.len();
    let count = objects.len() + 1;
    let _ = write!(out, "xref\n0 {count}\n0000000000 65535 f \n");
    for place in places {
        let _ = writeln!(out, "{place:010} 00000 n ");
    }
    let _ = write!(
        out,
        "trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"
    );
    out.into_bytes()
}

fn utf16(text: &str) -> String {
    let mut hex = String::new();
    for unit in text.encode_utf16() {
        let _ = write!(hex, "{unit:04X}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_where_each_object_stands() {
        let bytes = page(&[vec![true, false]], &["架空の薬剤情報".to_owned()]);
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with("%PDF-1.4\n") && text.ends_with("%%EOF\n"));
        assert!(text.contains(&format!("<{}> Tj", utf16("架空の薬剤情報"))));
        let table = text.split("startxref\n").nth(1).unwrap();
        let at: usize = table.lines().next().unwrap().parse().unwrap();
        let rows: Vec<&str> = text[at..].lines().skip(3).take(7).collect();
        for (nth, row) in rows.iter().enumerate() {
            let place: usize = row.split(' ').next().unwrap().parse().unwrap();
            assert!(
                text[place..].starts_with(&format!("{} 0 obj", nth + 1)),
                "{row}"
            );
        }
    }

    #[test]
    fn what_does_not_fit_is_not_drawn_over_the_edge() {
        let lines: Vec<String> = (0..200).map(|n| n.to_string()).collect();
        let drawn = String::from_utf8(page(&[], &lines)).unwrap();
        assert!(drawn.matches(" Tj").count() <= (HEIGHT - 2 * MARGIN) / LINE);
    }
}
