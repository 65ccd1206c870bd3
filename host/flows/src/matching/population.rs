//! Families that no case was written for: thousands of random people, their answers against the
//! file, and not one match to somebody else.

use super::*;
use proptest::prelude::*;
use reseplug_model::fold;

/// 姓: characters, another form of them, reading.
const FAMILIES: [(&str, &str, &str); 8] = [
    ("高橋", "髙橋", "タカハシ"),
    ("渡辺", "渡邉", "ワタナベ"),
    ("斉藤", "齊藤", "サイトウ"),
    ("斎藤", "齋藤", "サイトウ"),
    ("中島", "中嶋", "ナカジマ"),
    ("大野", "大埜", "オオノ"),
    ("小野", "小埜", "オノ"),
    ("富永", "冨永", "トミナガ"),
];

/// 名: women first, then men. Readings and characters are shared on purpose.
const GIVEN: [(&str, &str, &str); 18] = [
    ("和子", "龢子", "カズコ"),
    ("良子", "良子", "ヨシコ"),
    ("美子", "美子", "ヨシコ"),
    ("恵子", "惠子", "ケイコ"),
    ("由紀", "由紀", "ユキ"),
    ("優希", "優希", "ユウキ"),
    ("裕子", "裕子", "ヒロコ"),
    ("裕子", "裕子", "ユウコ"),
    ("はな", "はな", "ハナ"),
    ("花", "花", "ハナ"),
    ("一郎", "一郞", "イチロウ"),
    ("一朗", "一朗", "イチロウ"),
    ("亮", "亮", "リョウ"),
    ("璃陽", "璃陽", "リヨウ"),
    ("武", "武", "タケシ"),
    ("克巳", "克巳", "カツミ"),
    ("克己", "克己", "カツキ"),
    ("國男", "国男", "クニオ"),
];
const WOMEN: usize = 10;

const BORN: [&str; 3] = ["1944-02-03", "1944-02-04", "1950-01-01"];

/// 保険者番号, 記号, 番号 of a household. Two have the same digits under other insurers.
const HOUSEHOLDS: [(&str, &str, &str); 3] = [
    ("01990011", "12", "34"),
    ("139998", "12", "34"),
    ("06139992", "5", "678"),
];

/// Somebody who exists, with what is written about them on file and in the answer.
#[derive(Debug, Clone)]
struct Somebody {
    given: usize,
    born: usize,
    household: usize,
    /// 姓 on file.
    family: usize,
    /// 姓 since a marriage; the answer's.
    married: Option<usize>,
    /// Every record has characters and kana: namesakes can be told apart.
    plain: bool,
    on_file: bool,
    file: Identity,
    answer: Identity,
}

