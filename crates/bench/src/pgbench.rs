//! The yardsticks of the ledger: PostgreSQL's own bank benchmark, and one plain transfer, both driven by `pgbench`.
//!
//! `pgbench` is the cheapest client there is, so nothing of what these take is ours. The plain transfer is the one of
//! the textbooks (begin, transfer, locks, two updates, entries, commit), and the same as a single statement. The rule
//! not to be broken: a yardstick is durable, and its rows have no fewer rules than they need to be right.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use sqlx::{Connection as _, Executor as _};
use tokio::process::Command;

use crate::{
    book::ACCOUNTS,
    databases::{Databases, PGBENCH},
    postgres,
};

const SCALE: &str = "10";
/// What lies between the bases of two runs of a script.
const BASE_STEP: u64 = 10_000_000;
const THREADS_MAX: u32 = 2;
/// Microseconds of a transaction in pgbench's log: the third word of a line.
const LOG_FIELD_US: usize = 2;

/// A transfer by itself, as one would write it without a ledger's batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plain {
    /// Seven statements: begin, transfer, locks, two updates, two entries, commit.
    Textbook,
    /// The same in one statement.
    Statement,
}

impl Plain {
    const ALL: [Self; 2] = [Self::Textbook, Self::Statement];

    const fn file(self) -> &'static str {
        match self {
            Self::Textbook => "textbook.sql",
            Self::Statement => "statement.sql",
        }
    }

    const fn script(self) -> &'static str {
        match self {
            Self::Textbook => include_str!("pgbench/textbook.sql"),
            Self::Statement => include_str!("pgbench/statement.sql"),
        }
    }
}

/// A script of transactions that many clients of `pgbench` run at once.
///
/// Its variable `base` is another one for each run, with room for ten million transactions of each client.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pgbench: Pgbench,
    file: PathBuf,
    runs: u64,
}

impl Script {
    /// Writes the script into a directory; it runs on one of the run's databases.
    pub(crate) fn new(
        databases: &Databases,
        database: &str,
        (directory, name, text): (&Path, &str, &str),
    ) -> Result<Self> {
        let file = directory.join(name);
        fs::write(&file, text)?;
        Ok(Self { pgbench: Pgbench::on(databases, database, directory)?, file, runs: 0 })
    }

    /// Runs it with so many clients for a time, and gives its transactions a second.
    pub(crate) async fn rate(&mut self, clients: usize, time: Duration) -> Result<f64> {
        self.runs = self.runs.saturating_add(1);
        let base = format!("base={}", self.runs.saturating_mul(BASE_STEP));
        let (clients, seconds, threads) =
            (clients.to_string(), time.as_secs().to_string(), THREADS_MAX.to_string());
        let file = self.file.to_string_lossy();
        let arguments = [
            "-n", "-M", "prepared", "-c", &clients, "-j", &threads, "-T", &seconds, "-D", &base, "-f", &file,
        ];
        tps(&self.pgbench.run(&arguments).await?)
    }
}

/// `pgbench` on a database of the run's own.
#[derive(Clone, Debug)]
pub(crate) struct Pgbench {
    program: PathBuf,
    environment: Vec<(&'static str, String)>,
    directory: PathBuf,
    /// Transfers that were begun so far, so that each has another number.
    next_number: u64,
}

impl Pgbench {
    /// Makes the tables of both yardsticks. Files go to `directory`.
    pub(crate) async fn prepare(databases: &Databases, directory: &Path) -> Result<Self> {
        for plain in Plain::ALL {
            fs::write(directory.join(plain.file()), plain.script())?;
        }
        let pgbench = Self::on(databases, PGBENCH, directory)?;
        pgbench.run(&["-i", "-q", "-s", SCALE]).await?;
        let mut conn = databases.connect(PGBENCH).await?;
        conn.execute(include_str!("pgbench/tables.sql")).await?;
        let fill = "insert into plain_account (id, balance_minor) select n, 1000000000000 from generate_series(1, $1) n";
        sqlx::query_scalar::<_, i64>(fill).bind(i64::from(ACCOUNTS)).fetch_optional(&mut conn).await?;
        conn.execute("vacuum analyze").await?;
        conn.close().await?;
        Ok(pgbench)
    }

    fn on(databases: &Databases, database: &str, directory: &Path) -> Result<Self> {
        Ok(Self {
            program: postgres::program("pgbench")?,
            environment: databases.libpq(database),
            directory: directory.to_owned(),
            next_number: 0,
        })
    }

    /// Runs TPC-B with so many clients for a time, and gives its transactions a second.
    pub(crate) async fn tpc_b(&self, clients: u32, time: Duration) -> Result<f64> {
        let (clients, threads) = (clients.to_string(), THREADS_MAX.min(clients).to_string());
        let seconds = time.as_secs().to_string();
        tps(&self.run(&["-M", "prepared", "-c", &clients, "-j", &threads, "-T", &seconds]).await?)
    }

    /// Lets one client do one plain transfer after the other, and gives how long each took.
    pub(crate) async fn plain(&mut self, plain: Plain, time: Duration) -> Result<Vec<Duration>> {
        let file = self.directory.join(plain.file());
        let log = self.directory.join("pgbench_log");
        let (seconds, number) = (time.as_secs().to_string(), format!("number={}", self.next_number));
        let (file, prefix) = (file.to_string_lossy(), log.to_string_lossy());
        let arguments = [
            "-n",
            "-M",
            "prepared",
            "-c",
            "1",
            "-T",
            &seconds,
            "-D",
            &number,
            "-f",
            &file,
            "-l",
            "--log-prefix",
        ];
        self.run(&[arguments.as_slice(), &[&prefix]].concat()).await?;
        let times = self.take_log()?;
        let begun = u64::try_from(times.len()).unwrap_or_default();
        self.next_number = self.next_number.saturating_add(begun).saturating_add(1);
        Ok(times)
    }

    /// Reads and removes what the last run logged.
    fn take_log(&self) -> Result<Vec<Duration>> {
        let mut times = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with("pgbench_log.") {
                times.extend(logged(&fs::read_to_string(entry.path())?));
                fs::remove_file(entry.path())?;
            }
        }
        ensure!(!times.is_empty(), "pgbench logged no transaction");
        Ok(times)
    }

    async fn run(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let output = command.output().await.context("running pgbench")?;
        let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success(), "pgbench {arguments:?} ended with {}:\n{out}{error}", output.status);
        Ok(out.into_owned())
    }
}

/// Reads the transactions a second out of what pgbench prints.
pub(crate) fn tps(printed: &str) -> Result<f64> {
    let line = printed.lines().find_map(|line| line.strip_prefix("tps = "));
    let number = line.and_then(|line| line.split(' ').next()).and_then(|number| number.parse().ok());
    number.with_context(|| format!("pgbench told no rate:\n{printed}"))
}

/// Reads how long each transaction of a log took.
pub(crate) fn logged(log: &str) -> Vec<Duration> {
    let field = |line: &str| line.split(' ').nth(LOG_FIELD_US).and_then(|number| number.parse().ok());
    log.lines().filter_map(field).map(Duration::from_micros).collect()
}
