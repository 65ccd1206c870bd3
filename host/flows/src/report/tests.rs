//! The page.

use super::*;
use crate::accept::Accepted;
use crate::answers::tests::day as date;
use crate::coverage::tests::coverage;
use crate::decide::{GroupOutcome, Reason};
use reseplug_model::{Month, Payer};

fn proposal(done: Done) -> Proposal {
    Proposal {
        id: "P1/coverage/2024-10-18".into(),
        person_key: "P1".into(),
        name: "架空 <花子>".into(),
        group: Group::Coverage,
        outcome: GroupOutcome::Differs,
        as_of: date("2024-10-18"),
        before: Some(coverage("01990011", "12", "34", "2020-04-01")),
        after: Some(coverage("01990011", "12", "0034", "2020-04-01")),
        differences: Vec::new(),
        happened: Vec::new(),
        notes: Vec::new(),
        sources: vec![Source {
            evidence: "ev-1".into(),
            message: "OQSmuhvq02res".into(),
            as_of: date("2024-10-18"),
            answered_at: "2024-10-18T18:00:05+09:00".into(),
        }],
        reason: None,
        candidates: Vec::new(),
        as_new: false,
        accepted: None,
        done,
    }
}

fn shown(proposals: &[Proposal], sent: &[Sent]) -> String {
    page(&Page {
        station: "架空ステーション",
        code: "9999998",
        title: "2024年10月分",
        made_at: "2024-11-05T18:00:00+09:00",
        proposals,
        approval: None,
        sent,
        beside: None,
    })
}

#[test]
fn a_change_stands_with_both_values_its_day_its_source_and_who_accepted_it() {
    let applied = Proposal {
        accepted: Some(Accepted {
            by: "所長 架空太郎".into(),
            how: How::Person,
        }),
        ..proposal(Done::Applied {
            kind: kind::IN_PLACE.into(),
            fields: Vec::new(),
        })
    };
    let html = shown(&[applied], &[]);
    for text in [
        "<td>34</td>",
        "<td>0034</td>",
        "2024年10月18日",
        "OQSmuhvq02res",
        "所長 架空太郎",
        "（個別）",
        "その場で直しました",
    ] {
        assert!(html.contains(text), "{text}\n{html}");
    }
}

#[test]
fn what_comes_from_outside_cannot_write_the_page() {
    let html = shown(&[proposal(Done::Left)], &[]);
    assert!(html.contains("架空 &lt;花子&gt;") && !html.contains("<花子>"));
}

#[test]
fn what_comes_from_outside_cannot_turn_the_writing_round() {
    let one = Proposal {
        name: "架空\u{202e}子花\u{7}".into(),
        ..proposal(Done::Left)
    };
    let html = shown(&[one], &[]);
    assert!(html.contains("架空\u{fffd}子花\u{fffd}"));
    assert!(!html.contains(misleading));
}

#[test]
fn an_added_period_stands_beside_the_one_that_stays() {
    let added = Proposal {
        after: Some(coverage("06139992", "56", "78", "2024-11-01")),
        ..proposal(Done::Applied {
            kind: kind::PERIOD_ADDED.into(),
            fields: Vec::new(),
        })
    };
    let html = shown(&[added], &[]);
    assert!(html.contains(ADDED.before) && html.contains(ADDED.after));
    assert!(!html.contains('◀'));
}

#[test]
fn what_waits_for_a_person_comes_first_and_says_what_to_do() {
    let left = Proposal {
        reason: Some(Reason::NewCardNeeded),
        ..proposal(Done::Left)
    };
    let html = shown(&[proposal(Done::Nothing), left], &[]);
    let todo = html.find(Reason::NewCardNeeded.message_ja()).unwrap();
    assert!(todo < html.find("変わったもの").unwrap());
    assert!(html.contains("1件。製品の内容と"));
}

