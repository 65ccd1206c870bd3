//! The rules of a day as a sheet for the office.

use reseplug_model::{Date, EraDate, Grade};

use super::{Medium, Notification, Rule, on};

const TITLE: &str = "紙や媒体で請求できる場合";
const LEAD: &str = "このソフトが約束するものではありません。提出先に確かめてください。";

impl Medium {
    /// What staff read.
    #[must_use]
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Paper => "紙",
            Self::Disk => "光ディスク等",
        }
    }
}

impl Notification {
    /// How it is notified (届出), as staff read it.
    #[must_use]
    pub fn say_ja(self) -> &'static str {
        match self {
            Self::None => "なし",
            Self::Portal => "医療機関等向け総合ポータルサイトで届出",
            Self::PaperToBoth => "紙の猶予届出書を、請求に添えて支払基金と国保連の両方に提出",
        }
    }
}

impl Rule {
    /// The heading, with how sure the rule is where no official document says it.
    #[must_use]
    pub fn heading_ja(&self) -> String {
        format!("{}{}", self.title_ja, unsure_ja(self.grade))
    }

    /// Since when and until when the rule is for: `令和6年12月2日から`.
    fn days_ja(&self) -> String {
        match (self.valid_from, self.valid_to) {
            (Some(from), Some(to)) => format!("{}から{}まで", day_ja(from), day_ja(to)),
            (Some(from), None) => format!("{}から", day_ja(from)),
            (None, Some(to)) => format!("{}まで", day_ja(to)),
            (None, None) => "いつからかは分かっていません".to_owned(),
        }
    }

    fn block_ja(&self) -> String {
        let media: Vec<&str> = self.media.iter().map(|one| one.name_ja()).collect();
        // What nobody confirmed is not to be read as a fact in any line.
        let unsure = unsure_ja(self.grade);
        format!(
            "\n■ {}\n{}\n適用: {}{unsure}\n媒体: {}{unsure}\n届出: {}{unsure}\n期限: {}\n出典: {}（確からしさ: {}）\n",
            self.title_ja,
            self.text_ja,
            self.days_ja(),
            media.join("／"),
            self.notice.say_ja(),
            self.until_ja,
            self.source,
            grade_ja(self.grade)
        )
    }
}

/// What the rules say as of a day, each with its days, media, 届出, source and how sure it is, as plain
/// text in Japanese. A promise is none of it.
#[must_use]
pub fn sheet_ja(day: Date) -> String {
    let mut text = format!("{TITLE}（{}現在）\n{LEAD}\n", day_ja(day));
    let rules = on(day);
    if rules.is_empty() {
        text.push_str("\nこの日の決まりは分かっていません。\n");
    }
    text.extend(rules.into_iter().map(Rule::block_ja));
    text
}

/// 令和8年11月29日, or the day by its number before all eras.
pub(super) fn day_ja(day: Date) -> String {
    EraDate::of(day).map_or_else(|| day.to_string(), |era| era.to_string())
}

fn unsure_ja(grade: Grade) -> &'static str {
    match grade {
        Grade::Official | Grade::Secondary => "",
        Grade::Inferred => "（推定）",
        Grade::Unconfirmed => "（未確認）",
    }
}

fn grade_ja(grade: Grade) -> &'static str {
    match grade {
        Grade::Official => "公式の資料",
        Grade::Secondary => "二次の資料",
        Grade::Inferred => "推定",
        Grade::Unconfirmed => "未確認",
    }
}
