//! The messages of the interface as data: id, prefix, name, and how sure each is.

/// How sure a statement about the interface is. The official text is handed to registered
/// vendors only; every layout has to be compared with it before a production claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Two or more independent public sources agree.
    Secondary2,
    /// One public source states it.
    Secondary,
    /// Known only from published software that works: unconfirmed.
    Implementation,
    /// Inferred from facts that are known: unconfirmed. Nothing is decided by it.
    Inferred,
    /// Unknown. Not offered here.
    Gap,
}

impl Confidence {
    /// The mark used in documents: `V2`, `V`, `V-impl`, `I`, `GAP`.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Secondary2 => "V2",
            Self::Secondary => "V",
            Self::Implementation => "V-impl",
            Self::Inferred => "I",
            Self::Gap => "GAP",
        }
    }

    /// Whether what has this confidence has to be shown as unconfirmed.
    pub fn is_unconfirmed(self) -> bool {
        matches!(self, Self::Implementation | Self::Inferred | Self::Gap)
    }

    /// What the mark says, in Japanese, for people.
    pub fn meaning_ja(self) -> &'static str {
        match self {
            Self::Secondary2 => "複数の公開情報が一致",
            Self::Secondary => "公開情報が一つ",
            Self::Implementation => "未確認：公開ソフトの動作から",
            Self::Inferred => "未確認：推定",
            Self::Gap => "不明",
        }
    }
}

/// Who writes a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The receipt side asks.
    Request,
    /// The terminal answers.
    Answer,
}

/// A message that this crate reads and writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MessageKind {
    /// `OQSsiquc01req`, read as [`crate::SingleRequest`].
    Siquc01Req,
    /// `OQSsiquc01res`, read as [`crate::SingleAnswer`].
    Siquc01Res,
    /// `OQSsiimm01req`, read as [`crate::ReferenceRequest`].
    Siimm01Req,
    /// `OQSsiimm01res`, read as [`crate::ReferenceAnswer`].
    Siimm01Res,
    /// `OQSmuquc01req`, read as [`crate::BulkRequest`].
    Muquc01Req,
    /// `OQSmuquc01res`, read as [`crate::Acceptance`].
    Muquc01Res,
    /// `OQSmuquc02req`, read as [`crate::DownloadRequest`].
    Muquc02Req,
    /// `OQSmuquc02res`, read as [`crate::BulkAnswer`].
    Muquc02Res,
    /// `OQSmuimm01req`, read as [`crate::ReferenceRequest`].
    Muimm01Req,
    /// `OQSmuimm01res`, read as [`crate::Acceptance`].
    Muimm01Res,
    /// `OQSmuimm02req`, read as [`crate::DownloadRequest`].
    Muimm02Req,
    /// `OQSmuimm02res`, read as [`crate::BulkReferenceAnswer`].
    Muimm02Res,
    /// `OQSmuhvq01req`, read as [`crate::ConsentRequest`]. Layout unconfirmed.
    Muhvq01Req,
    /// `OQSmuhvq01res`, read as [`crate::Acceptance`]. Layout unconfirmed.
    Muhvq01Res,
    /// `OQSmuhvq02req`, read as [`crate::DownloadRequest`]. Layout unconfirmed.
    Muhvq02Req,
    /// `OQSmuhvq02res`, read as [`crate::BulkAnswer`]. Layout unconfirmed.
    Muhvq02Res,
    /// `OQSmuonq01req`, read as [`crate::ConsentRequest`]. Layout unconfirmed.
    Muonq01Req,
    /// `OQSmuonq01res`, read as [`crate::Acceptance`]. Layout unconfirmed.
    Muonq01Res,
    /// `OQSmuonq02req`, read as [`crate::DownloadRequest`]. Layout unconfirmed.
    Muonq02Req,
    /// `OQSmuonq02res`, read as [`crate::BulkAnswer`]. Layout unconfirmed.
    Muonq02Res,
    /// `OQSmutic01req`, read as [`crate::TicketRequest`]. Layout unconfirmed.
    Mutic01Req,
    /// `OQSmutic01res`, read as [`crate::Acceptance`]. Layout unconfirmed.
    Mutic01Res,
    /// `OQSmutic02req`, read as [`crate::DownloadRequest`]. Layout unconfirmed.
    Mutic02Req,
    /// `OQSmutic02res`, read as [`crate::BulkAnswer`]. Layout unconfirmed.
    Mutic02Res,
    /// `YZKsiquc01req` (薬剤情報等), read as [`crate::MedicalRequest`]. Layout unconfirmed.
    Yzk01Req,
    /// `YZKsiquc01res`, read as [`crate::MedicalAnswer`], or a PDF. Layout unconfirmed.
    Yzk01Res,
    /// `TKKsiquc01req` (特定健診), read as [`crate::MedicalRequest`]. Layout unconfirmed.
    Tkk01Req,
    /// `TKKsiquc01res`, read as [`crate::MedicalAnswer`], or a PDF. Layout unconfirmed.
    Tkk01Res,
}

