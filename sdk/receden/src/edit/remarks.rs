use super::Refusal;
use super::coverage::{Edited, Editor};
use crate::receipt::Receipt;

/// レセプト特記 that follow the person's income (区ア … 区オ, 区カ, 区キ): of these a receipt has one at most.
pub(crate) const INCOME: [&str; 7] = ["26", "27", "28", "29", "30", "41", "42"];

/// Most codes RE field 12 holds.
const MOST: usize = 5;

/// The income code (適用区分) among the 特記 of a receipt, written one behind the other as RE field 12
/// has them.
#[must_use]
pub fn income_remark(codes: &str) -> Option<&'static str> {
    codes
        .as_bytes()
        .chunks(2)
        .find_map(|code| INCOME.into_iter().find(|known| known.as_bytes() == code))
}

/// Puts another income code (適用区分 as 特記) on a receipt, or none. All other 特記 (02 長, 10 第三, 16 長２, 21 高半,
/// 96 災１ …) stay, in their order: they do not follow from an eligibility answer.
///
/// # Errors
/// [`Refusal::Remark`] for a code that is none of income, or when five others stand there already.
pub fn replace_income_remark(
    receipt: &Receipt<'_>,
    income: Option<&str>,
) -> Result<Edited, Refusal> {
    if let Some(code) = income.filter(|code| !INCOME.contains(code)) {
        return Err(Refusal::Remark {
            code: code.to_owned(),
        });
    }
    let mut codes: Vec<&str> = receipt.remarks()?.collect();
    let stood = codes.iter().position(|code| INCOME.contains(code));
    codes.retain(|code| !INCOME.contains(code));
    if let Some(code) = income {
        if codes.len() >= MOST {
            return Err(Refusal::Remark {
                code: code.to_owned(),
            });
        }
        // Where the earlier one stood, else behind all others.
        codes.insert(stood.unwrap_or(codes.len()).min(codes.len()), code);
    }
    let mut editor = Editor::of(receipt);
    editor.set("RE", 12, &codes.concat())?;
    Ok(editor.finish())
}