#[test]
fn who_could_be_meant_stands_with_what_speaks_for_and_against_them() {
    use crate::matching::{Agreement, Doubt, KanaSign, NameSign, NumberSign, Sign, Spelling};
    let likely = Likely {
        key: "U0001".into(),
        name: "旧姓　花子".into(),
        agreement: Agreement {
            reference: Sign::Unknown,
            birth_date: Sign::Same,
            name: NameSign::GivenOnly,
            kana: KanaSign::GivenOnly,
            sex: Sign::Same,
            number: NumberSign::Household,
        },
        doubt: Some(Doubt::FamilyNameDiffers),
        spelling: Some(Spelling {
            name: Some("新姓　花子".into()),
            kana: Some("ｼﾝｾｲ ﾊﾅｺ".into()),
        }),
    };
    let left = Proposal {
        reason: Some(Reason::NotCertain),
        candidates: vec![likely],
        ..proposal(Done::Left)
    };
    let html = shown(&[left], &[]);
    for text in [
        Reason::NotCertain.message_ja(),
        Doubt::FamilyNameDiffers.message_ja(),
        "旧姓　花子（U0001）",
        "生年月日が同じ、フリガナは名だけ同じ、氏名は名だけ同じ、記号・番号が同じ（枝番は不明）",
        "reseplug match alias accept U0001 --name &quot;新姓　花子&quot; --kana &quot;ｼﾝｾｲ ﾊﾅｺ&quot; --by NAME",
    ] {
        assert!(html.contains(text), "{text}\n{html}");
    }
}

#[test]
fn a_hand_over_is_never_called_filed() {
    let sent = Sent {
        job: "j".into(),
        key: "k".into(),
        channel: Channel::Handover,
        payer: Payer::SocialInsuranceFund,
        claim_month: Month::parse("2024-11").unwrap(),
        trial: false,
        sequence: 1,
        hearsay: false,
        by: String::new(),
        filed: None,
        left_out: Vec::new(),
        confirmation: None,
        contradiction: None,
        gone: Vec::new(),
        receipts: 24,
        total: 1_108_190,
        sha256: "ab".into(),
        state: "handed-over".into(),
        reference: "r".into(),
        at: String::new(),
        files: Vec::new(),
        unasked: None,
        already_by: None,
    };
    let html = shown(&[], &[sent]);
    assert!(html.contains("引渡し済み（まだ請求していません）") && html.contains("1,108,190円"));
    assert!(!html.contains("請求済み"));
}

#[test]
fn a_field_is_called_by_its_name_where_the_specification_has_one() {
    use super::found::Found;
    let at = |record: Option<&str>, field: Option<&str>| {
        let finding = serde_json::json!({
            "code": "R-RE-17", "severity": "note", "basis": "", "grade": "official",
            "place": {
                "document": "RECEIPTH.UKE", "line": 781, "record": record, "field": field,
            },
            "receipt": 32, "byte": null, "message_ja": "", "message_en": "",
            "action_ja": "", "action_en": "", "extra": [],
        });
        let finding: reseplug_engine::contract::Finding =
            crate::words::findings::read(&finding).unwrap();
        let found = Found::of(&finding, Month::parse("2024-10").ok());
        (found.say_ja(), found.say_en())
    };
    for (told, ja, en) in [
        (
            at(Some("RE"), Some("12")),
            "RECEIPTH.UKE 781行目 RE 12項目「レセプト特記」",
            "RECEIPTH.UKE line 781 RE field 12 (レセプト特記)",
        ),
        (
            at(Some("RE"), None),
            "RECEIPTH.UKE 781行目 RE",
            "RECEIPTH.UKE line 781 RE",
        ),
        // No number of the record: as the list calls it.
        (
            at(None, Some("氏名")),
            "RECEIPTH.UKE 781行目 項目「氏名」",
            "RECEIPTH.UKE line 781 field 氏名",
        ),
    ] {
        assert_eq!(told, (ja.to_owned(), en.to_owned()));
    }
}
