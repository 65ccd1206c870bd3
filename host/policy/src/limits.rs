//! How much a plugin may use: one typed table, quoted by every error that names a limit.

use crate::Role;
use std::fmt;

/// Something that is limited.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Linear memory of one instance, all memories together.
    MemoryMib,
    /// Elements of each table.
    TableElements,
    /// Core instances in one component instance.
    Instances,
    /// Memories in one component instance.
    Memories,
    /// Tables in one component instance.
    Tables,
    /// Native stack of a call. One value for the whole engine: it is compiled in.
    StackKib,
    /// Compute time of one call or step, waiting not included.
    ComputeMs,
    /// Bytes given to one call, history included.
    InputMib,
    /// Bytes returned by one call, or handed to one effect.
    OutputMib,
    /// Log lines of one call.
    LogLines,
    /// Bytes of one log line, fields included.
    LogLineBytes,
    /// Effects of one job.
    Steps,
    /// Hours from the start of a job after which it is given up.
    DeadlineHours,
}

/// What is known of each limit: key in the station file, Japanese and English name, unit,
/// what a station may set it to, and the values for adapters, checkers and connectors.
struct Row {
    limit: Limit,
    key: &'static str,
    ja: &'static str,
    en: &'static str,
    unit: &'static str,
    bounds: (u64, u64),
    values: [u64; 3],
}

const fn row(
    limit: Limit,
    key: &'static str,
    ja: &'static str,
    en: &'static str,
    unit: &'static str,
    bounds: (u64, u64),
    values: [u64; 3],
) -> Row {
    Row {
        limit,
        key,
        ja,
        en,
        unit,
        bounds,
        values,
    }
}

/// Sized by measurement: a station-month of 100 receipts is about 200 KB of UKE, the largest
/// answer of the central system a few megabytes; Python and JavaScript guests need some
/// 64 MiB before they do anything, a handful of core instances and tables of 10,000 elements.
const TABLE: [Row; 13] = [
    row(
        Limit::MemoryMib,
        "memory_mib",
        "メモリ",
        "memory",
        "MiB",
        (1, 4096),
        [256, 256, 256],
    ),
    row(
        Limit::TableElements,
        "table_elements",
        "テーブルの要素数",
        "table elements",
        "",
        (1, 1_000_000),
        [100_000; 3],
    ),
    row(
        Limit::Instances,
        "instances",
        "インスタンス数",
        "core instances",
        "",
        (1, 1000),
        [50; 3],
    ),
    row(
        Limit::Memories,
        "memories",
        "メモリの個数",
        "memories",
        "",
        (1, 100),
        [8; 3],
    ),
    row(
        Limit::Tables,
        "tables",
        "テーブルの個数",
        "tables",
        "",
        (1, 100),
        [32; 3],
    ),
    row(
        Limit::StackKib,
        "stack_kib",
        "スタック",
        "stack",
        "KiB",
        (512, 512),
        [512; 3],
    ),
    row(
        Limit::ComputeMs,
        "compute_ms",
        "計算時間",
        "compute time",
        "ms",
        (10, 600_000),
        [10_000, 20_000, 5_000],
    ),
    row(
        Limit::InputMib,
        "input_mib",
        "入力の大きさ",
        "input size",
        "MiB",
        (1, 1024),
        [64, 64, 64],
    ),
    row(
        Limit::OutputMib,
        "output_mib",
        "出力の大きさ",
        "output size",
        "MiB",
        (1, 1024),
        [64, 64, 64],
    ),
    row(
        Limit::LogLines,
        "log_lines",
        "ログの行数",
        "log lines",
        "",
        (0, 100_000),
        [1_000; 3],
    ),
    row(
        Limit::LogLineBytes,
        "log_line_bytes",
        "ログ1行の長さ",
        "log line length",
        "bytes",
        (80, 65_536),
        [2_000; 3],
    ),
    row(
        Limit::Steps,
        "steps",
        "ジョブの手順数",
        "steps of the job",
        "",
        (1, 1_000_000),
        [1, 1, 10_000],
    ),
    row(
        Limit::DeadlineHours,
        "deadline_hours",
        "ジョブの期限",
        "deadline of the job",
        "h",
        (1, 8_760),
        [1, 1, 240],
    ),
];

