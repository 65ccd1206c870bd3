//! `reseplug sandbox people`: what happens to whom in the population.

use super::not_started;
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs::claim::month;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use reseplug_effect::Fault;
use reseplug_model::{Date, Month, Period};
use reseplug_sandbox::population::{Insured, Member, Population, PopulationOptions, Story};
use reseplug_sandbox::station::{Coverage, Welfare};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Which population.
#[derive(Debug, clap::Args)]
pub(crate) struct Grown {
    /// 架空の加入者の人数。ステーション minori がその一部を訪問する / so many insured people; the station minori visits some of them
    #[arg(long, value_name = "N")]
    pub(super) population: Option<usize>,
    /// 人々と不具合を決める種 / the seed that decides about people and faults
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// minori の利用者の人数（既定は 100 人まで）/ users of minori, 100 unless told otherwise
    #[arg(long, value_name = "N", requires = "population")]
    pub(super) users: Option<usize>,
    /// 変化の起きる月（指定訪問看護年月）/ the month in which things happen
    #[arg(long, value_name = "YYYY-MM", requires = "population", value_parser = month)]
    pub(super) month: Option<Month>,
}

/// The month in which the shipped stations play, too.
const MONTH: (i16, i8) = (2024, 10);
const USERS: usize = 100;

impl Grown {
    /// What the arguments say; nothing without a number of people.
    fn asked(&self) -> Option<PopulationOptions> {
        let people = self.population?;
        Some(PopulationOptions {
            people,
            seed: self.seed,
            month: self.month.or(Month::new(MONTH.0, MONTH.1))?,
            users: self.users.unwrap_or_else(|| USERS.min(people)),
        })
    }

