//! A plugin that misbehaves on demand: its settings say how. One component serves all tests
//! of the engine, because compiling one takes longer than running them.

use reseplug_sdk::adapter::{Applied, RegisterOperation};
use reseplug_sdk::eligibility::{Query, Verification};
use reseplug_sdk::home_visit::{MedicalEntry, MedicalInformation, MedicalQuery};
use reseplug_sdk::{
    Adapter, Checker, Context, Document, DocumentKind, Eligibility, Fault, Finding, Grade,
    HomeVisit, Host, Person, Place, Plugin, RegisterEntry, Severity, Sex, schemars, serde,
};
use std::hint::black_box;

/// How to behave.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What to do instead of the work.
    pub misbehave: Misbehaviour,
    /// Effects to ask for, or bytes to return.
    pub amount: u32,
    /// Text of the first request, to make a call differ from its history.
    pub word: String,
}

/// Ways to misbehave.
#[derive(Debug, Default, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Misbehaviour {
    /// Do the work.
    #[default]
    No,
    /// Never return.
    Loop,
    /// Execute `unreachable`.
    Trap,
    /// Panic with a message.
    Panic,
    /// Allocate without end.
    Allocate,
    /// Recurse without end.
    Recurse,
    /// Ask for an effect where there may be none.
    Effect,
    /// Answer something that the types allow and the contract does not.
    Nonsense,
    /// Answer more than is allowed.
    Flood,
    /// Log without end, then return.
    Log,
    /// Answer with a fault.
    Fault,
}

/// The plugin.
#[derive(Debug)]
pub struct TestGuest;

impl Plugin for TestGuest {
    type Settings = Settings;
    const SUMMARY_JA: &'static str = "求めに応じて誤動作します。";
    const SUMMARY_EN: &'static str = "Misbehaves on demand.";

    fn unsupported() -> &'static [&'static str] {
        &[
            "adapter.read-month",
            "adapter.apply-month",
            "adapter.claim",
            "adapter.accept",
            "eligibility.verify-many",
            "eligibility.collect-consents",
            "eligibility.register-references",
            "home-visit.collect-tickets",
            "home-visit.revoke-consent",
            "home-visit.get-visit-page",
        ]
    }
}

fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    if depth == u64::MAX {
        return 0;
    }
    recurse(black_box(depth + 1)).wrapping_add(frame.iter().copied().fold(0, u64::wrapping_add))
}

fn misbehave(ctx: &Context<Settings>) -> Result<(), Fault> {
    match ctx.settings.misbehave {
        Misbehaviour::No | Misbehaviour::Nonsense | Misbehaviour::Flood => {}
        Misbehaviour::Loop => loop {
            black_box(());
        },
        Misbehaviour::Trap => std::process::abort(),
        Misbehaviour::Panic => {
            let nobody: Option<&str> = black_box(None);
            #[allow(clippy::expect_used, reason = "panicking is the point")]
            nobody.expect("nobody is there");
        }
        Misbehaviour::Allocate => {
            let mut hoard = Vec::new();
            loop {
                hoard.push(black_box(vec![1_u8; 1 << 20]));
            }
        }
        Misbehaviour::Recurse => {
            black_box(recurse(black_box(0)));
        }
        Misbehaviour::Effect => {
            reseplug_sdk::bindings::base::reseplug::plugin::timer::now();
        }
        Misbehaviour::Log => {
            for line in 0..ctx.settings.amount {
                ctx.log()
                    .info(&format!("line {line}\u{1b}[2J\nforged"), &[]);
            }
        }
        Misbehaviour::Fault => {
            return Err(Fault::new("test/refused", "お断りします", "refused")
                .at(Place::document("a.csv").line(3)));
        }
    }
    Ok(())
}

impl Adapter for TestGuest {
    fn read_register(
        ctx: &Context<Settings>,
        documents: &[Document],
    ) -> Result<Vec<RegisterEntry>, Fault> {
        misbehave(ctx)?;
        Ok(documents
            .iter()
            .map(|document| RegisterEntry {
                person: Person {
                    key: document.name.clone(),
                    reference_number: None,
                    name: String::from_utf8_lossy(&document.bytes).into_owned(),
                    kana: None,
                    other_name: None,
                    sex: Sex::Unset,
                    birth_date: "1940-01-01".to_owned(),
                    extra: Vec::new(),
                },
                coverages: Vec::new(),
                public_expenses: Vec::new(),
                incomes: Vec::new(),
                place: None,
            })
            .collect())
    }

