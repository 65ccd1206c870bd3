//! Why an approved month does not leave.

use reseplug_claims::{Filing, FilingKey, Stage};
use reseplug_effect::Fault;
use reseplug_model::{Month, Payer};

pub(super) fn may(by: &str, named: &[String], code: &str, what: &str) -> Result<(), Fault> {
    // A space is a space, however wide.
    let same = |name: &String| name.split_whitespace().eq(by.split_whitespace());
    if named.is_empty() || named.iter().any(same) {
        return Ok(());
    }
    let names = named.join("、");
    Err(Fault::new(
        code,
        format!(
            "「{by}」さんは、この事業所の{what}をする方に入っていません（{names}）。設定の [claims] を確かめてください。"
        ),
        format!(
            "`{by}` is not among those who may do this ({names}); see [claims] of the station file"
        ),
    ))
}

pub(super) fn nothing_for(payer: Payer, month: Month) -> Fault {
    Fault::new(
        "claim/nothing-for-payer",
        format!(
            "承認された{month}請求分に、{}へ請求するファイルはありません。何も渡していません。`reseplug claim check` で確かめてください。",
            payer.name_ja()
        ),
        format!(
            "what was approved of {month} has no file for this payer; nothing left. See `reseplug claim check`"
        ),
    )
}

/// The very same content left another way, or may have.
pub(super) fn beside(same: &Filing) -> Fault {
    match same.stage() {
        Stage::Begun | Stage::InDoubt => unsettled(same),
        _ => left_before(same),
    }
}

pub(super) fn left_before(same: &Filing) -> Fault {
    let at = same.latest().map_or("", |told| told.at.as_str());
    Fault::new(
        "claim/left-before",
        format!(
            "まったく同じ内容を以前に渡しています（{}、{}、{}、{}）。二重請求を防ぐため止めました。取消し後に同じ内容を送り直すときなど、それでも送る場合は、理由を --again で書いてください。",
            same.channel.name_ja(),
            same.key.name_ja(),
            same.stage().name_ja(),
            crate::report::moment_ja(at)
        ),
        format!(
            "the very same content left before ({}, {}, {at}); stopped so that nothing is filed twice. If it is to be sent all the same, say why with --again",
            same.key.name_en(),
            same.stage().word()
        ),
    )
}

pub(super) fn other_content(other: &Filing) -> Fault {
    Fault::new(
        "claim/other-content",
        format!(
            "この月のこの提出先には、別の内容のファイルをすでに渡しています（{} 第{}回、{}）。取り消したなら `reseplug claim withdraw`（引渡しの場合は `reseplug claim report`）で記録してから、追加で送るなら理由を --again に書いて、もう一度行ってください。",
            other.channel.name_ja(),
            other.key.sequence,
            other.stage().name_ja()
        ),
        format!(
            "another content of this month left for this payer already (sending {}, {}); withdraw it first, or say with --again why a further file is sent",
            other.key.sequence,
            other.stage().word()
        ),
    )
}

pub(super) fn claimed_before(twice: &[String]) -> Fault {
    let list = crate::check::shortened(twice);
    Fault::new(
        "claim/claimed-before",
        format!(
            "すでに請求しているレセプトがあります: {list}。二重請求を防ぐため止めました。製品で外すか、それでも請求する理由を --again に書いてください。"
        ),
        format!(
            "some receipts stand as claimed already: {list}. Leave them out in the product, or say with --again why they are filed again"
        ),
    )
}

pub(super) fn on_paper(list: &[String]) -> Fault {
    let list = crate::check::shortened(list);
    Fault::new(
        "claim/on-paper",
        format!(
            "紙で戻ったレセプトが入っています: {list}。紙で再請求するものなら、製品で外すか保留にして承認し直してください。それでもこのファイルで請求するときは、理由を --again に書いてください。何も渡していません。"
        ),
        format!(
            "some receipts came back on paper: {list}. If they are filed again on paper, leave them out or hold them and approve again; to file them in this file all the same, say why with --again. Nothing left"
        ),
    )
}

pub(super) fn given_up(list: &[String]) -> Fault {
    let list = crate::check::shortened(list);
    Fault::new(
        "claim/given-up",
        format!(
            "請求しないと決めたレセプトが入っています: {list}。請求するなら、決めたことを reseplug claim drop --undo で取り消してください（番号は claim history に出ます）。請求しないなら、製品で外すか保留にして承認し直してください。何も渡していません。"
        ),
        format!(
            "some receipts were given up: {list}. Take that back (claim drop --undo; the ids stand in claim history), or leave them out or hold them and approve again. Nothing left"
        ),
    )
}

pub(super) fn receipts_unknown(unread: &[&Filing]) -> Fault {
    let named = |name: fn(&FilingKey) -> String| -> Vec<String> {
        unread.iter().map(|filing| name(&filing.key)).collect()
    };
    let ja = named(FilingKey::name_ja).join("、");
    let en = named(FilingKey::name_en).join(", ");
    Fault::new(
        "claim/receipts-unknown",
        format!(
            "前の月の送信に、どのレセプトが含まれていたか分からないものがあります: {ja}。今回のファイルには、そのとき請求済みかもしれないレセプトがあるため止めました。提出先の控えと比べ、重なっていなければ、確かめた方の理由を --again に書いてください。"
        ),
        format!(
            "nobody can tell which receipts these earlier sendings held: {en}. This file has receipts that may have been filed by them. Compare with the payer's own list, and if none is there, say so with --again"
        ),
    )
}

pub(super) fn unsettled(same: &Filing) -> Fault {
    Fault {
        retry: reseplug_effect::RetryAdvice::AskFirst,
        ..Fault::new(
            "claim/in-doubt",
            format!(
                "まったく同じ内容を{}で渡そうとして、届いたかどうかが分かっていません。先に `reseplug claim status` で確かめてください。確かめられないまま別の方法で渡す場合は、提出先で見て確かめたことを理由として --again に書いてください。",
                same.channel.name_ja()
            ),
            format!(
                "the very same content was being sent the other way ({}), and nobody knows whether it arrived. Find out first with `reseplug claim status`; if that is impossible, say with --again how you made sure",
                same.channel.word()
            ),
        )
    }
}

/// A sending that was cut off before it claimed its key, and another command took its place.
pub(super) fn cut_off(job: &str) -> Fault {
    Fault::new(
        "job/superseded",
        format!(
            "処理 {job} は何も渡さないうちに途中で止まり、その後に同じ月の送信をあらためて行いました。こちらは終わりました。"
        ),
        format!(
            "job {job} was cut off before anything left, and the month was sent by another command since; this one is over"
        ),
    )
}
