//! Two JSON values side by side, line by line.

use serde_json::Value;

/// Above this many pairs of lines the middle is not compared but shown whole, twice.
const PAIRS: usize = 4_000_000;

/// Lines of both values pretty-printed: `  ` before what both have, `- ` before what only the
/// first has, `+ ` before what only the second has.
pub(super) fn diff(recorded: &Value, asked: &Value) -> Vec<String> {
    let text = |value: &Value| {
        let text = serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string());
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    lines(&text(recorded), &text(asked))
}

fn lines(mut old: &[String], mut new: &[String]) -> Vec<String> {
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    while let (Some((a, old_rest)), Some((b, new_rest))) = (old.split_first(), new.split_first())
        && a == b
    {
        head.push(format!("  {a}"));
        (old, new) = (old_rest, new_rest);
    }
    while let (Some((a, old_rest)), Some((b, new_rest))) = (old.split_last(), new.split_last())
        && a == b
    {
        tail.push(format!("  {a}"));
        (old, new) = (old_rest, new_rest);
    }
    if old.len().saturating_mul(new.len()) > PAIRS {
        head.extend(old.iter().map(|line| format!("- {line}")));
        head.extend(new.iter().map(|line| format!("+ {line}")));
    } else {
        middle(old, new, &mut head);
    }
    head.extend(tail.into_iter().rev());
    head
}

/// By the longest common subsequence. `lengths[i][j]` is its length for what follows line `i`
/// of the old and line `j` of the new text.
fn middle(old: &[String], new: &[String], out: &mut Vec<String>) {
    let mut lengths: Vec<Vec<u32>> = vec![vec![0; new.len().saturating_add(1)]];
    for a in old.iter().rev() {
        let below = lengths.last().cloned().unwrap_or_default();
        let mut row = vec![0_u32; below.len()];
        for (j, b) in new.iter().enumerate().rev() {
            let at = |row: &[u32], j: usize| row.get(j).copied().unwrap_or_default();
            let length = if a == b {
                at(&below, j.saturating_add(1)).saturating_add(1)
            } else {
                at(&below, j).max(at(&row, j.saturating_add(1)))
            };
            if let Some(cell) = row.get_mut(j) {
                *cell = length;
            }
        }
        lengths.push(row);
    }
    lengths.reverse();
    let length = |i: usize, j: usize| {
        lengths
            .get(i)
            .and_then(|row| row.get(j))
            .copied()
            .unwrap_or_default()
    };
    let (mut i, mut j) = (0_usize, 0_usize);
    loop {
        match (old.get(i), new.get(j)) {
            (Some(a), Some(b)) if a == b => {
                out.push(format!("  {a}"));
                (i, j) = (i.saturating_add(1), j.saturating_add(1));
            }
            (Some(a), None) => {
                out.push(format!("- {a}"));
                i = i.saturating_add(1);
            }
            (Some(a), Some(_))
                if length(i.saturating_add(1), j) >= length(i, j.saturating_add(1)) =>
            {
                out.push(format!("- {a}"));
                i = i.saturating_add(1);
            }
            (_, Some(b)) => {
                out.push(format!("+ {b}"));
                j = j.saturating_add(1);
            }
            (None, None) => break,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_differs_is_marked() {
        let recorded = json!({ "effect": "exchange-put", "prefix": "OQSsiquc01req", "to": [1, 2] });
        let asked = json!({ "effect": "exchange-put", "prefix": "OQSmuquc01req", "to": [1, 2, 3] });
        let lines = diff(&recorded, &asked);
        assert_eq!(
            lines,
            [
                "  {",
                "    \"effect\": \"exchange-put\",",
                "-   \"prefix\": \"OQSsiquc01req\",",
                "+   \"prefix\": \"OQSmuquc01req\",",
                "    \"to\": [",
                "      1,",
                "-     2",
                "+     2,",
                "+     3",
                "    ]",
                "  }",
            ]
        );
    }

    #[test]
    fn a_call_that_ended_where_it_once_asked_shows_everything_as_gone() {
        let lines = diff(&json!({ "a": 1 }), &Value::Null);
        assert_eq!(lines, ["- {", "-   \"a\": 1", "- }", "+ null"]);
    }
}
