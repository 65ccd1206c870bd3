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
    /// Unknown. Not offered here.
    Gap,
}

impl Confidence {
    /// The mark used in documents: `V2`, `V`, `V-impl`, `GAP`.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Secondary2 => "V2",
            Self::Secondary => "V",
            Self::Implementation => "V-impl",
            Self::Gap => "GAP",
        }
    }

    /// Whether a layout of this confidence has to be shown as unconfirmed.
    pub fn is_unconfirmed(self) -> bool {
        matches!(self, Self::Implementation | Self::Gap)
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
    /// assert_eq!(MessageKind::of_file("YZKsiquc01req_1.xml"), None);
    /// ```
    pub fn of_file(name: &str) -> Option<Self> {
        let prefix = name.split_once('_').map_or(name, |(prefix, _)| prefix);
        CATALOGUE
            .iter()
            .find(|e| e.prefix == prefix && !e.prefix.is_empty())?
            .kind
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
            Siquc01Res | Siimm01Res | Muquc01Res | Muquc02Res | Muimm01Res | Muimm02Res
            | Muhvq01Res | Muhvq02Res => None,
        }
    }

    /// Every message this crate reads and writes, in the order of interface ids.
    pub fn all() -> impl Iterator<Item = Self> {
        CATALOGUE.iter().filter_map(|e| e.kind)
    }
}

/// One row of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The message, where this crate reads and writes it.
    pub kind: Option<MessageKind>,
    /// Interface number: `OQS-IF-` and these three digits.
    pub interface: u16,
    /// Official name.
    pub name_ja: &'static str,
    /// File prefix with phase; empty where it is not known.
    pub prefix: &'static str,
    /// Phase within the interface: 1, or 2 for the download of a bulk result.
    pub phase: u8,
    /// Who writes it.
    pub direction: Direction,
    /// How sure the prefix (and its mapping to the interface number) is.
    pub prefix_confidence: Confidence,
    /// How sure the layout is.
    pub layout_confidence: Confidence,
}

impl Entry {
    /// `OQS-IF-017`
    pub fn interface_id(&self) -> String {
        format!("OQS-IF-{:03}", self.interface)
    }
}

macro_rules! rows {
    ($( $number:literal $name:literal $prefix:literal $phase:literal $direction:ident
        $prefix_confidence:ident $layout_confidence:ident $kind:expr; )*) => {
        &[ $( Entry {
            kind: $kind,
            interface: $number,
            name_ja: $name,
            prefix: $prefix,
            phase: $phase,
            direction: Direction::$direction,
            prefix_confidence: Confidence::$prefix_confidence,
            layout_confidence: Confidence::$layout_confidence,
        } ),* ]
    };
}

use MessageKind as M;

