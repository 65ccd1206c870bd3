//! Faults by name and by seed: what can go wrong with an answer, as data, and the plan of which
//! comes next.
//!
//! The plan is kept in `work/faults.json`, so that it survives a restart and can be made by another
//! process:
//!
//! ```json
//! { "next": ["half-written", "zip"], "offline": false, "seed": 7, "one_in": 5, "count": 12 }
//! ```

pub(super) mod acts;
mod alter;
mod files;
mod plan;
mod shapes;

pub(super) use alter::{alter, in_other_encoding, shuffle};
pub(super) use files::{bytes, encrypted, zipped};
pub(super) use plan::Faults;

use super::asked::Asked;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What a fault can befall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Befalls {
    /// Every request.
    Any,
    /// Requests for the result of a bulk request.
    Results,
    /// Requests whose answer says something about people's 資格.
    People,
    /// Those about several people.
    Many,
    /// Those whose answer tells of consents to viewing.
    Consents,
    /// No request: it happens at once.
    Now,
}

macro_rules! mischiefs {
    ($( $(#[$doc:meta])* $variant:ident $name:literal $befalls:ident, $ja:literal, $en:literal, $source:literal; )*) => {
        /// What can go wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Mischief {
            $( $(#[$doc])* $variant, )*
        }

        impl Mischief {
            /// Every fault, in a fixed order.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )* ];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $name, )* }
            }

            /// What it does, for staff and integrators.
            pub const fn ja(self) -> &'static str {
                match self { $( Self::$variant => $ja, )* }
            }

            /// The same in English.
            pub const fn en(self) -> &'static str {
                match self { $( Self::$variant => $en, )* }
            }

            /// What makes it worth trying: where such a thing was seen or follows from, with the grade of
            /// that knowledge.
            pub const fn source(self) -> &'static str {
                match self { $( Self::$variant => $source, )* }
            }

            const fn befalling(self) -> Befalls {
                match self { $( Self::$variant => Befalls::$befalls, )* }
            }
        }
    };
}

