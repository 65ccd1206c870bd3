//! What becomes of a group: the decisions, as pure functions.
//!
//! The unit is always a group, never a field (資格 taken or left as a whole), and only 有効
//! ever fills. When unsure, the outcome is a reason and a person decides.

use crate::answers::{Answer, Known, Stretch, Validity, stretches};
use crate::coverage::{BURDEN, Coverage, Difference};
use reseplug_model::{Date, Payer, Period, Sex, has_missing_glyph};
use serde::{Deserialize, Serialize};

/// How a group ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroupOutcome {
    /// On file and answered alike.
    Same,
    /// Nothing was on file for the period.
    Fill,
    /// Changed from a day on: a further period.
    NewPeriod,
    /// The file says something else; a person or the station's policy decides.
    Differs,
    /// Any validity but 有効, or an answer that must not be used by a machine.
    NoAnswer,
    /// Nobody, or nobody for sure, on file is the answer's person.
    Unmatched,
    /// 公費, 受給者証, 自己負担上限額管理: shown, never touched.
    NotOurs,
}

impl GroupOutcome {
    /// The words staff read.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Same => "一致",
            Self::Fill => "補完",
            Self::NewPeriod => "新しい資格",
            Self::Differs => "相違",
            Self::NoAnswer => "確認できず",
            Self::Unmatched => "本人不明",
            Self::NotOurs => "対象外",
        }
    }
}

/// Why a machine leaves something to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// ● in the name.
    MissingGlyph,
    /// More than one 医療保険 in one answer.
    SeveralResults,
    /// 被保険者証区分 05.
    SpecialCard,
    /// 性別 3 or unknown.
    SexUnset,
    /// The answer's birth date is not the file's.
    BirthDateDiffers,
    /// Asked for by a number that several people have, and answered with what may be another's.
    SharedNumber,
    /// Two or more people on file could be meant.
    SeveralPeople,
    /// One person on file could be meant, and it is not certain.
    NotCertain,
    /// Nobody on file, and the product has no register to add to.
    NotOnFile,
    /// The answer is not 有効.
    NotValid,
    /// The person's part of the answer is an error.
    AnswerIsError,
    /// 資格有効性 is a code of unknown meaning.
    ValidityUnknown,
    /// 有効, and no 資格 is stated.
    NothingStated,
    /// 有効 as to 医療扶助 alone, and the file has a 医療保険 for the day.
    OnlyWelfare,
    /// Asked about, and the answer leaves the person out or has them twice.
    NotAnswered,
    /// 無効（新しい資格あり）: the new card has to be read.
    NewCardNeeded,
    /// Nobody ever asked, or only before the day.
    NeverAsked,
    /// The 高齢受給者証 ended before the visit.
    ElderlyCertificateExpired,
    /// The 医療券 is for another month, another kind of care or another station.
    TicketDoesNotFit,
    /// No 医療券 is known for the month.
    TicketMissing,
    /// The 医療券 is for another month.
    TicketOtherMonth,
    /// 診療別 of the 医療券 is not 訪問看護 (05).
    TicketOtherCare,
    /// 券別 of the ticket is not 医療券 (01).
    TicketOtherType,
    /// The 医療券 names another station, or none.
    TicketOtherStation,
    /// The 有効期間 of the 医療券 does not reach the day.
    TicketOutsidePeriod,
    /// The centre marks the 医療券 as inconsistent.
    TicketInconsistent,
    /// 有効（未登録）: the 医療券 is not registered yet.
    TicketUnregistered,
    /// 医療扶助 on file has other numbers than the 医療券.
    WelfareDiffers,
    /// There is a 医療券 for the month, and the claim has no 医療扶助.
    WelfareMissing,
    /// 限度額 without a consent on record: not used.
    NoConsent,
    /// The product has no place for it.
    NoPlace,
    /// A person has not accepted the change yet.
    NotAccepted,
    /// A receipt came back.
    Returned,
    /// A notice states no day from or to which it holds.
    NoticeWithoutDay,
    /// A notice does not say enough, or does not fit what is on file.
    NoticeUnclear,
    /// Only a notice states the coverage; nothing electronic does.
    NoticeOnly,
    /// Only a 資格確認書 that somebody saw confirms the day; nothing electronic does.
    CertificateOnly,
}