impl Limit {
    /// Every limit, in the order of the table.
    pub fn all() -> impl Iterator<Item = Limit> {
        TABLE.iter().map(|row| row.limit)
    }

    fn row(self) -> &'static Row {
        // The table is complete (a test says so); the first row stands in for the impossible.
        TABLE
            .iter()
            .find(|row| row.limit == self)
            .unwrap_or(&TABLE[0])
    }

    /// The key in `[plugins.NAME.limits]`.
    pub fn key(self) -> &'static str {
        self.row().key
    }

    /// Name for people, in Japanese.
    pub fn name_ja(self) -> &'static str {
        self.row().ja
    }

    /// Name for people, in English.
    pub fn name_en(self) -> &'static str {
        self.row().en
    }

    /// Unit of the value; empty for a count.
    pub fn unit(self) -> &'static str {
        self.row().unit
    }

    /// What a station may set the limit to.
    pub fn bounds(self) -> std::ops::RangeInclusive<u64> {
        let (low, high) = self.row().bounds;
        low..=high
    }

    /// Whether a station may change it at all.
    pub fn is_settable(self) -> bool {
        let (low, high) = self.row().bounds;
        low < high
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// The limits of one plugin in one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits([(Limit, u64); TABLE.len()]);

impl Limits {
    /// What a role has unless the station file says otherwise.
    ///
    /// ```
    /// use reseplug_policy::{Limit, Limits, Role};
    /// let limits = Limits::of(Role::Adapter).with(Limit::MemoryMib, 512);
    /// assert_eq!(limits.get(Limit::MemoryMib), 512);
    /// ```
    pub fn of(role: Role) -> Self {
        let column = |[adapter, checker, connector]: [u64; 3]| match role {
            Role::Adapter => adapter,
            Role::Checker => checker,
            Role::Eligibility | Role::Claims => connector,
        };
        Self(TABLE.each_ref().map(|row| (row.limit, column(row.values))))
    }

    /// The value of a limit, in its unit.
    pub fn get(&self, limit: Limit) -> u64 {
        self.0
            .iter()
            .find(|(l, _)| *l == limit)
            .map_or(0, |(_, value)| *value)
    }

    /// The value in bytes, for limits given in KiB or MiB.
    pub fn bytes(&self, limit: Limit) -> usize {
        let scale = match limit.unit() {
            "MiB" => 1 << 20,
            "KiB" => 1 << 10,
            _ => 1,
        };
        usize::try_from(self.get(limit).saturating_mul(scale)).unwrap_or(usize::MAX)
    }

    /// The same limits with another value, brought within what the limit may be.
    #[must_use]
    pub fn with(mut self, limit: Limit, value: u64) -> Self {
        let (low, high) = limit.row().bounds;
        for (l, v) in &mut self.0 {
            if *l == limit {
                *v = value.clamp(low, high);
            }
        }
        self
    }
}

/// What a station changes of a plugin's limits, `[plugins.NAME.limits]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LimitOverrides(pub Vec<(Limit, u64)>);

impl LimitOverrides {
    /// The limits of a role with the station's changes.
    pub fn over(&self, role: Role) -> Limits {
        self.0
            .iter()
            .fold(Limits::of(role), |limits, (limit, value)| {
                limits.with(*limit, *value)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_has_its_own_row_and_defaults_within_its_bounds() {
        let mut keys: Vec<_> = Limit::all().map(Limit::key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), TABLE.len());
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.limit as usize, index, "the table follows the enum");
            for value in row.values {
                // Pure roles have no jobs of their own.
                assert!(row.limit.bounds().contains(&value), "{}", row.key);
            }
        }
    }
}
