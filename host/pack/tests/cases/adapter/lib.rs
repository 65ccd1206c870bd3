//! One name a line: the smallest register.

use reseplug_sdk::{
    Adapter, Context, Document, Fault, NoSettings, Period, Person, Place, Plugin, RegisterEntry,
    Sex,
};

/// The adapter.
pub struct Names;

impl Plugin for Names {
    type Settings = NoSettings;
    const SUMMARY_JA: &'static str = "一行に一人の名簿を読みます。";
    const SUMMARY_EN: &'static str = "Reads a list with one name a line.";

    fn unsupported() -> &'static [&'static str] {
        &[
            "adapter.apply-register",
            "adapter.read-month",
            "adapter.apply-month",
            "adapter.claim",
            "adapter.accept",
        ]
    }
}

impl Adapter for Names {
    fn read_register(
        ctx: &Context<NoSettings>,
        documents: &[Document],
    ) -> Result<Vec<RegisterEntry>, Fault> {
        let mut people = Vec::new();
        for document in documents {
            let text = std::str::from_utf8(&document.bytes).map_err(|_| {
                Fault::new("names/not-utf8", "UTF-8 ではありません。", "The file is not UTF-8.")
                    .at(Place::document(&document.name))
            })?;
            for (line, name) in (1..).zip(text.lines()) {
                assert!(!name.is_empty(), "an empty line shows that a panic has a place");
                people.push(RegisterEntry {
                    person: Person {
                        key: line.to_string(),
                        reference_number: None,
                        name: name.to_owned(),
                        kana: None,
                        other_name: None,
                        sex: Sex::Unset,
                        birth_date: "1950-01-01".to_owned(),
                        extra: Vec::new(),
                    },
                    coverages: vec![reseplug_sdk::Coverage {
                        period: Period::since("2024-04-01"),
                        ..reseplug_sdk::Coverage::new("01990011", "1")
                    }],
                    public_expenses: Vec::new(),
                    incomes: Vec::new(),
                    place: Some(Place::document(&document.name).line(line)),
                });
            }
        }
        ctx.log().info("read", &[("people", &people.len().to_string())]);
        Ok(people)
    }
}

reseplug_sdk::export_adapter!(Names);