impl Reason {
    /// Why an answer that is not 有効 leaves its group to a person.
    pub fn not_valid(validity: &Validity) -> Self {
        match validity {
            Validity::InvalidNewExists => Self::NewCardNeeded,
            Validity::Several => Self::SeveralResults,
            Validity::Error => Self::AnswerIsError,
            Validity::Other(_) => Self::ValidityUnknown,
            Validity::Valid
            | Validity::Invalid
            | Validity::NotFound
            | Validity::ValidUnregistered => Self::NotValid,
        }
    }

    /// Whether the answer may be somebody else's: then nothing of it is used for this person.
    pub(crate) fn may_be_anothers(self) -> bool {
        matches!(self, Self::BirthDateDiffers | Self::SharedNumber)
    }

    /// In a few words.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::MissingGlyph => "氏名に表示できない文字",
            Self::SeveralResults => "資格が複数",
            Self::SpecialCard => "特別療養費",
            Self::SexUnset => "性別が未設定",
            Self::BirthDateDiffers => "生年月日が違う",
            Self::SharedNumber => "同じ番号の別の方かもしれない",
            Self::SeveralPeople => "似た人が複数",
            Self::NotCertain => "本人と言い切れない",
            Self::NotOnFile => "台帳にいない",
            Self::NotValid => "該当なし・無効",
            Self::AnswerIsError => "回答がエラー",
            Self::ValidityUnknown => "資格有効性のコードが不明",
            Self::NothingStated => "有効だが資格情報がない",
            Self::OnlyWelfare => "医療扶助だけ",
            Self::NotAnswered => "回答に含まれない",
            Self::NewCardNeeded => "新しい資格あり",
            Self::NeverAsked => "未確認",
            Self::ElderlyCertificateExpired => "高齢受給者証の期限切れ",
            Self::TicketDoesNotFit => "医療券が合わない",
            Self::TicketMissing => "医療券がない",
            Self::TicketOtherMonth => "医療券の診療年月が違う",
            Self::TicketOtherCare => "医療券の診療別が違う",
            Self::TicketOtherType => "医療券ではない券",
            Self::TicketOtherStation => "医療券の指定機関が違う",
            Self::TicketOutsidePeriod => "医療券の有効期間外",
            Self::TicketInconsistent => "医療券に不整合",
            Self::TicketUnregistered => "医療券が未登録",
            Self::WelfareDiffers => "医療扶助の番号が違う",
            Self::WelfareMissing => "医療扶助が入っていない",
            Self::NoConsent => "限度額の同意がない",
            Self::NoPlace => "製品に欄がない",
            Self::NotAccepted => "受入れ待ち",
            Self::Returned => "返戻",
            Self::NoticeWithoutDay => "通知に日付がない",
            Self::NoticeUnclear => "通知の内容が足りない",
            Self::NoticeOnly => "通知だけ",
            Self::CertificateOnly => "資格確認書だけ（電子的な確認ではない）",
        }
    }

    /// What happened and what to do, for staff.
    pub fn message_ja(self) -> &'static str {
        match self {
            Self::MissingGlyph => {
                "氏名に表示できない文字（●）があります。機械では書き込みません。資格確認書等で氏名を確かめてください。"
            }
            Self::SeveralResults => {
                "一人に複数の医療保険の資格が返りました。どちらを使うか、本人・保険者に確かめてください。"
            }
            Self::SpecialCard => {
                "特別療養費の支給対象者（区分05）です。保険者に取扱いを確かめてください。"
            }
            Self::SexUnset => "性別が未設定または不明なコードです。本人に確かめてください。",
            Self::BirthDateDiffers => {
                "回答の生年月日が台帳と違います。別人の可能性があります。本人を確かめてください。"
            }
            Self::SharedNumber => {
                "番号で照会した回答が、同じ記号・番号の別の方（双子・ご家族）のものかもしれません。枝番・氏名では本人と言い切れないため、機械では書き込みません。製品に枝番を入れて照会し直すか、カードの読み取りで確かめてください。回答の氏名が本人の別の表記なら、`reseplug match alias accept` で認めてください。"
            }
            Self::SeveralPeople => {
                "台帳に同じ人と思われる方が複数います。どなたの回答か選んでください。"
            }
            Self::NotCertain => {
                "台帳に似た方がいますが、同じ人と言い切れません。合っている点と違う点を見て、本人に確かめてください。"
            }
            Self::NotOnFile => "台帳にいない方です。製品に利用者として登録してください。",
            Self::NotValid => {
                "資格が有効と確認できませんでした。カードの読み取りか資格確認書で確かめてください。"
            }
            Self::AnswerIsError => {
                "この方の回答だけがエラーでした。理由を見て、番号を確かめるか、後でもう一度確認してください。"
            }
            Self::ValidityUnknown => {
                "資格有効性のコードの意味が分かりません。有効とはみなしません。カードの読み取りか資格確認書で確かめてください。"
            }
            Self::NothingStated => {
                "有効と返りましたが、資格の情報がありません。台帳が正しいとは言えません。後でもう一度確認してください。"
            }
            Self::OnlyWelfare => {
                "医療扶助だけが返り、台帳にある医療保険は返りませんでした。国保などを失った可能性があります。福祉事務所か本人に確かめ、製品で直してください。"
            }
            Self::NotAnswered => {
                "照会しましたが、この方の回答が届いていません。後でもう一度確認してください。"
            }
            Self::NewCardNeeded => {
                "無効（新しい資格あり）です。新しい資格の番号はこの回答では決められません。次の訪問でカードを読み取ってください。"
            }
            Self::NeverAsked => {
                "訪問日についての資格確認がまだありません。カードの読み取りか資格確認書で確かめてください。"
            }
            Self::ElderlyCertificateExpired => {
                "高齢受給者証の有効期間が訪問日より前に終わっています。新しい証の負担割合を確かめてください。"
            }
            Self::TicketDoesNotFit => {
                "医療券の診療年月・診療別・指定機関のいずれかが合いません。福祉事務所に確かめてください。"
            }
            Self::TicketMissing => {
                "この月の医療券の情報がありません。福祉事務所に医療券が出ているか確かめてください。"
            }
            Self::TicketOtherMonth => {
                "医療券の診療年月がこのレセプトの月と違います。この月の医療券が出ているか、福祉事務所に確かめてください。"
            }
            Self::TicketOtherCare => {
                "医療券の診療別が訪問看護（05）ではありません。福祉事務所に確かめてください。"
            }
            Self::TicketOtherType => {
                "券別が医療券（01）ではありません。訪問看護の医療券が出ているか、福祉事務所に確かめてください。"
            }
            Self::TicketOtherStation => {
                "医療券の指定医療機関がこのステーションと一致しません（または書かれていません）。福祉事務所に確かめてください。"
            }
            Self::TicketOutsidePeriod => {
                "医療券の有効期間が訪問日に掛かっていません。その日の医療券が出ているか、福祉事務所に確かめてください。"
            }
            Self::TicketInconsistent => {
                "医療券に不整合があると中央が知らせています。福祉事務所に確かめてください。"
            }
            Self::TicketUnregistered => {
                "有効ですが医療券が未登録です。登録されてからもう一度確かめてください。"
            }
            Self::WelfareDiffers => {
                "製品にある医療扶助の番号が医療券と違います。医療券を見て製品で直してください。"
            }
            Self::WelfareMissing => {
                "この月の医療券がありますが、請求に医療扶助がありません。請求ファイルに公費は書き加えません。製品で入力し、請求ファイルを作り直してください。"
            }
            Self::NoConsent => {
                "限度額の情報がありますが、本人の同意の記録がないため使いません。次の訪問でのカード読み取りの際に同意を確かめてください。"
            }
            Self::NoPlace => {
                "製品のデータに、この項目を書く欄がありません。製品の画面で入力してください。"
            }
            Self::NotAccepted => {
                "台帳と回答が違います。内容を確かめて、受け入れるかどうかを決めてください。"
            }
            Self::Returned => {
                "資格のことでレセプトが返戻になりました。訪問日の資格を確かめ、製品を直してから再請求してください。"
            }
            Self::NoticeWithoutDay => {
                "通知に、いつからか（いつまでか）が書かれていません。保険者かカードの読み取りで日を確かめ、製品に入れてください。"
            }
            Self::NoticeUnclear => {
                "通知の内容が足りないか、台帳の資格と合いません。通知を見て、製品に入れるかどうかを決めてください。"
            }
            Self::NoticeOnly => {
                "審査支払機関の通知は同じ資格を示していますが、電子的な資格確認はまだありません。カードの読み取りか資格確認書で確かめてください。"
            }
            Self::CertificateOnly => {
                "この日の資格は、職員が見た資格確認書（書面）で確かめたものです。電子的な資格確認ではありません。"
            }
        }
    }

    /// The same for developers.
    pub fn message_en(self) -> &'static str {
        match self {
            Self::MissingGlyph => {
                "the name holds a glyph the centre could not show; never written by the machine"
            }
            Self::SeveralResults => "one person, several health insurances; a person chooses",
            Self::SpecialCard => "card class 05; ask the insurer",
            Self::SexUnset => "sex is unset or an unknown code",
            Self::BirthDateDiffers => "the answer's birth date is not the one on file",
            Self::SharedNumber => {
                "the number is shared, and the answer may be a twin's or another family member's; never written by the machine: add the branch number and ask again, read the card, or accept the spelling with `reseplug match alias accept`"
            }
            Self::SeveralPeople => "several people on file could be meant",
            Self::NotCertain => "somebody on file could be meant, and it is not certain",
            Self::NotOnFile => "not on file, and this product has no register to add to",
            Self::NotValid => "not confirmed as valid; read the card or see the certificate",
            Self::AnswerIsError => {
                "this person's part of the answer is an error; see why, ask again later"
            }
            Self::ValidityUnknown => {
                "the validity is a code of unknown meaning and counts as not valid; read the card or see the certificate"
            }
            Self::OnlyWelfare => {
                "only medical assistance is stated, not the insurance on file, which may have ended; ask and correct the product"
            }
            Self::NothingStated => "valid, and no coverage is stated; ask again later",
            Self::NotAnswered => "asked about, and no answer came for this person; ask again later",
            Self::NewCardNeeded => "invalid, a newer coverage exists; its numbers need the card",
            Self::NeverAsked => "no confirmation reaches this visit day",
            Self::ElderlyCertificateExpired => {
                "the elderly recipient's certificate ended before the visit"
            }
            Self::TicketDoesNotFit => {
                "the medical ticket is for another month, kind of care or station"
            }
            Self::TicketMissing => "no medical ticket is known for the month",
            Self::TicketOtherMonth => "the medical ticket is for another month",
            Self::TicketOtherCare => "the medical ticket is not for home-visit nursing (05)",
            Self::TicketOtherType => "the ticket is no medical ticket (01)",
            Self::TicketOtherStation => "the medical ticket names another station, or none",
            Self::TicketOutsidePeriod => {
                "the medical ticket's own validity period does not reach the day; ask the welfare office"
            }
            Self::TicketInconsistent => "the centre marks the medical ticket as inconsistent",
            Self::TicketUnregistered => "valid, but the medical ticket is not registered yet",
            Self::WelfareDiffers => "the file has other numbers of medical assistance",
            Self::WelfareMissing => {
                "there is a medical ticket for the month, and the claim has no medical assistance; enter it in the product"
            }
            Self::NoConsent => "an income category without a consent on record is not used",
            Self::NoPlace => "the product has no place for it",
            Self::NotAccepted => "file and answer differ; nobody has accepted the change",
            Self::Returned => {
                "the receipt came back for its eligibility; correct the coverage, then file again"
            }
            Self::NoticeWithoutDay => "the notice states no day; find it and enter it",
            Self::NoticeUnclear => "the notice says too little or does not fit what is on file",
            Self::CertificateOnly => {
                "a certificate that somebody saw confirms the day; it is no electronic confirmation"
            }
            Self::NoticeOnly => "a notice states this coverage, no electronic answer does",
        }
    }
}