mischiefs! {
    /// The answer takes longer.
    Slow "slow" Any, "回答に数秒かかる。", "the answer takes some seconds",
        "待ち時間の実例は 10 秒〜3 分 [V]";
    /// The answer comes after everybody's time limit.
    Late "late" Any, "回答が待ち時間の上限を過ぎてから来る。", "the answer comes after the time limit",
        "上限を過ぎた回答 [V]";
    /// One round of 処理中 more.
    Processing "processing" Results, "一括照会の結果がもう一度「処理中」になる。", "one more round of 処理中",
        "SegmentOfResult 2 [V2]";
    /// The request is refused with `.err`.
    Err "err" Any, "要求が .err で断られる。", "the request is refused with .err",
        ".err と要求が回答フォルダーに出る [V-impl]";
    /// The same, and the `.err` is empty.
    ErrEmpty "err-empty" Any, "中身のない .err で断られる。", "refused with an empty .err",
        ".err の中身は不明 [GAP]";
    /// The answer lies half-written in `res` for a while.
    HalfWritten "half-written" Any, "回答が書きかけの姿でしばらく見える。", "the answer shows half-written for a while",
        "書きかけの回答 [V2]";
    /// The answer stays half.
    CutOff "cut-off" Any, "回答が途中で切れたままになる。", "the answer stays cut off",
        "書きかけのまま終わった回答 [I]";
    /// The answer comes as `.zip`.
    Zip "zip" Results, "一括の結果が .zip で来る。", "a bulk result comes as .zip",
        "結果は .xml または .zip [V-impl]";
    /// The answer comes as an encrypted `.zip`, as a terminal setting would have it.
    EncryptedZip "encrypted-zip" Any, "回答が暗号化された .zip で来る（端末の設定）。", "the answer is an encrypted .zip, a terminal setting",
        "encrypt.conf の設定 [V]、方式は不明 [GAP]";
    /// The declaration names another encoding than the file has.
    WrongEncoding "wrong-encoding" Any, "宣言の文字コードが実際と違う。", "the declaration names another encoding",
        "UTF-8 と Shift_JIS の端末がある [V2]";
    /// The answer comes in the other encoding, declared as it is.
    OtherEncoding "other-encoding" Any, "端末の設定とは別の文字コードで来る（宣言どおり）。", "the other encoding than the site's, declared as it is",
        "文字コードは端末の設定 [V2]";
    /// U+FEFF in front.
    Bom "bom" Any, "先頭に BOM が付く。", "a byte order mark in front", "先頭の U+FEFF [V]";
    /// Elements stand in another order than in the layout.
    Shuffled "shuffled" Any, "要素の順序がレイアウトと違う。", "elements in another order",
        "実際の回答の順序はレイアウト順ではない [V]";
    /// A code that no table knows, and an element that no layout knows.
    UnknownCode "unknown-code" People, "表にない資格有効性と、知らない要素がある。", "a validity in no table and an unknown element",
        "新しいコードで全体が読めなくなった実例 [V]";
    /// `QualificationConfirmationKey` is there.
    ConfirmationKey "confirmation-key" People, "意味の分からない要素 QualificationConfirmationKey がある。", "an element QualificationConfirmationKey of unknown meaning",
        "新しい face の XML にある [V]、意味は不明 [GAP]";
    /// 保険者番号 without the blanks in front.
    Unpadded "unpadded" People, "保険者番号の前に空白がない。", "insurer numbers are not padded",
        "前の空白で 8 文字 [V2]";
    /// Blanks around symbol and number.
    Padded "padded" People, "記号・番号の前後に空白、番号の前に 0 が付く。", "blanks around symbol and number, zeros in front of the number",
        "0 の有無・幅は問わない [V]";
    /// Answers of others appear in the same moment.
    Burst "burst" Any, "同じ瞬間に、ほかの要求への回答がいくつも現れる。", "many answers to others' requests appear in the same moment",
        "同じ秒に二つのファイル [V]";
    /// Answers of other products and of families that nobody here asked for.
    ForeignAnswers "foreign-answers" Any, "ほかの製品・ほかの電文への回答が一緒に現れる。", "answers for other products and other families appear, too",
        "複数の製品が同じフォルダーを見る [V]";
    /// An answer to a question that nobody asked.
    NoQuestion "no-question" Any, "だれも聞いていない照会への回答が現れる。", "an answer to no question appears",
        "face への割込みなど [I]";
    /// The answer comes twice, as `.xml` and as `.zip`.
    TwoAnswers "two-answers" Any, "一つの要求に .xml と .zip の二つの回答が来る。", "two answers to one request, .xml and .zip",
        "結果は .xml または .zip [V-impl]";
    /// The header names another institution.
    OtherInstitution "other-institution" People, "別の医療機関コードの回答が来る。", "the answer is another institution's",
        "NAS の共有フォルダー [V]";
    /// The file's identifier is not the request's.
    OtherIdentifier "other-identifier" People, "任意のファイル識別子が要求と違う。", "ArbitraryFileIdentifier is not the request's",
        "識別子で対応を取る製品がある [V]";
    /// Somebody else is answered.
    OtherPerson "other-person" People, "氏名・生年月日が別の人の回答が来る。", "somebody else's name and birth date",
        "別の人に結び付けた実例 [V]";
    /// Two 資格 for one person.
    SeveralResults "several-results" People, "一人に資格が二つ返る。", "two 資格 for one person",
        "1..n 件 [V2]";
    /// 有効, but no 資格 in the answer.
    NoResults "no-results" People, "有効なのに資格情報がない。", "valid, but without any 資格",
        "0 件もある [V2]";
    /// One person of many is missing.
    MissingUnit "missing-unit" Many, "一括の結果に一人分が欠ける。", "one person is missing in a bulk result",
        "件数と中身の不一致 [I]";
    /// One person of many comes twice.
    DoubleUnit "double-unit" Many, "一括の結果に同じ人が二度出る。", "one person comes twice in a bulk result",
        "一つの問いに二つの答え [I]";
    /// People stand in another order than in the request.
    ReorderedUnits "reordered-units" Many, "一括の結果の並びが要求と違う。", "people in another order than asked",
        "並びの約束は不明 [I]";
    /// Flag 2: 同意の有効期限切れ.
    ExpiredConsent "expired-consent" Consents, "閲覧の同意が有効期限切れ（フラグ 2）。", "viewing consents have expired (flag 2)",
        "OQSCD016 の 2 は訪問診療等だけ [V2]";
    /// ● in the name.
    MissingGlyph "missing-glyph" People, "氏名に表示できない文字（●）がある。", "● in the name", "● は中央の外字 [V]";
    /// 性別 3.
    SexUnset "sex-unset" People, "性別が未設定（3）。", "sex 3", "OQSCD007 [V2]";
    /// 被保険者証区分 05.
    SpecialCard "special-card" People, "被保険者証区分が 05（特別療養費）。", "card class 05", "OQSCD010 [V2]";
    /// A card class that was dropped.
    OldCardClass "old-card-class" People, "廃止された被保険者証区分（02 退職）が返る。", "a card class that was dropped (02)",
        "2024-12 より後も返りうる [V2]";
    /// Validity 2.
    Invalid "invalid" People, "資格有効性 2（無効）。", "validity 2", "OQSCD006 [V2]";
    /// Validity 3.
    InvalidNew "invalid-new" People, "資格有効性 3（無効・新しい資格あり）。", "validity 3", "OQSCD006 [V2]";
    /// Validity 4.
    NotFound "not-found" People, "資格有効性 4（該当資格なし）。", "validity 4", "OQSCD006 [V2]、登録の遅れ [V]";
    /// Validity 5.
    Several "several" People, "資格有効性 5（複数該当）。", "validity 5", "OQSCD006 [V2]";
    /// Validity 6.
    Unregistered "unregistered" People, "資格有効性 6（有効・未登録。医療扶助だけ）。", "validity 6, of 医療扶助 only", "OQSCD006 [V2]";
    /// The whole message failed.
    WholeError "whole-error" People, "電文全体がエラー（処理結果区分 9）。", "the whole message failed (segment 9)", "二段のエラー [V2]";
    /// One person's part failed.
    PersonError "person-error" People, "一人分だけエラー（処理結果状況 2）。", "one person's part failed (status 2)", "二段のエラー [V2]";
    /// Success with a note.
    SuccessNote "success-note" People, "成功だが注意のコードとメッセージが付く。", "success with a code and a note", "証明書の期限の注意など [V2]";
    /// The terminal's clock is an hour ahead.
    ClockAhead "clock-ahead" People, "端末の時計が 1 時間進んでいる。", "the terminal's clock is an hour ahead", "時計のずれ [I]";
    /// The terminal's clock is an hour behind.
    ClockBehind "clock-behind" People, "端末の時計が 1 時間遅れている。", "the terminal's clock is an hour behind", "時計のずれ [I]";
    /// Old files lie in `res` before anybody asks.
    PresentBefore "present-before" Now, "聞く前から古い回答が置いてある（その場で）。", "old answers lie there before anybody asks (at once)",
        "起動前からあるファイル [V]";
    /// Ten thousand files of others lie in `res`.
    Crowded "crowded" Now, "回答フォルダーにほかのファイルが一万ある（その場で）。", "ten thousand files of others in res (at once)",
        "消されないまま残る回答 [V2]";
    /// `res` is away for a while.
    ResVanishes "res-vanishes" Now, "回答フォルダーがしばらく消える（その場で）。", "res is away for a while (at once)",
        "共有フォルダー・NAS の切断 [V]";
    /// The terminal does nothing at all, until it is put online again.
    Offline "offline" Now, "端末が止まっている（`online` で戻す）。", "the terminal does nothing until put online again",
        "端末の再起動・回線認証の失効 [V2]";
}