/// The messages of eligibility by interface number. Those without a [`MessageKind`] exist,
/// but their layout is unknown or out of this crate's scope.
#[rustfmt::skip]
pub const CATALOGUE: &[Entry] = rows! {
    1  "資格確認要求" "OQSsiquc01req" 1 Request Secondary2 Secondary2 Some(M::Siquc01Req);
    2  "資格確認結果" "OQSsiquc01res" 1 Answer Secondary2 Secondary2 Some(M::Siquc01Res);
    3  "照会番号登録要求" "OQSsiimm01req" 1 Request Secondary2 Secondary2 Some(M::Siimm01Req);
    4  "照会番号登録結果" "OQSsiimm01res" 1 Answer Secondary2 Implementation Some(M::Siimm01Res);
    5  "資格確認一括照会要求" "OQSmuquc01req" 1 Request Secondary2 Secondary Some(M::Muquc01Req);
    6  "資格確認一括照会アップロード結果" "OQSmuquc01res" 1 Answer Secondary2 Secondary Some(M::Muquc01Res);
    7  "資格確認一括照会ダウンロード要求" "OQSmuquc02req" 2 Request Secondary2 Secondary2 Some(M::Muquc02Req);
    8  "資格確認一括照会結果" "OQSmuquc02res" 2 Answer Secondary2 Secondary Some(M::Muquc02Res);
    9  "照会番号一括登録要求" "OQSmuimm01req" 1 Request Secondary2 Secondary2 Some(M::Muimm01Req);
    10 "照会番号一括登録アップロード結果" "OQSmuimm01res" 1 Answer Secondary2 Implementation Some(M::Muimm01Res);
    11 "照会番号一括登録ダウンロード要求" "OQSmuimm02req" 2 Request Secondary2 Implementation Some(M::Muimm02Req);
    12 "照会番号一括登録結果" "OQSmuimm02res" 2 Answer Secondary2 Implementation Some(M::Muimm02Res);
    13 "委託先資格情報の一括取得（医療扶助）要求" "OQSmutic01req" 1 Request Secondary Implementation None;
    14 "委託先資格情報の一括取得（医療扶助）アップロード結果" "OQSmutic01res" 1 Answer Secondary Implementation None;
    15 "委託先資格情報の一括取得（医療扶助）ダウンロード要求" "OQSmutic02req" 2 Request Secondary Implementation None;
    16 "委託先資格情報の一括取得（医療扶助）結果" "OQSmutic02res" 2 Answer Secondary Implementation None;
    17 "同意済資格情報一括取得（訪問診療等）要求" "OQSmuhvq01req" 1 Request Secondary2 Implementation Some(M::Muhvq01Req);
    18 "同意済資格情報一括取得（訪問診療等）アップロード結果" "OQSmuhvq01res" 1 Answer Secondary2 Implementation Some(M::Muhvq01Res);
    19 "同意済資格情報一括取得（訪問診療等）ダウンロード要求" "OQSmuhvq02req" 2 Request Secondary2 Implementation Some(M::Muhvq02Req);
    20 "同意済資格情報一括取得（訪問診療等）結果" "OQSmuhvq02res" 2 Answer Secondary2 Implementation Some(M::Muhvq02Res);
    21 "同意済資格情報一括取得（オンライン診療等）要求" "OQSmuonq01req" 1 Request Secondary2 Implementation None;
    22 "同意済資格情報一括取得（オンライン診療等）アップロード結果" "OQSmuonq01res" 1 Answer Secondary2 Implementation None;
    23 "同意済資格情報一括取得（オンライン診療等）ダウンロード要求" "OQSmuonq02req" 2 Request Secondary2 Implementation None;
    24 "同意済資格情報一括取得（オンライン診療等）結果" "OQSmuonq02res" 2 Answer Secondary2 Implementation None;
    25 "資格確認要求（訪問診療等）" "OQSsihvq01req" 1 Request Secondary Gap None;
    26 "資格確認結果（訪問診療等）" "OQSsihvq01res" 1 Answer Secondary Gap None;
    27 "資格確認要求（オンライン診療等）" "OQSsionq01req" 1 Request Secondary Gap None;
    28 "資格確認結果（オンライン診療等）" "OQSsionq01res" 1 Answer Secondary Gap None;
    29 "資格確認一括照会（訪問診療等）要求" "" 1 Request Gap Gap None;
    30 "資格確認一括照会（訪問診療等）アップロード結果" "" 1 Answer Gap Gap None;
    31 "資格確認一括照会（訪問診療等）ダウンロード要求" "" 2 Request Gap Gap None;
    32 "資格確認一括照会（訪問診療等）結果" "" 2 Answer Gap Gap None;
    33 "資格確認一括照会（オンライン診療等）要求" "" 1 Request Gap Gap None;
    34 "資格確認一括照会（オンライン診療等）アップロード結果" "" 1 Answer Gap Gap None;
    35 "資格確認一括照会（オンライン診療等）ダウンロード要求" "" 2 Request Gap Gap None;
    36 "資格確認一括照会（オンライン診療等）結果" "" 2 Answer Gap Gap None;
    37 "閲覧同意取り消し要求（訪問診療等）" "OQSsihvd01req" 1 Request Secondary Gap None;
    38 "閲覧同意取り消し結果（訪問診療等）" "OQSsihvd01res" 1 Answer Secondary Gap None;
    39 "医療機関アクセスURL取得要求" "OQSsiurl01req" 1 Request Secondary Gap None;
    40 "医療機関アクセスURL取得結果" "OQSsiurl01res" 1 Answer Secondary Gap None;
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
            assert_eq!(answer.interface, entry.interface + 1);
            assert_eq!(answer.prefix, entry.prefix.replace("req", "res"));
            assert_eq!(answer.phase, entry.phase);
        }
    }

    #[test]
    fn the_home_visit_batch_is_marked_unconfirmed() {
        use MessageKind::*;
        for kind in [Muhvq01Req, Muhvq01Res, Muhvq02Req, Muhvq02Res] {
            assert!(kind.entry().unwrap().layout_confidence.is_unconfirmed());
        }
    }

    #[test]
    fn interface_numbers_ascend_without_a_gap() {
        let numbers: Vec<u16> = CATALOGUE.iter().map(|e| e.interface).collect();
        assert_eq!(numbers, (1..=40).collect::<Vec<_>>());
        assert_eq!(CATALOGUE[16].interface_id(), "OQS-IF-017");
    }

    #[test]
    fn a_card_reader_result_is_a_single_answer() {
        let name = "OQSsiquc01res_face_999999999900000000000000000001_20261122091500.xml";
        assert_eq!(MessageKind::of_file(name), Some(MessageKind::Siquc01Res));
        assert_eq!(MessageKind::of_file("readme.txt"), None);
    }
}