/// What an answer says about itself besides the coverage, before anyone compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signs<'a> {
    /// 氏名 of the answer.
    pub name: &'a str,
    /// 性別 of the answer.
    pub sex: &'a Sex,
    /// 生年月日 of the answer.
    pub birth_date: Date,
    /// How many 医療保険 results the answer has.
    pub insurances: usize,
    /// 被保険者証区分
    pub card_class: Option<&'a str>,
}

/// Why a valid answer must not be used by a machine, if it must not.
pub fn caution(signs: &Signs<'_>, on_file_birth_date: Option<Date>) -> Option<Reason> {
    if on_file_birth_date.is_some_and(|d| d != signs.birth_date) {
        return Some(Reason::BirthDateDiffers);
    }
    if has_missing_glyph(signs.name) {
        return Some(Reason::MissingGlyph);
    }
    if signs.insurances > 1 {
        return Some(Reason::SeveralResults);
    }
    if signs.card_class == Some("05") {
        return Some(Reason::SpecialCard);
    }
    match signs.sex {
        Sex::Male | Sex::Female => None,
        Sex::Unset | Sex::Other(_) => Some(Reason::SexUnset),
    }
}

/// What the register should become for one valid coverage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegisterChange {
    /// Nothing.
    None,
    /// A period where there was none.
    Open(Coverage),
    /// The period on file ends the day before, the answered one begins.
    CloseAndOpen {
        /// The period on file.
        before: Coverage,
        /// Its last day; absent where it ended earlier by itself.
        last_day: Option<Date>,
        /// The new period.
        after: Coverage,
    },
    /// The period on file is written otherwise.
    Replace {
        /// As it stands.
        before: Coverage,
        /// As it should.
        after: Coverage,
    },
}