impl MessageKind {
    /// The file prefix: what stands before the underscore of a file name.
    pub fn prefix(self) -> &'static str {
        self.entry().map_or("", |e| e.prefix)
    }

    /// The catalogue's row.
    pub fn entry(self) -> Option<&'static Entry> {
        CATALOGUE.iter().find(|e| e.kind == Some(self))
    }

    /// The kind of a file by its name. Card reader results (`OQSsiquc01res_face_…`) are
    /// single answers. Nothing for files of other families, which are not ours to touch.
    ///
    /// ```
    /// use onshi::MessageKind;
    /// assert_eq!(
    ///     MessageKind::of_file("OQSmuquc01req_202611220005.xml"),
    ///     Some(MessageKind::Muquc01Req)
    /// );
    /// assert_eq!(MessageKind::of_file("EPSsiquc01req_1.xml"), None);
    /// ```
    pub fn of_file(name: &str) -> Option<Self> {
        Entry::of_file(name)?.kind
    }

    /// The message that answers this request; nothing for an answer.
    pub fn answer(self) -> Option<Self> {
        use MessageKind::*;
        match self {
            Siquc01Req => Some(Siquc01Res),
            Siimm01Req => Some(Siimm01Res),
            Muquc01Req => Some(Muquc01Res),
            Muquc02Req => Some(Muquc02Res),
            Muimm01Req => Some(Muimm01Res),
            Muimm02Req => Some(Muimm02Res),
            Muhvq01Req => Some(Muhvq01Res),
            Muhvq02Req => Some(Muhvq02Res),
            Muonq01Req => Some(Muonq01Res),
            Muonq02Req => Some(Muonq02Res),
            Mutic01Req => Some(Mutic01Res),
            Mutic02Req => Some(Mutic02Res),
            Yzk01Req => Some(Yzk01Res),
            Tkk01Req => Some(Tkk01Res),
            Siquc01Res | Siimm01Res | Muquc01Res | Muquc02Res | Muimm01Res | Muimm02Res
            | Muhvq01Res | Muhvq02Res | Muonq01Res | Muonq02Res | Mutic01Res | Mutic02Res
            | Yzk01Res | Tkk01Res => None,
        }
    }

    /// Every message this crate reads and writes, in the order of the catalogue.
    pub fn all() -> impl Iterator<Item = Self> {
        CATALOGUE.iter().filter_map(|e| e.kind)
    }
}

/// One row of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The message, where this crate reads and writes it.
    pub kind: Option<MessageKind>,
    /// Interface number: `OQS-IF-` and these three digits. Absent for 薬剤情報等 and 特定健診,
    /// whose official ids are not known.
    pub interface: Option<u16>,
    /// Official name.
    pub name_ja: &'static str,
    /// File prefix with phase; empty where it is not known.
    pub prefix: &'static str,
    /// Phase within the interface: 1, or 2 for the download of a bulk result.
    pub phase: u8,
    /// Who writes it.
    pub direction: Direction,
    /// How sure the prefix is.
    pub prefix_confidence: Confidence,
    /// How sure it is that this prefix belongs to this interface number.
    pub mapping_confidence: Confidence,
    /// How sure the layout is.
    pub layout_confidence: Confidence,
}

impl Entry {
    /// `OQS-IF-017`
    pub fn interface_id(&self) -> Option<String> {
        self.interface.map(|number| format!("OQS-IF-{number:03}"))
    }

    /// The row of a file by its name, whether or not its layout is known. Nothing for files
    /// of other families, which are not ours to touch.
    ///
    /// ```
    /// let row = onshi::Entry::of_file("OQSsihvq01req_202611220005.xml").unwrap();
    /// assert_eq!((row.interface, row.kind), (Some(25), None));
    /// ```
    pub fn of_file(name: &str) -> Option<&'static Self> {
        let prefix = name.split_once('_').map_or(name, |(prefix, _)| prefix);
        CATALOGUE
            .iter()
            .find(|e| e.prefix == prefix && !e.prefix.is_empty())
    }
}

