//! Paper and media: shown with their days and grades, never promised.

use reseplug_calendar::Grade;
use reseplug_calendar::fallback::{Medium, Notice, Notification, all, on};
use reseplug_model::Date;

fn ids(day: &str) -> Vec<&'static str> {
    on(Date::parse(day).unwrap())
        .iter()
        .map(|rule| rule.id.as_str())
        .collect()
}

#[test]
fn exemptions_end_with_their_last_day() {
    assert!(ids("2024-12-01").contains(&"before-obligation"));
    assert!(!ids("2024-12-02").contains(&"before-obligation"));
    for id in ["system-work", "closing-down"] {
        assert!(ids("2025-06-30").contains(&id), "{id}");
        assert!(!ids("2025-07-01").contains(&id), "{id}");
    }
    assert_eq!(
        ids("2026-12-10"),
        [
            "line-failure-exemption",
            "line-failure-now",
            "no-optical-line",
            "rebuilding",
            "other-difficulty",
            "returns-on-paper"
        ]
    );
}

#[test]
fn nothing_is_promised_and_what_is_unconfirmed_says_so() {
    for rule in all() {
        assert!(!rule.promised);
        for text in [
            &rule.title_ja,
            &rule.title_en,
            &rule.text_ja,
            &rule.text_en,
            &rule.until_ja,
            &rule.until_en,
            &rule.source,
        ] {
            assert!(!text.is_empty(), "{}", rule.id);
        }
        // No official word about media was found for 訪問看護.
        if rule.media.contains(&Medium::Disk) {
            assert_eq!(rule.grade, Grade::Unconfirmed, "{}", rule.id);
            assert!(
                rule.text_ja.contains("確認できていません"),
                "{}",
                rule.text_ja
            );
        }
    }
}

#[test]
fn a_failed_line_is_notified_to_both_payers_with_the_claim() {
    let line = all()
        .iter()
        .find(|rule| rule.number.as_deref() == Some("①"))
        .unwrap();
    assert_eq!(line.notice, Notification::PaperToBoth);
    assert!(
        line.text_ja.contains("支払基金と国保連の両方"),
        "{}",
        line.text_ja
    );
    let notice = Notice {
        station_name: Some("見本<訪問看護>".to_owned()),
        claim_month: Some(crate::month("2026-12")),
        since: Some(Date::parse("2026-12-09").unwrap()),
        ..Notice::default()
    };
    let (text, page) = (notice.text(), notice.html());
    for said in [
        "社会保険診療報酬支払基金",
        "国民健康保険団体連合会",
        "令和8年12月9日",
        "令和8年12月請求分",
        "公式の様式ではありません",
        "管理者",
    ] {
        assert!(text.contains(said) && page.contains(said), "{said}");
    }
    assert_eq!(page.matches("<section>").count(), 2);
    assert!(page.contains("見本&lt;訪問看護&gt;") && !page.contains("見本<"));
    // What is not known is left to write by hand.
    assert!(text.contains("管理者：＿＿"), "{text}");
}