impl Mischief {
    /// Whether it can befall such a request.
    fn befalls(self, asked: Asked) -> bool {
        match self.befalling() {
            Befalls::Any => true,
            Befalls::Results => asked.is_result(),
            Befalls::People => asked.tells_of_people(),
            Befalls::Many => asked.tells_of_many(),
            Befalls::Consents => asked.tells_of_consents(),
            Befalls::Now => false,
        }
    }

    /// Whether it happens at once, not to a request.
    pub const fn is_now(self) -> bool {
        matches!(self.befalling(), Befalls::Now)
    }

    /// What it can befall, in a word for lists.
    pub const fn befalls_ja(self) -> &'static str {
        match self.befalling() {
            Befalls::Any => "どの要求にも",
            Befalls::Results => "一括の結果",
            Befalls::People => "資格の回答",
            Befalls::Many => "一括の資格の回答",
            Befalls::Consents => "同意済の一括取得",
            Befalls::Now => "その場で",
        }
    }
}

impl fmt::Display for Mischief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Mischief {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .iter()
            .copied()
            .find(|mischief| mischief.name() == text)
            .ok_or_else(|| {
                let names: Vec<&str> = Self::ALL.iter().map(|mischief| mischief.name()).collect();
                format!("no fault is named {text:?}; there are {}", names.join(", "))
            })
    }
}