/// Compares a valid answer with the coverage periods on file. `burden_place`: whether the product
/// holds 負担割合 at all.
pub fn register_change(
    on_file: &[Coverage],
    answered: &Coverage,
    as_of: Date,
    burden_place: bool,
) -> (GroupOutcome, RegisterChange) {
    let same = |c: &&Coverage| c.is_same(answered) && c.period.contains(as_of);
    if let Some(current) = on_file.iter().find(same) {
        let missing = burden_place && current.burden_percent.is_none();
        return match answered.burden_percent {
            Some(_) if missing => burden_change(current, answered, as_of),
            _ => (GroupOutcome::Same, RegisterChange::None),
        };
    }
    let Some(current) = on_file.iter().find(|c| c.period.contains(as_of)) else {
        let outcome = if on_file.is_empty() {
            GroupOutcome::Fill
        } else {
            GroupOutcome::NewPeriod
        };
        return (outcome, RegisterChange::Open(answered.clone()));
    };
    if only_burden(&current.differences(answered)) {
        return burden_change(current, answered, as_of);
    }
    let starts = answered.period.from;
    let began_before = starts.is_some_and(|from| current.period.from.is_none_or(|own| own < from));
    if began_before && !current.continues(answered) && current.insurer != answered.insurer {
        let last_day = starts.and_then(Date::prev_day);
        return (
            GroupOutcome::NewPeriod,
            RegisterChange::CloseAndOpen {
                before: current.clone(),
                last_day,
                after: answered.clone(),
            },
        );
    }
    let after = Coverage {
        // What the answer does not say stays as the product has it.
        period: current.period,
        insurer_name: answered
            .insurer_name
            .clone()
            .or_else(|| current.insurer_name.clone()),
        relationship: answered.relationship.or(current.relationship),
        burden_percent: answered.burden_percent.or(current.burden_percent),
        elderly_certificate: answered.elderly_certificate.or(current.elderly_certificate),
        ..answered.clone()
    };
    (
        GroupOutcome::Differs,
        RegisterChange::Replace {
            before: current.clone(),
            after,
        },
    )
}

