//! Paper and media: shown with their days and grades, never promised.

use reseplug_calendar::Grade;
use reseplug_calendar::fallback::{
    Medium, Notice, Notification, all, notified_on_paper, on, sheet_ja,
};
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

/// The lines of one rule on a sheet.
fn block<'t>(sheet: &'t str, title: &str) -> &'t str {
    let mut blocks = sheet.split("\n■ ");
    let own = blocks.find(|block| block.starts_with(title));
    own.unwrap()
}

#[test]
fn the_sheet_says_as_of_which_day_it_is_and_of_each_rule_since_when_on_what_and_how_notified() {
    let sheet = sheet_ja(Date::parse("2026-11-29").unwrap());
    let head = sheet.lines().next().unwrap();
    assert!(head.contains("令和8年11月29日現在"), "{head}");
    assert!(sheet.contains("約束するものではありません"));
    let rules = on(Date::parse("2026-11-29").unwrap());
    for line in ["適用: ", "媒体: ", "届出: ", "期限: ", "出典: "] {
        assert_eq!(sheet.matches(line).count(), rules.len(), "{line}\n{sheet}");
    }
    let official = block(&sheet, "電気通信回線設備の障害");
    for line in [
        "適用: 令和6年12月2日から\n",
        "媒体: 紙\n",
        "届出: 紙の猶予届出書を、請求に添えて支払基金と国保連の両方に提出\n",
    ] {
        assert!(official.contains(line), "{line}\n{official}");
    }
    let portal = block(&sheet, "改築工事中");
    assert!(portal.contains("届出: 医療機関等向け総合ポータルサイトで届出\n"));
    let ended = sheet_ja(Date::parse("2025-06-30").unwrap());
    let ended = block(&ended, "システム整備中");
    assert!(ended.contains("適用: 令和6年12月2日から令和7年6月30日まで\n"));
}

#[test]
fn what_is_unconfirmed_is_so_in_every_line_of_the_sheet() {
    let sheet = sheet_ja(Date::parse("2026-11-29").unwrap());
    let now = block(&sheet, "いま起きた回線障害");
    for line in now.lines().filter(|line| {
        ["適用", "媒体", "届出", "期限", "出典"]
            .iter()
            .any(|name| line.starts_with(name))
    }) {
        assert!(line.contains("未確認"), "{line}");
    }
    assert!(now.contains("媒体: 紙／光ディスク等（未確認）"), "{now}");
}

#[test]
fn a_notice_names_the_cases_that_it_is_for() {
    let day = Date::parse("2026-11-29").unwrap();
    let notice = Notice {
        cases: notified_on_paper(day),
        ..Notice::default()
    };
    let page = notice.html();
    for text in [notice.text(), page.clone()] {
        for case in [
            "□ 電気通信回線設備の障害（経過措置①）",
            "□ いま起きた回線障害（未確認）",
        ] {
            assert_eq!(text.matches(case).count(), 2, "once for each payer: {case}");
        }
        assert!(!text.contains("改築工事中"), "notified on the portal");
    }
    assert_eq!(page.matches("</dl>").count(), page.matches("<dl>").count());
    // Before online claims were obligatory there was nothing to be exempted from.
    assert!(notified_on_paper(Date::parse("2024-11-30").unwrap()).is_empty());
}
