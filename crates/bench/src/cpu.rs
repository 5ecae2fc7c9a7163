//! What the kernel says of processes: memory and processor time, from `/proc`.
//!
//! Linux only. Processor time counts in hundredths of a second, so it is read around seconds of work, not around
//! one request. The rule not to be broken: a process that is gone counts as nothing, it is no error.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    time::Duration,
};

/// One tick of `/proc/PID/stat`; the kernel shows 100 a second on every architecture dormpay runs on.
const TICK: Duration = Duration::from_millis(10);
const POSTGRES: &str = "postgres";

/// Processor time used so far, by who used it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Used {
    program: Duration,
    bench: Duration,
    postgres: BTreeMap<u32, Duration>,
}

/// Processor time between two readings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spent {
    /// By the measured process.
    pub(crate) program: Duration,
    /// By this one, which makes the load.
    pub(crate) bench: Duration,
    /// By all PostgreSQL processes of this machine.
    pub(crate) postgres: Duration,
}

/// Whose clocks are read beside this process's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watched {
    /// The measured process.
    pub(crate) pid: u32,
    /// The PostgreSQL server with its children; without it all of this machine.
    pub(crate) server: Option<u32>,
}

impl Used {
    /// Reads the clocks of process `pid`, of this process and of all of PostgreSQL's.
    pub(crate) fn now(pid: u32) -> Self {
        Self::of(Watched { pid, server: None })
    }

    /// Reads the clocks of those who are watched, and of this process.
    pub(crate) fn of(watched: Watched) -> Self {
        Self {
            program: used_by(&watched.pid.to_string()).unwrap_or_default(),
            bench: used_by("self").unwrap_or_default(),
            postgres: postgres(watched.server),
        }
    }

    /// Gives what was used since.
    pub(crate) fn since(&self, before: &Self) -> Spent {
        let postgres = self
            .postgres
            .iter()
            .map(|(pid, used)| used.saturating_sub(before.postgres.get(pid).copied().unwrap_or_default()));
        Spent {
            program: self.program.saturating_sub(before.program),
            bench: self.bench.saturating_sub(before.bench),
            postgres: postgres.sum(),
        }
    }
}

impl Spent {
    /// Adds another stretch of time.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            program: self.program.saturating_add(other.program),
            bench: self.bench.saturating_add(other.bench),
            postgres: self.postgres.saturating_add(other.postgres),
        }
    }
}

/// Gives the resident memory of a process in KiB; `None` when it is gone.
pub(crate) fn resident_kib(pid: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Lists the processes that a process started and that still are there.
pub(crate) fn children(parent: u32) -> BTreeSet<u32> {
    processes().filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

/// Tells whether a process still does anything; what only waits to be buried does not.
pub(crate) fn is_alive(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !matches!(after_name(&stat).next(), Some("Z" | "X") | None))
}

fn parent_of(pid: u32) -> Option<u32> {
    after_name(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?).nth(1)?.parse().ok()
}

/// Gives the words of a `stat` line behind the name, which may hold blanks and brackets.
fn after_name(stat: &str) -> impl Iterator<Item = &str> {
    stat.rsplit_once(')').map_or("", |(_, words)| words).split_whitespace()
}

/// Lists the ids of all processes.
fn processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn used_by(pid: &str) -> Option<Duration> {
    ticks(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?).map(|ticks| TICK.saturating_mul(ticks))
}

/// Reads user and system time out of a `stat` line, in ticks.
pub(crate) fn ticks(stat: &str) -> Option<u32> {
    let mut numbers = after_name(stat).skip(11);
    let user: u32 = numbers.next()?.parse().ok()?;
    let system: u32 = numbers.next()?.parse().ok()?;
    user.checked_add(system)
}

fn postgres(server: Option<u32>) -> BTreeMap<u32, Duration> {
    let belongs = |pid: &u32| {
        is_postgres(*pid) && server.is_none_or(|server| server == *pid || parent_of(*pid) == Some(server))
    };
    processes().filter(belongs).filter_map(|pid| Some((pid, used_by(&pid.to_string())?))).collect()
}

fn is_postgres(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == POSTGRES)
}

/// Finds the server of one of its children; `None` when that is no process of PostgreSQL on this machine.
pub(crate) fn server_of(child: u32) -> Option<u32> {
    if is_postgres(child) { parent_of(child) } else { None }
}