/// Whether 負担割合 differs and nothing else.
pub fn only_burden(differences: &[Difference]) -> bool {
    !differences.is_empty() && differences.iter().all(|d| d.field == BURDEN)
}

/// What becomes of 負担割合 where nothing else differs. A certificate (高齢受給者証) that began after the
/// period on file continues it from its first day, because the days before had another burden; one
/// that does not hold on the day says nothing.
fn burden_change(
    current: &Coverage,
    answered: &Coverage,
    as_of: Date,
) -> (GroupOutcome, RegisterChange) {
    let certificate = answered.elderly_certificate;
    if certificate.is_some_and(|days| !days.contains(as_of)) {
        return (GroupOutcome::Same, RegisterChange::None);
    }
    let after = Coverage {
        burden_percent: answered.burden_percent,
        elderly_certificate: certificate.or(current.elderly_certificate),
        ..current.clone()
    };
    let began = certificate.and_then(|days| days.from);
    match began {
        Some(from)
            if current.burden_percent.is_some()
                && current.period.from.is_none_or(|own| own < from) =>
        {
            let change = RegisterChange::CloseAndOpen {
                before: current.clone(),
                last_day: from.prev_day(),
                after: Coverage {
                    period: Period::new(Some(from), current.period.to),
                    ..after
                },
            };
            (GroupOutcome::NewPeriod, change)
        }
        _ => {
            let outcome = if current.burden_percent.is_none() {
                GroupOutcome::Fill
            } else {
                GroupOutcome::Differs
            };
            let change = RegisterChange::Replace {
                before: current.clone(),
                after,
            };
            (outcome, change)
        }
    }
}

/// What a finished receipt should become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptChange {
    /// Nothing.
    None,
    /// The group replaced where it stands.
    InPlace(Coverage),
    /// The same, in the other payer's file.
    Move(Coverage),
    /// Several receipts, by day.
    Split(Vec<(Period, Coverage)>),
}