macro_rules! rows {
    ($( $number:expr, $name:literal $prefix:literal $phase:literal $direction:ident
        $prefix_confidence:ident $mapping_confidence:ident $layout_confidence:ident $kind:expr; )*) => {
        &[ $( Entry {
            kind: $kind,
            interface: $number,
            name_ja: $name,
            prefix: $prefix,
            phase: $phase,
            direction: Direction::$direction,
            prefix_confidence: Confidence::$prefix_confidence,
            mapping_confidence: Confidence::$mapping_confidence,
            layout_confidence: Confidence::$layout_confidence,
        } ),* ]
    };
}

use MessageKind as M;

/// The messages of eligibility by interface number, then those of medical information. Those
/// without a [`MessageKind`] exist, but their layout is unknown: they are gaps with a name.
/// Where the prefix is empty, it is unknown, too. Columns: number, name, prefix, phase, who
/// writes it; how sure the prefix, its mapping to the number, and the layout are.
#[rustfmt::skip]
pub const CATALOGUE: &[Entry] = rows! {
    Some(1),  "資格確認要求" "OQSsiquc01req" 1 Request Secondary2 Secondary2 Secondary2 Some(M::Siquc01Req);
    Some(2),  "資格確認結果" "OQSsiquc01res" 1 Answer Secondary2 Secondary2 Secondary2 Some(M::Siquc01Res);
    Some(3),  "照会番号登録要求" "OQSsiimm01req" 1 Request Secondary2 Secondary2 Secondary2 Some(M::Siimm01Req);
    Some(4),  "照会番号登録結果" "OQSsiimm01res" 1 Answer Secondary2 Secondary2 Implementation Some(M::Siimm01Res);
    Some(5),  "資格確認一括照会要求" "OQSmuquc01req" 1 Request Secondary2 Secondary2 Secondary Some(M::Muquc01Req);
    Some(6),  "資格確認一括照会アップロード結果" "OQSmuquc01res" 1 Answer Secondary2 Secondary2 Secondary Some(M::Muquc01Res);
    Some(7),  "資格確認一括照会ダウンロード要求" "OQSmuquc02req" 2 Request Secondary2 Secondary2 Secondary2 Some(M::Muquc02Req);
    Some(8),  "資格確認一括照会結果" "OQSmuquc02res" 2 Answer Secondary2 Secondary2 Secondary Some(M::Muquc02Res);
    Some(9),  "照会番号一括登録要求" "OQSmuimm01req" 1 Request Secondary2 Secondary2 Secondary2 Some(M::Muimm01Req);
    Some(10), "照会番号一括登録アップロード結果" "OQSmuimm01res" 1 Answer Secondary2 Secondary2 Implementation Some(M::Muimm01Res);
    Some(11), "照会番号一括登録ダウンロード要求" "OQSmuimm02req" 2 Request Secondary2 Secondary2 Implementation Some(M::Muimm02Req);
    Some(12), "照会番号一括登録結果" "OQSmuimm02res" 2 Answer Secondary2 Secondary2 Implementation Some(M::Muimm02Res);
    Some(13), "委託先資格情報の一括取得（医療扶助）要求" "OQSmutic01req" 1 Request Secondary Inferred Implementation Some(M::Mutic01Req);
    Some(14), "委託先資格情報の一括取得（医療扶助）アップロード結果" "OQSmutic01res" 1 Answer Secondary Inferred Implementation Some(M::Mutic01Res);
    Some(15), "委託先資格情報の一括取得（医療扶助）ダウンロード要求" "OQSmutic02req" 2 Request Secondary Inferred Implementation Some(M::Mutic02Req);
    Some(16), "委託先資格情報の一括取得（医療扶助）結果" "OQSmutic02res" 2 Answer Secondary Inferred Implementation Some(M::Mutic02Res);
    Some(17), "同意済資格情報一括取得（訪問診療等）要求" "OQSmuhvq01req" 1 Request Secondary2 Inferred Implementation Some(M::Muhvq01Req);
    Some(18), "同意済資格情報一括取得（訪問診療等）アップロード結果" "OQSmuhvq01res" 1 Answer Secondary2 Inferred Implementation Some(M::Muhvq01Res);
    Some(19), "同意済資格情報一括取得（訪問診療等）ダウンロード要求" "OQSmuhvq02req" 2 Request Secondary2 Inferred Implementation Some(M::Muhvq02Req);
    Some(20), "同意済資格情報一括取得（訪問診療等）結果" "OQSmuhvq02res" 2 Answer Secondary2 Inferred Implementation Some(M::Muhvq02Res);
    Some(21), "同意済資格情報一括取得（オンライン診療等）要求" "OQSmuonq01req" 1 Request Secondary2 Inferred Implementation Some(M::Muonq01Req);
    Some(22), "同意済資格情報一括取得（オンライン診療等）アップロード結果" "OQSmuonq01res" 1 Answer Secondary2 Inferred Implementation Some(M::Muonq01Res);
    Some(23), "同意済資格情報一括取得（オンライン診療等）ダウンロード要求" "OQSmuonq02req" 2 Request Secondary2 Inferred Implementation Some(M::Muonq02Req);
    Some(24), "同意済資格情報一括取得（オンライン診療等）結果" "OQSmuonq02res" 2 Answer Secondary2 Inferred Implementation Some(M::Muonq02Res);
    Some(25), "資格確認要求（訪問診療等）" "OQSsihvq01req" 1 Request Secondary Inferred Gap None;
    Some(26), "資格確認結果（訪問診療等）" "OQSsihvq01res" 1 Answer Secondary Inferred Gap None;
    Some(27), "資格確認要求（オンライン診療等）" "OQSsionq01req" 1 Request Secondary Inferred Gap None;
    Some(28), "資格確認結果（オンライン診療等）" "OQSsionq01res" 1 Answer Secondary Inferred Gap None;
    Some(29), "資格確認一括照会（訪問診療等）要求" "" 1 Request Gap Gap Gap None;
    Some(30), "資格確認一括照会（訪問診療等）アップロード結果" "" 1 Answer Gap Gap Gap None;
    Some(31), "資格確認一括照会（訪問診療等）ダウンロード要求" "" 2 Request Gap Gap Gap None;
    Some(32), "資格確認一括照会（訪問診療等）結果" "" 2 Answer Gap Gap Gap None;
    Some(33), "資格確認一括照会（オンライン診療等）要求" "" 1 Request Gap Gap Gap None;
    Some(34), "資格確認一括照会（オンライン診療等）アップロード結果" "" 1 Answer Gap Gap Gap None;
    Some(35), "資格確認一括照会（オンライン診療等）ダウンロード要求" "" 2 Request Gap Gap Gap None;
    Some(36), "資格確認一括照会（オンライン診療等）結果" "" 2 Answer Gap Gap Gap None;
    Some(37), "閲覧同意取り消し要求（訪問診療等）" "OQSsihvd01req" 1 Request Secondary Inferred Gap None;
    Some(38), "閲覧同意取り消し結果（訪問診療等）" "OQSsihvd01res" 1 Answer Secondary Inferred Gap None;
    Some(39), "医療機関アクセスURL取得要求" "OQSsiurl01req" 1 Request Secondary Inferred Gap None;
    Some(40), "医療機関アクセスURL取得結果" "OQSsiurl01res" 1 Answer Secondary Inferred Gap None;
    Some(41), "医療機関環境設定情報照会要求" "OQSsiinq01req" 1 Request Secondary Inferred Gap None;
    Some(42), "医療機関環境設定情報照会結果" "OQSsiinq01res" 1 Answer Secondary Inferred Gap None;
    Some(43), "医療機関環境設定情報更新要求" "OQSsiupd01req" 1 Request Secondary Inferred Gap None;
    Some(44), "医療機関環境設定情報更新結果" "OQSsiupd01res" 1 Answer Secondary Inferred Gap None;
    Some(45), "電子カルテ情報共有サービス施設利用状況回答要求" "" 1 Request Gap Gap Gap None;
    Some(46), "電子カルテ情報共有サービス施設利用状況回答結果" "" 1 Answer Gap Gap Gap None;
    Some(47), "資格確認要求（救急時医療情報閲覧）" "" 1 Request Gap Gap Gap None;
    Some(48), "資格確認結果（救急時医療情報閲覧）" "" 1 Answer Gap Gap Gap None;
    Some(49), "目視確認用パスコード取得要求" "" 1 Request Gap Gap Gap None;
    Some(50), "目視確認用パスコード取得結果" "" 1 Answer Gap Gap Gap None;
    Some(51), "アクティベーションコード照会要求" "" 1 Request Gap Gap Gap None;
    Some(52), "アクティベーションコード照会結果" "" 1 Answer Gap Gap Gap None;
    Some(53), "アクティベーションコード発行要求" "" 1 Request Gap Gap Gap None;
    Some(54), "アクティベーションコード発行結果" "" 1 Answer Gap Gap Gap None;
    Some(55), "アクティベーションコード無効化要求" "" 1 Request Gap Gap Gap None;
    Some(56), "アクティベーションコード無効化結果" "" 1 Answer Gap Gap Gap None;
    None,     "薬剤情報等要求" "YZKsiquc01req" 1 Request Secondary2 Gap Implementation Some(M::Yzk01Req);
    None,     "薬剤情報等結果" "YZKsiquc01res" 1 Answer Secondary2 Gap Implementation Some(M::Yzk01Res);
    None,     "特定健診情報要求" "TKKsiquc01req" 1 Request Secondary2 Gap Implementation Some(M::Tkk01Req);
    None,     "特定健診情報結果" "TKKsiquc01res" 1 Answer Secondary2 Gap Implementation Some(M::Tkk01Res);
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_is_answered_by_the_next_interface_number() {
        for kind in MessageKind::all() {
            let entry = kind.entry().unwrap();
            let Some(answer) = kind.answer() else {
                assert_eq!(entry.direction, Direction::Answer);
                continue;
            };
            let answer = answer.entry().unwrap();
            assert_eq!(answer.interface, entry.interface.map(|number| number + 1));
            assert_eq!(answer.prefix, entry.prefix.replace("req", "res"));
            assert_eq!(answer.phase, entry.phase);
        }
    }

    #[test]
    fn what_is_known_from_published_software_only_is_marked_unconfirmed() {
        use MessageKind::*;
        for kind in [
            Muhvq01Req, Muhvq01Res, Muhvq02Req, Muhvq02Res, Muonq01Req, Muonq02Res, Mutic01Req,
            Mutic02Res, Yzk01Req, Yzk01Res, Tkk01Req, Tkk01Res, Siimm01Res, Muimm02Res,
        ] {
            let confidence = kind.entry().unwrap().layout_confidence;
            assert_eq!(confidence, Confidence::Implementation, "{kind:?}");
            assert!(confidence.is_unconfirmed());
        }
    }

    #[test]
    fn a_gap_has_a_name_and_no_type() {
        for entry in CATALOGUE {
            let gap = entry.layout_confidence == Confidence::Gap;
            assert_eq!(gap, entry.kind.is_none(), "{}", entry.name_ja);
            assert_eq!(
                entry.prefix.is_empty(),
                entry.prefix_confidence == Confidence::Gap
            );
            assert!(!entry.name_ja.is_empty());
        }
        let passcode = CATALOGUE.iter().find(|e| e.interface == Some(49)).unwrap();
        assert_eq!(passcode.name_ja, "目視確認用パスコード取得要求");
    }

    #[test]
    fn a_prefix_is_tied_to_its_number_by_inference_where_no_source_says_so() {
        let of = |number| {
            CATALOGUE
                .iter()
                .find(|e| e.interface == Some(number))
                .unwrap()
        };
        assert_eq!(of(17).mapping_confidence, Confidence::Inferred);
        assert_eq!(of(37).mapping_confidence.mark(), "I");
        assert_eq!(of(5).mapping_confidence, Confidence::Secondary2);
    }

    #[test]
    fn interface_numbers_ascend_without_a_gap() {
        let numbers: Vec<u16> = CATALOGUE.iter().filter_map(|e| e.interface).collect();
        assert_eq!(numbers, (1..=56).collect::<Vec<_>>());
        assert_eq!(CATALOGUE[16].interface_id().as_deref(), Some("OQS-IF-017"));
    }

    #[test]
    fn a_card_reader_result_is_a_single_answer() {
        let name = "OQSsiquc01res_face_999999999900000000000000000001_20261122091500.xml";
        assert_eq!(MessageKind::of_file(name), Some(MessageKind::Siquc01Res));
        assert_eq!(MessageKind::of_file("readme.txt"), None);
    }
}
