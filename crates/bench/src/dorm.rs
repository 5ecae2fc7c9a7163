//! `dormpay bench dorm`: the limits of the dorm face, one after the other.
//!
//! Reads top to bottom as the run goes: a platform of its own, its start, creation while the tables are small, a
//! seeded room, its reads, the end. What each measures stands in its own file. The rule not to be broken: whatever
//! happens, the process started here is ended and the databases made here are dropped, unless they are kept.

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use clock::Clock;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    creation,
    databases::{Databases, YARDSTICK},
    reads,
    report::Report,
    seeded::{self, Kept, SMALL},
    stage::Stage,
    startup,
};

/// How the benchmark is to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Expenses of the large room.
    pub expenses: i64,
    /// Where the seeded rows are kept for the next run; databases and all are dropped without it.
    pub keep: Option<PathBuf>,
    /// The PostgreSQL server, whatever database its address names.
    pub database_url: String,
    /// The dormpay executable that is measured.
    pub program: PathBuf,
}

/// Measures the dorm face and prints a table and one line a figure.
///
/// Takes some minutes; starts a `dormpay all` of its own on free ports, with databases of its own. *Errors*: what
/// went wrong, or which ratios were missed.
pub async fn dorm(options: Options, out: &mut impl Write) -> Result<()> {
    ensure!(options.expenses > SMALL, "the large room must have more than {SMALL} expenses");
    let run = Run::prepare(&options).await?;
    let mut stage =
        Stage::new(&options.program, Databases::on(&options.database_url, &run.prefix)?, &run.directory)?;
    let mut report = Report::default();
    let measured = tokio::select! {
        measured = measure(&run, &mut stage, (&mut report, out)) => measured,
        stopped = asked_to_stop() => stopped,
    };
    let ended = stage.stop().await;
    let cleared = run.clear(&stage.databases).await;
    measured?;
    ended?;
    cleared?;
    report.print(out)?;
    report.verdict()
}

/// Where this run has its things.
struct Run {
    expenses: i64,
    prefix: String,
    directory: PathBuf,
    is_kept: bool,
    kept: Option<Kept>,
}

impl Run {
    async fn prepare(options: &Options) -> Result<Self> {
        let fresh = format!("bench_{}", std::process::id());
        let (directory, is_kept) = match &options.keep {
            Some(directory) => (absolute(directory)?, true),
            None => (env::temp_dir().join(format!("dormpay_{fresh}")), false),
        };
        let mut kept = is_kept.then(|| Kept::read(&directory)).flatten();
        if let Some(known) = &kept {
            let databases = Databases::on(&options.database_url, &known.prefix)?;
            if known.expenses != options.expenses || !databases.exists("expense").await? {
                databases.drop_all().await?;
                kept = None;
            }
        }
        let prefix = kept.as_ref().map_or_else(
            || format!("{fresh}_{}", Clock::system().now().timestamp()),
            |kept| kept.prefix.clone(),
        );
        Ok(Self { expenses: options.expenses, prefix, directory, is_kept, kept })
    }

    /// Drops the run's databases and directory, or of a kept run only the yardstick.
    async fn clear(&self, databases: &Databases) -> Result<()> {
        if self.is_kept && Kept::read(&self.directory).is_some() {
            return databases.drop_one(YARDSTICK).await;
        }
        databases.drop_all().await?;
        if !self.is_kept {
            fs::remove_dir_all(&self.directory)
                .with_context(|| format!("removing {}", self.directory.display()))?;
        }
        Ok(())
    }
}

async fn measure(run: &Run, stage: &mut Stage, (report, out): (&mut Report, &mut impl Write)) -> Result<()> {
    step(out, "databases of its own")?;
    stage.migrate(&[("expense", YARDSTICK)]).await?;
    step(out, "start and idle memory")?;
    startup::measure(stage, report).await?;
    step(out, "creating expenses, against bare SQL")?;
    creation::measure(stage, report).await?;
    let rooms = if let Some(kept) = &run.kept {
        step(out, "the rooms of an earlier run")?;
        seeded::take(stage, kept).await?
    } else {
        step(out, &format!("seeding {} expenses", run.expenses))?;
        let keep = run.is_kept.then_some((run.directory.as_path(), run.prefix.as_str()));
        seeded::make(stage, run.expenses, keep).await?
    };
    step(out, "balances")?;
    reads::balances(stage.public(), &rooms, report).await?;
    step(out, "lists")?;
    reads::pages(stage.public(), &rooms, report).await
}

pub(crate) fn step(out: &mut impl Write, what: &str) -> Result<()> {
    writeln!(out, "==> {what}")?;
    Ok(out.flush()?)
}

/// Waits for Ctrl-C or a request to end, which is an error for the run.
pub(crate) async fn asked_to_stop() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed?,
        _ = terminate.recv() => {}
    }
    anyhow::bail!("stopped before the end")
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("the directory {}", path.display()))
}
