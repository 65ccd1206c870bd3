//! `reseplug certificate`: a 資格確認書 that somebody saw.

use super::{Common, adapter, day, flow, host};
use crate::exit::Exit;
use crate::output::Output;
use reseplug::{CertificateRequest, Coverage, SeenCertificate};
use reseplug_effect::{Fault, jst};
use reseplug_model::{BranchNumber, Date, InsurerNumber, Period, Relationship};

/// 資格確認書を見た記録を残し、台帳への反映を提案する。
#[derive(Debug, clap::Args)]
#[command(
    after_help = "電子資格確認には数えません / never counted as an electronic confirmation.\n--key の方と氏名・生年月日・性別が合わない資格確認書は記録しません。改姓などで同じ方と確かめたときは、\n先に `reseplug match alias accept` で表記を認めます。\nA certificate whose name, birth date or sex is not that of --key is refused; a named person may accept the\nspelling first.\n\n例 / example:\n  reseplug certificate --key 0012 --name '架空 花子' --sex 2 --birth-date 1950-01-01 \\\n    --insurer 990028 --symbol 12 --number 345 --branch 01 --relationship insured \\\n    --valid-until 2025-07-31 --seen-by '看護 太郎' --seen-on 2024-10-03"
)]
pub(crate) struct Certificate {
    #[command(flatten)]
    pub(crate) common: Common,
    /// 利用者番号。省略すると氏名と生年月日で探す / the product's key; otherwise found by name and birth date
    #[arg(long)]
    pub(crate) key: Option<String>,
    /// 氏名（資格確認書のとおり）/ name as on the certificate
    #[arg(long)]
    pub(crate) name: String,
    /// フリガナ / reading of the name
    #[arg(long)]
    pub(crate) kana: Option<String>,
    /// 性別: 1 男、2 女 / sex: 1 male, 2 female
    #[arg(long, value_parser = ["1", "2"])]
    pub(crate) sex: String,
    /// 生年月日 / birth date
    #[arg(long, value_parser = day)]
    pub(crate) birth_date: Date,
    /// 保険者番号 / insurer number
    #[arg(long)]
    pub(crate) insurer: String,
    /// 保険者名 / insurer's name
    #[arg(long)]
    pub(crate) insurer_name: Option<String>,
    /// 記号 / symbol
    #[arg(long)]
    pub(crate) symbol: Option<String>,
    /// 番号（後期高齢者は被保険者番号）/ number
    #[arg(long)]
    pub(crate) number: String,
    /// 枝番2桁 / branch number, 2 digits
    #[arg(long)]
    pub(crate) branch: Option<String>,
    /// 本人 insured か家族 family / insured or family
    #[arg(long, value_parser = ["insured", "family"])]
    pub(crate) relationship: Option<String>,
    /// 負担割合（％）/ burden in percent
    #[arg(long, value_parser = clap::value_parser!(u32).range(10..=30))]
    pub(crate) burden: Option<u32>,
    /// 資格取得日（書いてあれば）/ since when, where it says so
    #[arg(long, value_parser = day)]
    pub(crate) since: Option<Date>,
    /// 有効期限 / valid until
    #[arg(long, value_parser = day)]
    pub(crate) valid_until: Option<Date>,
    /// 見た方の氏名 / who saw it
    #[arg(long, value_parser = crate::verbs::who)]
    pub(crate) seen_by: String,
    /// 見た日（既定は今日）/ on which day; by default today
    #[arg(long, value_parser = day)]
    pub(crate) seen_on: Option<Date>,
}

pub(crate) fn certificate(verb: &Certificate, output: &Output) -> Result<Exit, Fault> {
    let host = host(&verb.common.station.config, output)?;
    let seen = seen_certificate(verb)?;
    flow(&host, &verb.common, output, |common, answers, again| {
        host.certificate(&CertificateRequest {
            job: common.job.clone(),
            certificate: seen.clone(),
            adapter: adapter(common.adapter.as_ref())?,
            documents: common.documents.clone(),
            output: common.output.clone(),
            answers,
            dry_run: common.dry_run,
            anew: again,
        })
    })
}

fn seen_certificate(verb: &Certificate) -> Result<SeenCertificate, Fault> {
    let wrong = |option: &str, error: &dyn std::fmt::Display| {
        Fault::new(
            "certificate/unreadable",
            format!("{option} の値が正しくありません（{error}）。資格確認書を見て直してください。"),
            format!("{option}: {error}; correct it by the certificate"),
        )
    };
    Ok(SeenCertificate {
        person_key: verb.key.clone(),
        name: verb.name.clone(),
        kana: verb.kana.clone(),
        sex: verb.sex.clone(),
        birth_date: verb.birth_date,
        coverage: Coverage {
            insurer: InsurerNumber::parse(&verb.insurer).map_err(|e| wrong("--insurer", &e))?,
            insurer_name: verb.insurer_name.clone(),
            symbol: verb.symbol.clone().filter(|s| !s.is_empty()),
            number: verb.number.clone(),
            branch: verb
                .branch
                .as_deref()
                .map(BranchNumber::parse)
                .transpose()
                .map_err(|e| wrong("--branch", &e))?,
            relationship: verb.relationship.as_deref().map(|word| match word {
                "family" => Relationship::Family,
                _ => Relationship::Insured,
            }),
            card_class: None,
            burden_percent: verb.burden,
            elderly_certificate: None,
            period: Period::new(verb.since, None),
            extra: Vec::new(),
        },
        valid_until: verb.valid_until,
        seen_by: verb.seen_by.clone(),
        seen_on: match verb.seen_on {
            Some(day) => day,
            None => today()?,
        },
    })
}

fn today() -> Result<Date, Fault> {
    let text = jst(jiff::Timestamp::now());
    Date::parse(text.get(..10).unwrap_or_default()).map_err(|error| {
        Fault::new(
            "host/clock",
            "このPCの日付が正しくありません。日付と時刻の設定を直してください。",
            format!("this machine's date makes no sense: {error}"),
        )
    })
}