impl Somebody {
    /// `dice`: a byte for each thing that may be one way or another. `at`: which person of the
    /// population. `before`: the one before, whose twin or sibling this one may be.
    fn thrown(dice: [u8; 20], at: usize, before: Option<&Self>) -> Self {
        let pick = |die: usize, of: usize| usize::from(dice[die]) % of;
        let twin = before.filter(|_| pick(0, 3) > 0);
        let woman = match twin {
            Some(other) => (other.given < WOMEN) ^ (pick(1, 5) == 0),
            None => pick(1, 2) == 0,
        };
        let given = if woman {
            pick(2, WOMEN)
        } else {
            WOMEN + pick(2, GIVEN.len() - WOMEN)
        };
        let family = twin.map_or(pick(3, FAMILIES.len()), |t| t.family);
        let born = match twin {
            Some(other) if pick(4, 4) > 0 => other.born,
            _ => pick(4, BORN.len()),
        };
        let household = twin.map_or(pick(5, HOUSEHOLDS.len()), |t| t.household);
        let married = (pick(6, 6) == 0).then(|| pick(7, FAMILIES.len()));
        let plain = pick(8, 2) == 0;
        let sex = if woman { Sex::Female } else { Sex::Male };
        let reference = format!("U{at:04}");
        let branch = format!("{:02}", at + 1);
        let (insurer, symbol, number) = HOUSEHOLDS[household];
        let card = |insurer: &str, branch: &str| CardNumber {
            insurer: insurer.into(),
            symbol: symbol.into(),
            number: number.into(),
            branch: branch.into(),
        };
        let name = |family: usize, form: usize, blank: &str| {
            let (family, given) = (FAMILIES[family], GIVEN[given]);
            if form == 0 {
                format!("{}{blank}{}", family.0, given.0)
            } else {
                format!("{}{blank}{}", family.1, given.1)
            }
        };
        let kana = |family: usize| format!("{}　{}", FAMILIES[family].2, GIVEN[given].2);
        let told = married.unwrap_or(family);

        let mut file = Identity {
            reference_number: (pick(9, 3) == 0).then(|| reference.clone()),
            name: name(family, pick(10, 2), ["　", " ", ""][pick(11, 3)]),
            kana: Some(kana(family)),
            also: Vec::new(),
            birth_date: Date::parse(BORN[born]).unwrap(),
            sex: if pick(12, 4) == 0 {
                Sex::Unset
            } else {
                sex.clone()
            },
            numbers: match pick(13, 5) {
                0 => Vec::new(),
                1 => vec![card("", "")],
                2 | 3 => vec![card(insurer, "")],
                _ => vec![card(insurer, &branch)],
            },
        };
        let mut answer = Identity {
            reference_number: (pick(14, 2) == 0).then_some(reference),
            name: name(told, pick(15, 2), "　"),
            kana: Some(half_width(&kana(told))),
            also: Vec::new(),
            birth_date: file.birth_date,
            sex: if pick(16, 6) == 0 { Sex::Unset } else { sex },
            numbers: match pick(17, 4) {
                // Another insurer: a number that nobody else has.
                0 => vec![CardNumber {
                    insurer: "32139990".into(),
                    symbol: "99".into(),
                    number: format!("5{at:03}"),
                    branch: "01".into(),
                }],
                1 => vec![card(insurer, "")],
                _ => vec![card(insurer, &branch)],
            },
        };
        if !plain {
            match pick(18, 4) {
                0 => file.kana = None,
                // A product that holds the name in kana alone.
                1 => file.name = kana(family),
                2 => file.kana = file.kana.map(|k| k.replace('ョ', "ヨ")),
                _ => {}
            }
        }
        match pick(19, 6) {
            0 => answer.name = without_glyph(&answer.name, 0),
            1 => answer.name = without_glyph(&answer.name, 3),
            2 => file.name = without_glyph(&file.name, 0),
            _ => {}
        }
        Self {
            given,
            born,
            household,
            family,
            married,
            plain,
            on_file: pick(18, 5) > 0,
            file,
            answer,
        }
    }

    fn families(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.family).chain(self.married)
    }

    /// Whether somebody who knew only what is written could take the two for one. Those born on one
    /// day with one reading are told apart by their characters, those with the same characters by
    /// the reading: where every record says both, and they are of two households.
    fn is_namesake(&self, other: &Self) -> bool {
        let same = |key: fn(&str) -> String, of: fn(usize, usize) -> String| {
            self.families().any(|family| {
                other
                    .families()
                    .any(|theirs| key(&of(family, self.given)) == key(&of(theirs, other.given)))
            })
        };
        let characters = |f: usize, g: usize| format!("{}{}", FAMILIES[f].0, GIVEN[g].0);
        let read = same(fold::kana, |f, g| {
            format!("{}{}", FAMILIES[f].2, GIVEN[g].2)
        });
        let written = same(fold::name_variants, characters);
        let confused = same(fold::name_mixed, characters);
        let in_kana = [self, other].iter().any(|one| GIVEN[one.given].0 == "はな");
        let plain = self.plain && other.plain;
        let apart = plain && self.household != other.household;
        self.born == other.born
            && match (read, written) {
                (true, _) => confused || in_kana || !apart,
                (false, true) => !apart,
                (false, false) => confused && !plain,
            }
    }

    /// Whether the two records say enough for somebody to think of this person.
    fn permits(&self) -> bool {
        let kana = self.file.kana.is_some() || self.file.name.contains(FAMILIES[self.family].2);
        let shown = |name: &str| !name.contains('●');
        kana || (shown(&self.file.name) && shown(&self.answer.name))
    }
}