/// The decision about one receipt's coverage group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptDecision {
    /// How the group ends.
    pub outcome: GroupOutcome,
    /// What should change.
    pub change: ReceiptChange,
    /// The fields that differ.
    pub differences: Vec<Difference>,
    /// Why a person is needed, if one is.
    pub reason: Option<Reason>,
    /// The answers it rests on, by id.
    pub sources: Vec<String>,
}

/// Judges a receipt as of its charge days.
///
/// `payer` is where the receipt is filed now. Days about which nothing valid is known leave
/// the whole receipt as it is: a half-known month is a person's business.
pub fn judge_receipt(
    on_file: &Coverage,
    payer: Payer,
    days: &[Date],
    answers: &[Answer],
) -> ReceiptDecision {
    let found = stretches(answers, days);
    let sources = found
        .iter()
        .filter_map(|s| s.known.answer())
        .map(|a| a.id.clone())
        .collect();
    let left = |outcome, reason| ReceiptDecision {
        outcome,
        change: ReceiptChange::None,
        differences: Vec::new(),
        reason: Some(reason),
        sources: Vec::clone(&sources),
    };
    if let Some(reason) = found.iter().find_map(|s| unknown(s.known)) {
        return left(GroupOutcome::NoAnswer, reason);
    }
    if found.iter().any(|s| certificate_ended(s)) {
        return left(GroupOutcome::NoAnswer, Reason::ElderlyCertificateExpired);
    }
    let parts = merge(&found);
    let differences = parts
        .first()
        .map(|(_, c)| on_file.differences(c))
        .unwrap_or_default();
    let (outcome, change) = match parts.as_slice() {
        [] => (GroupOutcome::Same, ReceiptChange::None),
        [(_, one)] if on_file.is_same(one) => (GroupOutcome::Same, ReceiptChange::None),
        [(_, one)] if one.payer() == payer => (
            GroupOutcome::Differs,
            ReceiptChange::InPlace(Coverage::clone(one)),
        ),
        [(_, one)] => (
            GroupOutcome::Differs,
            ReceiptChange::Move(Coverage::clone(one)),
        ),
        _ => (
            GroupOutcome::NewPeriod,
            ReceiptChange::Split(by_period(&parts)),
        ),
    };
    let differences = match parts.last() {
        Some((_, last)) if parts.len() > 1 => on_file.differences(last),
        _ => differences,
    };
    ReceiptDecision {
        outcome,
        change,
        differences,
        reason: None,
        sources,
    }
}

fn unknown(known: Known<'_>) -> Option<Reason> {
    match known {
        Known::Confirmed(..) | Known::Stated(..) => None,
        Known::Denied(answer) => Some(Reason::not_valid(&answer.validity)),
        Known::Nothing => Some(Reason::NeverAsked),
    }
}

fn certificate_ended(stretch: &Stretch<'_>) -> bool {
    let end = stretch
        .known
        .coverage()
        .and_then(|c| c.elderly_certificate)
        .and_then(|p| p.to);
    match (end, stretch.days.last()) {
        (Some(end), Some(last)) => end < *last,
        _ => false,
    }
}

/// Neighbouring stretches under the same coverage are one part, confirmed or stated.
fn merge<'a>(found: &[Stretch<'a>]) -> Vec<(Vec<Date>, &'a Coverage)> {
    let mut parts: Vec<(Vec<Date>, &Coverage)> = Vec::new();
    for stretch in found {
        let Some(coverage) = stretch.known.coverage() else {
            continue;
        };
        match parts.last_mut() {
            Some((days, last)) if last.is_same(coverage) => days.extend(&stretch.days),
            _ => parts.push((stretch.days.clone(), coverage)),
        }
    }
    parts
}

