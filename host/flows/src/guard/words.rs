//! What the guard's words are for staff and for developers.

use super::{Finding, Level, Shown, Standing};
use reseplug_model::Date;

impl Level {
    /// The word staff read.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Contradicted => "記録と違う",
            Self::NotConfirmed => "確認できない",
            Self::Note => "参考",
        }
    }

    /// The same for developers.
    pub fn name_en(self) -> &'static str {
        match self {
            Self::Contradicted => "contradicted",
            Self::NotConfirmed => "not confirmed",
            Self::Note => "note",
        }
    }
}

impl Standing {
    /// The word staff read.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Confirmed => "確認済み",
            Self::NotConfirmed => "確認できない",
            Self::Contradicted => "記録と違う",
        }
    }
}

impl Finding {
    /// For which reason it would come back, or why it is not confirmed, in a few words.
    pub fn title_ja(&self) -> String {
        match (self.reason, self.why, self.level) {
            (Some(reason), _, Level::NotConfirmed) => {
                format!("返戻になるなら「{}」", reason.info().name_ja)
            }
            (Some(reason), ..) => reason.info().name_ja.clone(),
            (None, Some(why), _) => why.name_ja().to_owned(),
            (None, None, level) => level.name_ja().to_owned(),
        }
    }

    /// The same for developers.
    pub fn title_en(&self) -> String {
        match (self.reason, self.why, self.level) {
            (Some(reason), _, Level::NotConfirmed) => {
                format!("if returned, for: {}", reason.info().name_en)
            }
            (Some(reason), ..) => reason.info().name_en.clone(),
            (None, Some(why), _) => {
                let message = why.message_en();
                message.split(';').next().unwrap_or(message).to_owned()
            }
            (None, None, level) => level.name_en().to_owned(),
        }
    }

    /// What happened and what to do, for staff.
    pub fn action_ja(&self) -> String {
        let why = self.why.map(|w| w.message_ja()).unwrap_or_default();
        let before = self.reason.map(|r| r.info().before_ja.as_str());
        format!("{why}{}", before.unwrap_or_default())
    }

    /// The same for developers.
    pub fn action_en(&self) -> String {
        let why = self.why.map(|w| w.message_en());
        let before = self.reason.map(|r| r.info().before_en.as_str());
        [why, before]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(". ")
    }

    /// `保険者番号 01990011→990010、記号 12→5`; only the answer's where the receipt has no such field.
    pub fn fields_ja(&self) -> String {
        let one = |d: &crate::coverage::Difference| {
            if d.on_file.is_empty() && d.field != "枝番" && d.field != "記号" {
                format!("{} {}", d.field, d.answered)
            } else {
                let empty = |text: &str| {
                    if text.is_empty() {
                        "（なし）"
                    } else {
                        text
                    }
                    .to_owned()
                };
                format!("{} {}→{}", d.field, empty(&d.on_file), empty(&d.answered))
            }
        };
        self.fields.iter().map(one).collect::<Vec<_>>().join("、")
    }

    /// The days, as they stand on a receipt.
    pub fn days_ja(&self) -> String {
        self.days_with("、")
    }

    /// The same in English.
    pub fn days_en(&self) -> String {
        self.days_with(", ")
    }

    fn days_with(&self, between: &str) -> String {
        let day = |d: &Date| format!("{}/{}", d.month().number(), d.day_of_month());
        self.days.iter().map(day).collect::<Vec<_>>().join(between)
    }
}

impl Shown {
    /// How it came to be known. A notice or a certificate is never an electronic confirmation.
    pub fn method_ja(&self) -> &'static str {
        match self.method.as_str() {
            "card" => "カードの読み取り",
            "number" => "番号での照会",
            "recheck" => "再照会",
            "certificate" => "資格確認書（電子的な確認ではない）",
            "notice" => "通知（電子的な確認ではない）",
            _ => "記録",
        }
    }
}