fn half_width(kana: &str) -> String {
    // Small kana are large, as central systems send them.
    const FULL: &str = "アイウエオカキクケコサシスタチツトナニノハヒミムモヤユヨョラリロワ";
    const HALF: &str = "ｱｲｳｴｵｶｷｸｹｺｻｼｽﾀﾁﾂﾄﾅﾆﾉﾊﾋﾐﾑﾓﾔﾕﾖﾖﾗﾘﾛﾜ";
    let voiced = |c: char| match c {
        'ガ' => Some('ｶ'),
        'ザ' => Some('ｻ'),
        'ジ' => Some('ｼ'),
        'ズ' => Some('ｽ'),
        'ベ' => Some('ﾍ'),
        _ => None,
    };
    kana.chars()
        .map(|c| match voiced(c) {
            Some(plain) => format!("{plain}ﾞ"),
            None => FULL
                .chars()
                .zip(HALF.chars())
                .find(|(full, _)| *full == c)
                .map_or(c, |(_, half)| half)
                .to_string(),
        })
        .collect()
}

/// The name as a system shows it that lacks a character of it.
fn without_glyph(name: &str, at: usize) -> String {
    name.chars()
        .enumerate()
        .map(|(n, c)| {
            if n == at && !c.is_whitespace() {
                '●'
            } else {
                c
            }
        })
        .collect()
}

/// People who can be told apart by what is written; 照会番号 of some two are mixed up.
fn population() -> impl Strategy<Value = Vec<Somebody>> {
    (
        prop::collection::vec(any::<[u8; 20]>(), 2..9),
        any::<[u8; 2]>(),
    )
        .prop_map(|(dice, mixed_up)| {
            let mut people: Vec<Somebody> = Vec::new();
            for (at, dice) in dice.into_iter().enumerate() {
                let one = Somebody::thrown(dice, at, people.last());
                if !people.iter().any(|other| other.is_namesake(&one)) {
                    people.push(one);
                }
            }
            let [whether, at] = mixed_up.map(usize::from);
            let at = at % people.len();
            if let (0, Some(before)) = (whether % 4, at.checked_sub(1)) {
                let (head, tail) = people.split_at_mut(at);
                let (one, other) = (&mut head[before], &mut tail[0]);
                // Of two whose given names read or look alike the number alone says which.
                let alike = |key: fn(&str) -> String, of: fn(usize) -> &'static str| {
                    key(of(one.given)) == key(of(other.given))
                };
                if !alike(fold::kana, |g| GIVEN[g].2) && !alike(fold::name_mixed, |g| GIVEN[g].0) {
                    std::mem::swap(
                        &mut one.answer.reference_number,
                        &mut other.answer.reference_number,
                    );
                }
            }
            people
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Twins, siblings on one card without 枝番, namesakes of another birth date, other forms of
    /// characters, kana in whatever dress, ●, new numbers, married names, 照会番号 of two people
    /// mixed up: a match is that person, and who is on file is thought of.
    #[test]
    fn nobody_is_ever_taken_for_somebody_else(people in population()) {
        let on_file: Vec<&Somebody> = people.iter().filter(|p| p.on_file).collect();
        let known = Known::new(on_file.iter().map(|p| &p.file));
        for one in &people {
            let own = on_file.iter().position(|p| std::ptr::eq(*p, one));
            let found = known.find(&one.answer);
            match &found {
                Match::One(candidate) => prop_assert_eq!(
                    Some(candidate.at),
                    own,
                    "{:?}\nwas taken for\n{:?}\n{:?}",
                    one,
                    on_file[candidate.at],
                    candidate
                ),
                Match::Nobody => prop_assert!(
                    own.is_none() || !one.permits(),
                    "{:?}\nwas not found",
                    one
                ),
                Match::Unsure(candidates) => prop_assert!(
                    own.is_none() || !one.permits()
                        || candidates.iter().any(|c| Some(c.at) == own),
                    "{:?}\nis not among\n{:?}",
                    one,
                    candidates
                ),
            }
        }
    }
}
