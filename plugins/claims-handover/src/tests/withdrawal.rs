//! Giving up a sending: a notice beside the file, and nothing more.

use super::*;

const NOTICE: &str = "2024-11/1-支払基金/送らないでください（取りやめ）.txt";

#[test]
fn giving_up_places_a_notice_beside_the_file_and_can_be_repeated() {
    let once = |reference: &str, path: &str| {
        let host = Host::scripted(
            Script::new()
                .clock(NOW)
                .expect_place(
                    "handover",
                    path,
                    Pattern::containing(["送信しないでください", "請求取消", reference]),
                )
                .answers("C:/handover/notice.txt"),
        );
        ClaimsHandover::withdraw(&ctx(), &host, reference).unwrap()
    };
    let first = once("2024-11/1-支払基金", NOTICE);
    assert_eq!(first.state, State::Withdrawn);
    assert_eq!(first.confirmation, None);
    assert_eq!(
        first.extra,
        [("withdrawn".to_owned(), "notice-placed".to_owned())]
    );
    assert_eq!(once("2024-11/1-支払基金", NOTICE), first);
    assert_eq!(
        files::withdrawal("2024-11/1-支払基金"),
        files::withdrawal("2024-11/1-支払基金"),
        "the same bytes are the same file"
    );
    once(
        "2024-11/確認試験-請求ではありません/2-国保連-3回目",
        "2024-11/確認試験-請求ではありません/2-国保連-3回目/送らないでください（取りやめ）.txt",
    );
}

#[test]
fn every_sending_can_be_given_up_by_its_reference() {
    for payer in [Payer::SocialInsuranceFund, Payer::NationalHealthFederation] {
        for kind in [FilingKind::Claim, FilingKind::Trial] {
            for sequence in [1, 2, 12] {
                let filing = Filing {
                    payer,
                    kind,
                    sequence,
                    ..filing()
                };
                let reference = files::folder(&filing);
                assert!(files::withdrawal(&reference).is_ok(), "{reference}");
            }
        }
    }
}

#[test]
fn what_is_no_sending_is_not_given_up() {
    for reference in [
        "",
        "2024-11",
        "2024-13/1-支払基金",
        "../2024-11/1-支払基金",
        "2024-11/1-支払基金/..",
        "2024-11/1-支払基金-1回目",
        "2024-11/1-国保連",
        "2024-11/x/1-支払基金",
    ] {
        let host = Host::scripted(Script::new());
        let fault = ClaimsHandover::withdraw(&ctx(), &host, reference).unwrap_err();
        assert_eq!(fault.code, "claims/unknown-reference", "{reference}");
    }
}
