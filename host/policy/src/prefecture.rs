//! 都道府県 by its code (記録条件仕様（訪問看護用）別表2).

use crate::error::Refused;

/// The names in the order of their codes, from 01.
const NAMES: [&str; 47] = [
    "北海道",
    "青森",
    "岩手",
    "宮城",
    "秋田",
    "山形",
    "福島",
    "茨城",
    "栃木",
    "群馬",
    "埼玉",
    "千葉",
    "東京",
    "神奈川",
    "新潟",
    "富山",
    "石川",
    "福井",
    "山梨",
    "長野",
    "岐阜",
    "静岡",
    "愛知",
    "三重",
    "滋賀",
    "京都",
    "大阪",
    "兵庫",
    "奈良",
    "和歌山",
    "鳥取",
    "島根",
    "岡山",
    "広島",
    "山口",
    "徳島",
    "香川",
    "愛媛",
    "高知",
    "福岡",
    "佐賀",
    "長崎",
    "熊本",
    "大分",
    "宮崎",
    "鹿児島",
    "沖縄",
];

/// The name of a prefecture by its code, with what it is: `13` is 東京都. Nothing where no prefecture has it.
pub fn prefecture_name(code: &str) -> Option<String> {
    let (_, name) = (1..)
        .zip(NAMES)
        .find(|(at, _)| format!("{at:02}") == code)?;
    let kind = match name {
        "北海道" => "",
        "東京" => "都",
        "京都" | "大阪" => "府",
        _ => "県",
    };
    Some(format!("{name}{kind}"))
}

/// Reads a code. Whoever writes a name is told its code.
pub(crate) fn parse(text: &str) -> Result<String, Refused> {
    let known = (1..)
        .zip(NAMES)
        .map(|(at, name)| (format!("{at:02}"), name));
    let written = text.trim().trim_end_matches(['都', '府', '県']);
    let mut listed = String::new();
    for (code, name) in known {
        if text == code {
            return Ok(code);
        }
        if written == name || text == name {
            return Err(Refused::new(
                format!("都道府県は番号で書いてください。「{name}」は \"{code}\" です"),
                format!("write the prefecture's code: {name} is \"{code}\""),
            ));
        }
        listed.push_str(&format!(" {code} {name}"));
    }
    Err(Refused::new(
        format!("都道府県の番号は 01 から 47 までの2桁です（記録条件仕様 別表2:{listed}）"),
        format!("a prefecture's code has two digits, 01 to 47 (別表2:{listed})"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefecture_is_called_by_its_whole_name() {
        for (code, name) in [
            ("01", "北海道"),
            ("13", "東京都"),
            ("14", "神奈川県"),
            ("26", "京都府"),
            ("27", "大阪府"),
            ("47", "沖縄県"),
        ] {
            assert_eq!(prefecture_name(code).as_deref(), Some(name));
        }
        assert_eq!(prefecture_name("48"), None);
        assert_eq!(prefecture_name("1"), None);
    }

    #[test]
    fn a_prefecture_is_one_of_47_and_what_is_none_is_told_which_there_are() {
        for code in ["01", "13", "47"] {
            assert_eq!(parse(code), Ok(code.to_owned()));
        }
        for wrong in ["00", "48", "99", "1", "１３", "", "013"] {
            let refused = parse(wrong).unwrap_err();
            for words in ["01 から 47", "13 東京", "47 沖縄"] {
                assert!(refused.ja.contains(words), "{wrong}: {}", refused.ja);
            }
        }
        for (name, code) in [
            ("東京都", "\"13\""),
            ("京都", "\"26\""),
            ("北海道", "\"01\""),
        ] {
            assert!(parse(name).unwrap_err().ja.contains(code), "{name}");
        }
    }
}
