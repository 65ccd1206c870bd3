//! The register and the computed month of a product that speaks CSV (`stations/aozora/COLUMNS.md`).

use super::{
    Coverage, Document, DocumentKind, Line, Person, Station, StationError, half_width, lines, uke,
};
use encoding_rs::SHIFT_JIS;
use reseplug_model::{Date, Relationship};

/// What the product writes where a period has no end.
const OPEN_END: &str = "9999/12/31";

const REGISTER: [&str; 29] = [
    "利用者番号",
    "氏名",
    "フリガナ",
    "性別",
    "生年月日",
    "郵便番号",
    "住所",
    "保険者番号",
    "保険者名称",
    "記号",
    "番号",
    "枝番",
    "本人家族",
    "負担割合",
    "有効開始",
    "有効終了",
    "公費1負担者番号",
    "公費1受給者番号",
    "公費1開始",
    "公費1終了",
    "公費2負担者番号",
    "公費2受給者番号",
    "公費2開始",
    "公費2終了",
    "担当者",
    "備考",
    "更新日",
    "予備1",
    "予備2",
];

const MONTH: [&str; 32] = [
    "利用者番号",
    "訪問日",
    "療養費コード",
    "療養費名称",
    "数量",
    "金額",
    "職種",
    "同日回数",
    "指示区分",
    "公費適用",
    "特記",
    "窓口負担区分",
    "公費1上限額",
    "主治医県",
    "主治医点数表",
    "主治医コード",
    "主治医機関",
    "主治医氏名",
    "報告日",
    "指示書区分",
    "指示書開始",
    "指示書終了",
    "心身の状態",
    "別表該当",
    "疾病等",
    "傷病名コード",
    "傷病名",
    "訪問開始日",
    "訪問場所",
    "職員名",
    "入力日",
    "予備",
];

pub(super) fn documents(station: &Station) -> Result<Vec<Document>, StationError> {
    let month = format!("JISSEKI{}.CSV", station.service_month.compact());
    Ok(vec![
        Document {
            path: "RIYOSHA.CSV".to_owned(),
            kind: DocumentKind::Register,
            bytes: encode(station, &register(station))?,
        },
        Document {
            path: month,
            kind: DocumentKind::Month,
            bytes: encode(station, &charges(station)?)?,
        },
    ])
}

fn encode(station: &Station, text: &str) -> Result<Vec<u8>, StationError> {
    let (bytes, _, lossy) = SHIFT_JIS.encode(text);
    if lossy {
        return Err(station.cannot_render("a character is not in Shift_JIS"));
    }
    Ok(bytes.into_owned())
}

fn row(out: &mut String, cells: &[String]) {
    out.push_str(&cells.join(","));
    out.push_str("\r\n");
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn slashed(day: Date) -> String {
    day.to_string().replace('-', "/")
}

fn head(out: &mut String, titles: &[&str]) {
    out.push_str(&titles.join(","));
    out.push_str("\r\n");
}

fn register(station: &Station) -> String {
    let mut out = String::new();
    head(&mut out, &REGISTER);
    for person in station.people.iter().filter(|person| person.registered) {
        if person.on_file.is_empty() {
            row(&mut out, &entry(person, None));
        }
        for coverage in &person.on_file {
            row(&mut out, &entry(person, Some(coverage)));
        }
    }
    out
}

fn entry(person: &Person, coverage: Option<&Coverage>) -> [String; 29] {
    let text = |pick: &dyn Fn(&Coverage) -> String| coverage.map(pick).unwrap_or_default();
    let public = |at: usize| {
        let public = person.public.get(at);
        [
            public.map(|p| p.payer.to_string()).unwrap_or_default(),
            public.map(|p| p.recipient.to_string()).unwrap_or_default(),
            public
                .and_then(|p| p.period.from)
                .map(slashed)
                .unwrap_or_default(),
            public
                .and_then(|p| p.period.to)
                .map(slashed)
                .unwrap_or_default(),
        ]
    };
    let [payer1, recipient1, from1, to1] = public(0);
    let [payer2, recipient2, from2, to2] = public(1);
    [
        person.key.clone(),
        quoted(&person.name),
        quoted(&half_width(&person.kana)),
        uke::sex(&person.sex).to_owned(),
        slashed(person.born),
        "000-0000".to_owned(),
        quoted("架空県ひなた市１－２－３"),
        text(&|c| c.insurer.to_string()),
        text(&|c| c.insurer_name.clone()),
        text(&|c| c.symbol.clone().unwrap_or_default()),
        text(&|c| c.number.clone()),
        text(&|c| {
            c.branch
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default()
        }),
        text(&|c| c.relationship.map(relation).unwrap_or_default().to_owned()),
        text(&|c| c.burden.checked_div(10).unwrap_or_default().to_string()),
        text(&|c| c.period.from.map(slashed).unwrap_or_default()),
        text(&|c| c.period.to.map_or_else(|| OPEN_END.to_owned(), slashed)),
        payer1,
        recipient1,
        from1,
        to1,
        payer2,
        recipient2,
        from2,
        to2,
        "架空".to_owned(),
        quoted(""),
        "2024/09/30".to_owned(),
        String::new(),
        String::new(),
    ]
}

fn relation(relation: Relationship) -> &'static str {
    relation.code()
}

fn charges(station: &Station) -> Result<String, StationError> {
    let mut out = String::new();
    head(&mut out, &MONTH);
    for person in &station.people {
        for line in lines(person) {
            let cells = charge(person, &line)
                .ok_or_else(|| station.cannot_render(format!("{}: the calendar", person.key)))?;
            row(&mut out, &cells);
        }
    }
    Ok(out)
}

fn charge(person: &Person, line: &Line<'_>) -> Option<[String; 32]> {
    let month = person.month()?;
    let (from, to) = uke::instruction(person, month)?;
    let (charge, clinic, care) = (line.charge, &person.clinic, &person.care);
    let insured = person.billed().is_some() || !person.truth.is_empty();
    let cap = person.public.first().and_then(|public| public.cap);
    Some([
        person.key.clone(),
        slashed(line.date),
        charge.code.clone(),
        charge.name.clone(),
        String::new(),
        charge.yen.to_string(),
        charge.staff.clone(),
        charge.visits.clone(),
        charge.instruction.clone(),
        String::new(),
        person.remarks.clone().unwrap_or_default(),
        if insured {
            "00".to_owned()
        } else {
            String::new()
        },
        cap.map(|yen| yen.to_string()).unwrap_or_default(),
        clinic.prefecture.clone(),
        clinic.table.clone(),
        clinic.code.clone(),
        clinic.name.clone(),
        clinic.doctor.clone(),
        slashed(month.day(28)?),
        "01".to_owned(),
        slashed(from),
        slashed(to),
        care.state.clone(),
        care.table.clone(),
        care.diseases.clone(),
        "0000999".to_owned(),
        care.disease.clone(),
        slashed(person.started),
        "01".to_owned(),
        "架空　看護".to_owned(),
        slashed(line.date),
        String::new(),
    ])
}