/// Each part from the day its coverage begins to the day before the next one's.
fn by_period(parts: &[(Vec<Date>, &Coverage)]) -> Vec<(Period, Coverage)> {
    let starts: Vec<Option<Date>> = parts
        .iter()
        .enumerate()
        .map(
            |(i, (days, coverage))| match (i, coverage.period.from, days.first()) {
                (0, ..) => None,
                (_, Some(from), Some(first)) if from <= *first => Some(from),
                (_, _, first) => first.copied(),
            },
        )
        .collect();
    parts
        .iter()
        .enumerate()
        .map(|(i, (_, coverage))| {
            let from = starts.get(i).copied().flatten();
            let to = starts
                .get(i.saturating_add(1))
                .copied()
                .flatten()
                .and_then(Date::prev_day);
            (Period::new(from, to), (*coverage).clone())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::tests::{answer, day};
    use crate::coverage::tests::coverage;
    use proptest::prelude::*;

    const FUND: Payer = Payer::SocialInsuranceFund;

    fn valid(as_of: &str, coverage: Coverage) -> Answer {
        answer(as_of, "2024-11-05", Validity::Valid, Some(coverage))
    }

    #[test]
    fn swapped_symbol_and_number_are_replaced_as_a_whole_group() {
        let on_file = coverage("01990011", "34", "12", "2020-04-01");
        let right = coverage("01990011", "12", "34", "2020-04-01");
        let decision = judge_receipt(
            &on_file,
            FUND,
            &[day("2024-10-03")],
            &[valid("2024-10-03", right.clone())],
        );
        assert_eq!(decision.outcome, GroupOutcome::Differs);
        assert_eq!(decision.change, ReceiptChange::InPlace(right));
        assert_eq!(decision.differences.len(), 2);
    }

    #[test]
    fn another_payers_insurer_moves_the_receipt() {
        let on_file = coverage("01990011", "34", "12", "2020-04-01");
        let now = coverage("990010", "1", "2", "2024-10-01");
        let decision = judge_receipt(
            &on_file,
            FUND,
            &[day("2024-10-03")],
            &[valid("2024-10-03", now.clone())],
        );
        assert_eq!(decision.change, ReceiptChange::Move(now));
    }

    #[test]
    fn a_change_on_the_16th_splits_at_the_16th() {
        let mut old = coverage("01990011", "12", "34", "2020-04-01");
        let on_file = old.clone();
        old.period.to = Some(day("2024-10-15"));
        let new = coverage("990010", "5", "6", "2024-10-16");
        let answers = [
            valid("2024-10-09", old.clone()),
            valid("2024-10-28", new.clone()),
        ];
        let days = ["2024-10-02", "2024-10-09", "2024-10-18", "2024-10-28"].map(day);
        let decision = judge_receipt(&on_file, FUND, &days, &answers);
        assert_eq!(decision.outcome, GroupOutcome::NewPeriod);
        assert_eq!(
            decision.change,
            ReceiptChange::Split(vec![
                (Period::new(None, Some(day("2024-10-15"))), old),
                (Period::new(Some(day("2024-10-16")), None), new),
            ])
        );
    }

    #[test]
    fn only_a_valid_answer_fills() {
        let on_file = coverage("01990011", "12", "34", "2020-04-01");
        for (validity, reason) in [
            (Validity::Invalid, Reason::NotValid),
            (Validity::InvalidNewExists, Reason::NewCardNeeded),
            (Validity::NotFound, Reason::NotValid),
            (Validity::Several, Reason::SeveralResults),
            (Validity::ValidUnregistered, Reason::NotValid),
            (Validity::Error, Reason::AnswerIsError),
            (Validity::Other("9".into()), Reason::ValidityUnknown),
        ] {
            let new = coverage("990010", "5", "6", "2024-10-01");
            let answers = [answer("2024-10-28", "2024-11-05", validity, Some(new))];
            let decision = judge_receipt(&on_file, FUND, &[day("2024-10-03")], &answers);
            assert_eq!(decision.change, ReceiptChange::None);
            assert_eq!(decision.reason, Some(reason));
        }
    }

    #[test]
    fn an_expired_elderly_certificate_goes_to_a_person() {
        let mut on_file = coverage("990010", "1", "2", "2020-04-01");
        on_file.elderly_certificate = Some(Period::new(None, Some(day("2024-07-31"))));
        let decision = judge_receipt(
            &on_file,
            Payer::NationalHealthFederation,
            &[day("2024-10-03")],
            &[valid("2024-10-03", on_file.clone())],
        );
        assert_eq!(decision.reason, Some(Reason::ElderlyCertificateExpired));
    }

    #[test]
    fn a_further_period_closes_the_one_before_it() {
        let old = coverage("01990011", "12", "34", "2020-04-01");
        let new = coverage("990010", "5", "6", "2024-10-16");
        let (outcome, change) =
            register_change(std::slice::from_ref(&old), &new, day("2024-10-18"), true);
        assert_eq!(outcome, GroupOutcome::NewPeriod);
        assert_eq!(
            change,
            RegisterChange::CloseAndOpen {
                before: old,
                last_day: Some(day("2024-10-15")),
                after: new
            }
        );
    }

    #[test]
    fn a_missing_branch_replaces_the_group_within_its_period() {
        let old = coverage("01990011", "12", "34", "2020-04-01");
        let mut new = coverage("01990011", "12", "34", "2021-04-01");
        new.branch = Some("02".parse().unwrap());
        let (outcome, change) =
            register_change(std::slice::from_ref(&old), &new, day("2024-10-18"), true);
        assert_eq!(outcome, GroupOutcome::Differs);
        match change {
            RegisterChange::Replace { after, .. } => assert_eq!(after.period, old.period),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_new_certificates_burden_continues_the_period_from_its_first_day() {
        let mut old = coverage("990010", "1", "2", "2020-04-01");
        old.burden_percent = Some(20);
        let answered = Coverage {
            burden_percent: Some(30),
            elderly_certificate: Some(Period::new(
                Some(day("2024-08-01")),
                Some(day("2025-07-31")),
            )),
            ..old.clone()
        };
        let october = day("2024-10-01");
        let (outcome, change) =
            register_change(std::slice::from_ref(&old), &answered, october, true);
        assert_eq!(outcome, GroupOutcome::NewPeriod);
        match change {
            RegisterChange::CloseAndOpen {
                before,
                last_day,
                after,
            } => {
                assert_eq!((before, last_day), (old.clone(), Some(day("2024-07-31"))));
                assert_eq!(after.period.from, Some(day("2024-08-01")));
                assert_eq!(after.burden_percent, Some(30));
                assert_eq!(after.number, old.number);
            }
            other => panic!("{other:?}"),
        }
        // One that has ended says nothing; one without days is a difference for a person.
        let (outcome, _) = register_change(
            std::slice::from_ref(&old),
            &answered,
            day("2025-08-01"),
            true,
        );
        assert_eq!(outcome, GroupOutcome::Same);
        let undated = Coverage {
            elderly_certificate: None,
            ..answered
        };
        let (outcome, _) = register_change(std::slice::from_ref(&old), &undated, october, true);
        assert_eq!(outcome, GroupOutcome::Differs);
    }

    #[test]
    fn a_burden_the_product_lacks_is_filled_only_where_it_has_a_place() {
        let old = coverage("990010", "1", "2", "2020-04-01");
        let answered = Coverage {
            burden_percent: Some(30),
            ..old.clone()
        };
        let october = day("2024-10-01");
        let (outcome, change) =
            register_change(std::slice::from_ref(&old), &answered, october, true);
        assert_eq!(outcome, GroupOutcome::Fill);
        assert!(matches!(change, RegisterChange::Replace { .. }));
        let (outcome, change) =
            register_change(std::slice::from_ref(&old), &answered, october, false);
        assert_eq!(
            (outcome, change),
            (GroupOutcome::Same, RegisterChange::None)
        );
    }

    #[test]
    fn a_name_the_centre_could_not_show_is_never_used() {
        let signs = Signs {
            name: "架空　●子",
            sex: &Sex::Female,
            birth_date: day("1950-01-01"),
            insurances: 1,
            card_class: None,
        };
        assert_eq!(
            caution(&signs, Some(day("1950-01-01"))),
            Some(Reason::MissingGlyph)
        );
        assert_eq!(
            caution(&signs, Some(day("1950-01-02"))),
            Some(Reason::BirthDateDiffers)
        );
    }

    proptest! {
        /// Whatever the answers, a split covers every charge day exactly once.
        #[test]
        fn parts_of_a_split_cover_each_charge_day_once(change_on in 2u8..31, days in proptest::collection::btree_set(1u8..=31, 1..12)) {
            let october = |d: u8| Date::new(2024, 10, d as i8).unwrap();
            let mut old = coverage("01990011", "12", "34", "2020-04-01");
            let on_file = old.clone();
            old.period.to = october(change_on).prev_day();
            let new = Coverage { period: Period::new(Some(october(change_on)), None), ..coverage("990010", "5", "6", "2024-10-01") };
            let days: Vec<Date> = days.into_iter().map(october).collect();
            let answers = [valid("2024-10-31", old.clone()), valid("2024-10-31", new.clone())]
                .into_iter().enumerate().map(|(i, mut a)| { a.id = i.to_string(); a }).collect::<Vec<_>>();
            let decision = judge_receipt(&on_file, FUND, &days, &answers);
            if let ReceiptChange::Split(parts) = &decision.change {
                for day in days {
                    prop_assert_eq!(parts.iter().filter(|(p, _)| p.contains(day)).count(), 1);
                }
            } else {
                prop_assert!(days.iter().all(|d| *d < october(change_on)) || days.iter().all(|d| *d >= october(change_on)));
            }
        }
    }
}