    fn apply_register(
        ctx: &Context<Settings>,
        documents: &[Document],
        _: &[RegisterOperation],
    ) -> Result<Applied, Fault> {
        let mut documents = documents.to_vec();
        if ctx.settings.misbehave == Misbehaviour::Flood {
            documents.push(Document {
                name: "flood".to_owned(),
                kind: DocumentKind::Other,
                bytes: vec![0; ctx.settings.amount as usize],
            });
        }
        // With operations this is nonsense: it says of none what became of it.
        Ok(Applied {
            documents,
            changes: Vec::new(),
            refusals: Vec::new(),
        })
    }
}

impl Checker for TestGuest {
    fn check(ctx: &Context<Settings>, _: &[Document]) -> Result<Vec<Finding>, Fault> {
        misbehave(ctx)?;
        let grade = if ctx.settings.misbehave == Misbehaviour::Nonsense {
            Grade::Unconfirmed
        } else {
            Grade::Official
        };
        Ok(vec![Finding {
            code: "T-1".to_owned(),
            severity: Severity::Reject,
            basis: "test".to_owned(),
            grade,
            place: Place::document("a.UKE"),
            receipt: None,
            byte: None,
            message_ja: "試験".to_owned(),
            message_en: "test".to_owned(),
            action_ja: "なし".to_owned(),
            action_en: "none".to_owned(),
            extra: Vec::new(),
        }])
    }
}

impl Eligibility for TestGuest {
    fn verify_each(
        ctx: &Context<Settings>,
        host: &Host,
        queries: &[Query],
    ) -> Result<Vec<Verification>, Fault> {
        queries.iter().map(|query| one(ctx, host, query)).collect()
    }
}

/// Puts a request, waits for its answer, then asks for `amount` random bytes one by one,
/// logging before each; the answer counts what it saw.
fn one(ctx: &Context<Settings>, host: &Host, query: &Query) -> Result<Verification, Fault> {
    host.log().info("begin", &[]);
    let now = host.now()?;
    let folder = host.exchange("terminal");
    let request = folder.put("TESTreq", "xml", ctx.settings.word.as_bytes())?;
    host.log().info("published", &[("name", &request)]);
    let arrivals = folder.wait(&[request], now.plus_seconds(60))?;
    misbehave(ctx)?;
    let mut sum = 0_u32;
    for step in 0..ctx.settings.amount {
        host.log().debug(&format!("step {step}"), &[]);
        sum += host
            .random(1)
            .iter()
            .map(|byte| u32::from(*byte))
            .sum::<u32>();
    }
    host.sleep_until(now.plus_seconds(1));
    let id = if ctx.settings.misbehave == Misbehaviour::Nonsense {
        "another"
    } else {
        &query.id
    };
    Ok(Verification {
        query_id: id.to_owned(),
        as_of: Some(query.as_of.clone()),
        answered_at: now.to_string(),
        message: arrivals.first().map(|a| a.name.clone()).unwrap_or_default(),
        reference_class: None,
        validity: None,
        found: Vec::new(),
        code: None,
        text: Some(sum.to_string()),
        is_error: false,
        extra: Vec::new(),
    })
}

impl HomeVisit for TestGuest {
    /// Answers in the opposite order when it is to answer nonsense.
    fn recheck_many(
        ctx: &Context<Settings>,
        host: &Host,
        queries: &[Query],
    ) -> Result<Vec<Verification>, Fault> {
        let mut answers = queries
            .iter()
            .map(|query| one(ctx, host, query))
            .collect::<Result<Vec<_>, _>>()?;
        if ctx.settings.misbehave == Misbehaviour::Nonsense {
            answers.reverse();
        }
        Ok(answers)
    }

    /// Shows the request's first arrival as it came.
    fn fetch_medical(
        ctx: &Context<Settings>,
        host: &Host,
        query: &MedicalQuery,
    ) -> Result<MedicalInformation, Fault> {
        let now = host.now()?;
        let folder = host.exchange("terminal");
        let request = folder.put("TESTreq", "xml", query.id.as_bytes())?;
        let arrivals = folder.wait(&[request], now.plus_seconds(60))?;
        let id = if ctx.settings.misbehave == Misbehaviour::Nonsense {
            "another"
        } else {
            &query.id
        };
        Ok(MedicalInformation {
            query_id: id.to_owned(),
            person: None,
            entries: vec![MedicalEntry {
                date: query.from.clone(),
                place: None,
                title: "試験".to_owned(),
                values: vec![("番号".to_owned(), query.holder.number.clone())],
            }],
            document: arrivals
                .first()
                .map(|a| Document::new(&a.name, DocumentKind::Other, a.body.clone())),
            message: "TESTres".to_owned(),
            answered_at: now.to_string(),
            code: Some("1".to_owned()),
            text: None,
            is_error: false,
            extra: Vec::new(),
        })
    }
}

reseplug_sdk::export_plugin!(TestGuest: Adapter, Checker, Eligibility, HomeVisit);
