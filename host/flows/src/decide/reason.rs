//! Why a machine leaves something to a person, in the words of both languages.

use crate::answers::{Answer, Validity};
use serde::{Deserialize, Serialize};

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
    /// 資格喪失事由 is 死亡.
    Died,
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
    /// Why an answer that is not 有効 leaves its group to a person, a death told as such.
    pub fn denied(answer: &Answer) -> Self {
        match answer.died() {
            Some(_) => Self::Died,
            None => Self::not_valid(&answer.validity),
        }
    }

    /// The same by 資格有効性 alone.
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
            Self::Died => "亡くなった方",
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
            Self::Died => {
                "回答の資格喪失事由が「死亡」です。亡くなった日と最後の訪問日を確かめ、製品で利用を終了にしてください。カードの読み取りは要りません。"
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
            Self::Died => {
                "the answer's reason of loss is death; check the day and the last visit, and end the person's service in the product; no card is read"
            }
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
            Self::NeverAsked => {
                "no confirmation reaches this visit day; ask with `fill`, read the card or see the certificate"
            }
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