    /// What the arguments or the folder say.
    ///
    /// # Errors
    /// `sandbox/population` if they say different things: the product's documents in the folder are
    /// of the people it was begun with.
    pub(super) fn of_folder(&self, folder: &Path) -> Result<Option<PopulationOptions>, Fault> {
        let (asked, begun) = (
            self.asked(),
            PopulationOptions::recall(folder).map_err(not_started)?,
        );
        match (asked, begun) {
            (Some(asked), Some(begun)) if asked != begun => Err(Fault::new(
                "sandbox/population",
                format!(
                    "このフォルダーの模擬環境は別の人々（{}人、種 {}、{}、利用者 {}人）で始まっています。同じ指定にするか、--folder で別の場所を指定してください。",
                    begun.people, begun.seed, begun.month, begun.users
                ),
                format!(
                    "the sandbox in this folder was begun with other people ({}, seed {}, {}, {} users); say the same or name another folder with --folder",
                    begun.people, begun.seed, begun.month, begun.users
                ),
            )),
            (asked, begun) => Ok(asked.or(begun)),
        }
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct People {
    /// 模擬環境のフォルダー。人々はここに書かれた指定から生まれる / the sandbox's folder, which says which people
    #[arg(long, default_value = "sandbox")]
    folder: PathBuf,
    #[command(flatten)]
    grown: Grown,
    /// この出来事の人だけ / only people of this story
    #[arg(long, value_name = "NAME", value_parser = story(), hide_possible_values = true)]
    story: Option<Story>,
    /// minori の利用者でない人も / people whom minori does not visit, too
    #[arg(long)]
    everybody: bool,
    /// 何も起きない人も / people to whom nothing happens, too
    #[arg(long)]
    quiet: bool,
}

fn story() -> impl TypedValueParser<Value = Story> {
    PossibleValuesParser::new(Story::ALL.iter().map(|one| one.name()))
        .try_map(|name| name.parse::<Story>())
}

pub(super) fn run(people: &People, output: &Output) -> Result<Exit, Fault> {
    let options = match people.grown.asked() {
        Some(asked) => asked,
        None => PopulationOptions::recall(&people.folder)
            .map_err(not_started)?
            .ok_or_else(nobody)?,
    };
    let population = Population::grow(options).map_err(not_started)?;
    let told: Vec<(usize, &Member)> = population
        .people
        .iter()
        .enumerate()
        .filter(|(nth, member)| {
            let story = member.happening.map(|one| one.story);
            let wanted = people.story.is_none() || story == people.story;
            (people.everybody || *nth < options.users)
                && (people.quiet || story.is_some())
                && wanted
        })
        .collect();
    let user = |nth: usize| (nth < options.users).then(|| format!("A{:04}", nth.saturating_add(1)));
    let listed: Vec<Value> = told
        .iter()
        .map(|(nth, member)| one(member, user(*nth)))
        .collect();
    output.show(
        &json!({ "options": options, "station": Population::STATION, "people": listed }),
        |lines| {
            let rows = told
                .iter()
                .map(|(nth, member)| {
                    let happening = member.happening;
                    let story = happening.map(|one| one.story);
                    vec![
                        user(*nth).unwrap_or_else(|| member.insured.key.clone()),
                        name(&member.before),
                        member.insured.born.to_string(),
                        happening
                            .and_then(|one| one.day)
                            .map(|day| day.to_string())
                            .unwrap_or_default(),
                        story.map(|one| one.name()).unwrap_or_default().to_owned(),
                        story
                            .map(|one| output.say(one.ja(), one.en()))
                            .unwrap_or_default()
                            .to_owned(),
                    ]
                })
                .collect();
            lines.push(output.table(
                &[
                    ("番号", "key"),
                    ("氏名", "name"),
                    ("生年月日", "born"),
                    ("いつから", "from"),
                    ("出来事", "story"),
                    ("何が起きたか", "what happened"),
                ],
                rows,
            ));
        },
    );
    Ok(Exit::Done)
}

fn nobody() -> Fault {
    Fault::new(
        "sandbox/nobody",
        "この模擬環境には加入者がいません。--population で人数を指定してください（例: --population 5000 --users 300）。",
        "this sandbox has no population; say how many people with --population (for instance --population 5000 --users 300)",
    )
}

fn name(insured: &Insured) -> String {
    insured
        .names
        .last()
        .map(|named| named.name.clone())
        .unwrap_or_default()
}

fn one(member: &Member, user: Option<String>) -> Value {
    let (insured, before) = (&member.insured, &member.before);
    let story = member.happening.map(|one| one.story);
    json!({
        "key": insured.key, "user": user, "born": insured.born,
        "name": name(before), "central_names": insured.names.iter().map(|named| json!({
            "from": named.from, "name": named.name, "kana": named.kana,
        })).collect::<Vec<_>>(),
        "sex": insured.sex.code(),
        "story": story, "day": member.happening.and_then(|one| one.day),
        "ja": story.map(Story::ja), "en": story.map(Story::en),
        "before": coverages(before), "coverages": coverages(insured),
        "welfare": insured.welfare.iter().map(welfare).collect::<Vec<_>>(),
    })
}

fn coverages(insured: &Insured) -> Vec<Value> {
    insured.coverages.iter().map(coverage).collect()
}

fn ends(period: Period) -> (Option<Date>, Option<Date>) {
    (period.from, period.to)
}

fn coverage(one: &Coverage) -> Value {
    let (from, to) = ends(one.period);
    json!({
        "insurer": one.insurer, "insurer_name": one.insurer_name, "symbol": one.symbol,
        "number": one.number, "branch": one.branch,
        "relation": one.relationship.map(|relation| relation.code()),
        "burden": one.burden, "from": from, "to": to, "loss": one.loss, "elderly": one.elderly,
        "limit": one.limit, "card_class": one.card_class, "registered": one.registered,
    })
}

fn welfare(one: &Welfare) -> Value {
    let (from, to) = ends(one.period);
    json!({
        "payer": one.payer, "recipient": one.recipient, "office": one.office,
        "from": from, "to": to,
        "tickets": one.tickets.iter().map(|ticket| json!({
            "month": ticket.month, "issue": ticket.issue,
        })).collect::<Vec<_>>(),
    })
}
