//! Which message a request is: one of the catalogue, or one whose layout is given.

use onshi::{Layouts, MessageKind};

/// A message that the terminal answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// One whose layout is known.
    Known(MessageKind),
    /// One whose layout is not public: answered where [`Layouts`] give it.
    Given(Gap),
}

/// A message of the home-visit family whose layout is a gap of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// 資格確認要求（訪問診療等）: one user again (IF-025).
    RecheckOne,
    /// 資格確認一括照会（訪問診療等）要求: many users again (IF-029).
    RecheckMany,
    /// The request for its result (IF-031).
    RecheckResult,
    /// 閲覧同意取り消し要求（訪問診療等）(IF-037).
    Revoke,
    /// 医療機関アクセスURL取得要求 (IF-039).
    VisitPage,
}

impl Gap {
    const ALL: [Self; 5] = [
        Self::RecheckOne,
        Self::RecheckMany,
        Self::RecheckResult,
        Self::Revoke,
        Self::VisitPage,
    ];

    fn prefix(self, layouts: &Layouts) -> Option<&str> {
        Some(match self {
            Self::RecheckOne => layouts.recheck_one()?.request_prefix(),
            Self::RecheckMany => layouts.recheck_many()?.upload.request_prefix(),
            Self::RecheckResult => layouts.recheck_many()?.download.request_prefix(),
            Self::Revoke => layouts.revoke_consent()?.request_prefix(),
            Self::VisitPage => layouts.visit_page()?.request_prefix(),
        })
    }
}

/// Bulk requests of the catalogue: the upload, and the download of its result.
const BULK: [(MessageKind, MessageKind); 5] = [
    (MessageKind::Muquc01Req, MessageKind::Muquc02Req),
    (MessageKind::Muhvq01Req, MessageKind::Muhvq02Req),
    (MessageKind::Muonq01Req, MessageKind::Muonq02Req),
    (MessageKind::Mutic01Req, MessageKind::Mutic02Req),
    (MessageKind::Muimm01Req, MessageKind::Muimm02Req),
];

impl Asked {
    /// The message of a request's file. Nothing for answers and for what nobody here knows.
    pub(super) fn of_file(name: &str, layouts: Option<&Layouts>) -> Option<Self> {
        let known = MessageKind::of_file(name).filter(|kind| kind.answer().is_some());
        known.map(Self::Known).or_else(|| {
            let (layouts, prefix) = (layouts?, prefix(name));
            let is_of = |gap: &Gap| gap.prefix(layouts) == Some(prefix);
            Gap::ALL.into_iter().find(is_of).map(Self::Given)
        })
    }

    /// Whether it asks for the result of a bulk request.
    pub(super) fn is_result(self) -> bool {
        match self {
            Self::Known(kind) => BULK.iter().any(|(_, download)| *download == kind),
            Self::Given(gap) => gap == Gap::RecheckResult,
        }
    }

    /// Whether its answer says something about people's 資格.
    pub(super) fn tells_of_people(self) -> bool {
        let singly = [
            Self::Known(MessageKind::Siquc01Req),
            Self::Known(MessageKind::Mutic02Req),
            Self::Given(Gap::RecheckOne),
        ];
        singly.contains(&self) || self.tells_of_many()
    }

    /// Whether it does so about several people who can be missing, or stand there twice.
    pub(super) fn tells_of_many(self) -> bool {
        let many = [
            Self::Known(MessageKind::Muquc02Req),
            Self::Known(MessageKind::Muhvq02Req),
            Self::Given(Gap::RecheckResult),
        ];
        many.contains(&self)
    }

    /// Whether its answer tells of consents to viewing.
    pub(super) fn tells_of_consents(self) -> bool {
        let telling = [
            Self::Known(MessageKind::Muhvq02Req),
            Self::Given(Gap::RecheckOne),
            Self::Given(Gap::RecheckResult),
        ];
        telling.contains(&self)
    }

    /// Whether its answer comes as `.zip` where the site has it so.
    pub(super) fn may_be_zipped(self) -> bool {
        let medical = [MessageKind::Yzk01Req, MessageKind::Tkk01Req].map(Self::Known);
        self.is_result() || medical.contains(&self)
    }

    /// Whether its result is that of a bulk request.
    pub(super) fn fits(self, upload: Self) -> bool {
        match (upload, self) {
            (Self::Known(upload), Self::Known(download)) => BULK.contains(&(upload, download)),
            (Self::Given(upload), Self::Given(download)) => {
                (upload, download) == (Gap::RecheckMany, Gap::RecheckResult)
            }
            _ => false,
        }
    }
}

/// What a file's name begins with.
pub(super) fn prefix(name: &str) -> &str {
    name.split_once('_').map_or(name, |(prefix, _)| prefix)
}
