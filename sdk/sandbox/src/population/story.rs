//! What happens to people: the kinds of changes, as data.

use crate::station::Outcome;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Ages that a story is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Band {
    /// 1 to 5.
    Child,
    /// 20 to 68, employed or family of somebody who is.
    Employed,
    /// 20 to 68, 国保.
    National,
    /// Turned 70 in the month before.
    Turning70,
    /// 72 or 73: holds a 高齢受給者証 for longer than a year.
    Seventies,
    /// Turns 75 in the month.
    Turning75,
    /// 77 and older: 後期 for longer than a year.
    Elderly,
}

/// When a story's change happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// On the first of the month.
    First,
    /// Within the month, not on its first.
    Within,
    /// On the last 1 August.
    August,
    /// The product never had it right.
    Always,
}

macro_rules! stories {
    ($( $(#[$doc:meta])* $variant:ident $name:literal $band:ident $when:ident $outcome:ident $reason:expr, $reread:literal, $ja:literal, $en:literal; )*) => {
        /// A change in somebody's life that a station's product has not heard of.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Story {
            $( $(#[$doc])* #[serde(rename = $name)] $variant, )*
        }

        impl Story {
            /// All of them, in a fixed order.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )* ];

            /// Its name: `job-change`.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $name, )* }
            }

            /// What happened, for staff.
            pub const fn ja(self) -> &'static str {
                match self { $( Self::$variant => $ja, )* }
            }

            /// The same in English.
            pub const fn en(self) -> &'static str {
                match self { $( Self::$variant => $en, )* }
            }

            pub(super) const fn band(self) -> Band {
                match self { $( Self::$variant => Band::$band, )* }
            }

            pub(super) const fn when(self) -> When {
                match self { $( Self::$variant => When::$when, )* }
            }

            /// How the coverage group of somebody it happened to ends when the numbers on file are
            /// asked about, as of a day after it.
            pub const fn outcome(self) -> Outcome {
                match self { $( Self::$variant => Outcome::$outcome, )* }
            }

            /// Why a person has to look then, in the host's word.
            pub const fn reason(self) -> Option<&'static str> {
                match self { $( Self::$variant => $reason, )* }
            }

            /// Whether reading the card again after it shows a coverage under other numbers.
            pub const fn other_numbers(self) -> bool {
                match self { $( Self::$variant => $reread, )* }
            }
        }
    };
}

const NEW_CARD: Option<&str> = Some("new-card-needed");
const NOT_VALID: Option<&str> = Some("not-valid");
const DIED: Option<&str> = Some("died");

stories! {
    /// 転職（月の途中）
    JobChange "job-change" Employed Within NoAnswer NEW_CARD, true,
        "月の途中で転職し、別の健康保険に移った。", "changed jobs within the month: another 健康保険 from that day";
    /// 退職して国保へ
    Retirement "retirement" Employed Within NoAnswer NEW_CARD, true,
        "月の途中で退職し、国保に加入した。", "left the job within the month: 国保 from that day";
    /// 扶養に入る
    Dependent "dependent" National First NoAnswer NEW_CARD, true,
        "月初から家族の健康保険の扶養に入った。", "became a dependent: family of a 健康保険 from the first";
    /// 70 歳: 高齢受給者証
    Turns70 "turns-70" Turning70 First Differs None, false,
        "先月 70 歳になり、月初から高齢受給者証（2割）。", "turned 70 last month: 高齢受給者証 (20 %) from the first";
    /// 75 歳: 後期高齢者医療
    Turns75 "turns-75" Turning75 Within NoAnswer NEW_CARD, true,
        "月の途中で 75 歳になり、その日から後期高齢者医療。", "turned 75 within the month: 後期高齢者医療 from the birthday";
    /// 枝番の付番
    NewBranch "new-branch" National First Differs None, false,
        "月初から枝番が付いた。製品には枝番がない。", "a branch number was given from the first; the product has none";
    /// 婚姻（氏の変更）
    Marriage "marriage" Employed Within Same None, false,
        "月の途中で結婚し、氏が変わった。資格は同じ。", "married within the month: another family name, the same coverage";
    /// 転居（市町村）
    Move "move" National Within NoAnswer NEW_CARD, true,
        "月の途中で転居し、国保の保険者が変わった。", "moved within the month: 国保 of another municipality";
    /// 資格喪失
    Loss "loss" National Within NoAnswer NOT_VALID, false,
        "月の途中で資格を失い、新しい資格はない。", "lost coverage within the month; there is no new one";
    /// 死亡
    Death "death" Elderly Within NoAnswer DIED, false,
        "月の途中で亡くなった。", "died within the month";
    /// 生活保護の開始（単独）
    Welfare "welfare" National First NoAnswer NOT_VALID, false,
        "月初から生活保護（単独）。国保を失い、医療券が出ている。", "生活保護 from the first, alone: 国保 ended, 医療券 issued";
    /// 生活保護の開始（併用）
    WelfareBeside "welfare-beside" Employed First Same None, false,
        "月初から生活保護（健康保険と併用）。医療券が出ている。", "生活保護 from the first beside 健康保険: 医療券 issued";
    /// 保険者の登録の遅れ
    LateRegistration "late-registration" Employed First NoAnswer NEW_CARD, true,
        "月初に保険が変わったが、保険者の登録は 20 日。それまでは無効とだけ返る。", "another insurer from the first, registered on the 20th only: until then the answer is 無効 and nothing else";
    /// 2割→1割
    RatioDown "ratio-down" Elderly August Differs None, false,
        "8 月 1 日から 2 割が 1 割になった。", "後期: 20 % became 10 % on 1 August";
    /// 1割→2割
    RatioUp "ratio-up" Elderly August Differs None, false,
        "8 月 1 日から 1 割が 2 割になった。", "後期: 10 % became 20 % on 1 August";
    /// 限度額区分の変更
    LimitChange "limit-change" Employed August Same None, false,
        "8 月 1 日から限度額の適用区分が変わった。資格は同じ。", "another 限度額 category from 1 August, the same coverage";
    /// 高齢受給者証の更新
    CertificateChange "certificate-change" Seventies August Differs None, false,
        "8 月 1 日の高齢受給者証の更新で 2 割が 3 割になった。", "高齢受給者証 renewed on 1 August: 20 % became 30 %";
    /// 外字
    MissingGlyph "missing-glyph" Elderly Always NoAnswer Some("missing-glyph"), false,
        "中央の氏名に表示できない文字（●）がある。", "the centre shows ● in the name";
    /// 性別 3
    SexUnset "sex-unset" Employed Always NoAnswer Some("sex-unset"), false,
        "中央の性別が未設定（3）。", "the centre has sex 3";
    /// 特別療養費
    SpecialCard "special-card" National First NoAnswer Some("special-card"), false,
        "月初から特別療養費の支給対象（証区分 05）。", "card class 05 from the first";
    /// 双子: 複数該当
    Twins "twins" Child Always NoAnswer Some("several-results"), false,
        "双子で記号・番号・生年月日が同じ。製品に枝番がなく、複数該当になる。", "twins under one number; without the branch number the answer is 複数該当";
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Story {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .iter()
            .copied()
            .find(|story| story.name() == text)
            .ok_or_else(|| {
                let names: Vec<&str> = Self::ALL.iter().map(|story| story.name()).collect();
                format!("no story is named {text:?}; there are {}", names.join(", "))
            })
    }
}
