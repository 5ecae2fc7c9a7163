//! Copies of the wallet service: `dormpay wallet` processes of the run's own.
//!
//! Each has its database, its port and its log. How transfers are sent lives in `caller`. The rule not to be broken:
//! only processes started here are ended, by their own handles.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::PathBuf,
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    process::Child,
    time::{Instant, sleep, timeout},
};

use crate::stage::{FreePorts, Stage, is_ready};

const READY_MAX: Duration = Duration::from_mins(1);
const STOP_MAX: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(10);
const LOG_LINES: usize = 30;

/// One copy, running or not.
#[derive(Debug)]
pub(crate) struct Wallet {
    name: String,
    database_url: String,
    grpc: SocketAddr,
    operations: SocketAddr,
    log: PathBuf,
    process: Option<Child>,
}

impl Wallet {
    /// Chooses ports for a copy that works on one of the run's databases; nothing runs yet.
    pub(crate) fn new(stage: &Stage, name: &str, database: &str) -> Result<Self> {
        let mut ports = FreePorts::default();
        Ok(Self {
            name: name.to_owned(),
            database_url: stage.databases.url(database),
            grpc: ports.next()?,
            operations: ports.next()?,
            log: stage.data_dir().join(format!("{name}.log")),
            process: None,
        })
    }

    /// Starts a copy, and waits until it says that it is ready.
    pub(crate) async fn started(stage: &Stage, name: &str, database: &str) -> Result<Self> {
        let mut wallet = Self::new(stage, name, database)?;
        wallet.launch(stage)?;
        wallet.wait_until_ready().await?;
        Ok(wallet)
    }

    /// Starts the process without waiting for it. Its log goes on where that of an earlier one ended.
    pub(crate) fn launch(&mut self, stage: &Stage) -> Result<()> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut command = stage.command("wallet");
        command
            .env("WALLET_DATABASE_URL", &self.database_url)
            .env("WALLET_GRPC_ADDR", self.grpc.to_string())
            .env("WALLET_OPERATIONS_ADDR", self.operations.to_string())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        self.process = Some(command.spawn().with_context(|| format!("starting {}", self.name))?);
        Ok(())
    }

    /// Waits until the process says that it is ready.
    pub(crate) async fn wait_until_ready(&mut self) -> Result<()> {
        let start = Instant::now();
        while !is_ready(self.operations).await {
            let process = self.process.as_mut().with_context(|| format!("{} does not run", self.name))?;
            if let Some(status) = process.try_wait()? {
                bail!("{} ended with {status} before it was ready:\n{}", self.name, self.log_end());
            }
            ensure!(start.elapsed() < READY_MAX, "{} is not ready:\n{}", self.name, self.log_end());
            sleep(POLL).await;
        }
        Ok(())
    }

    /// Ends the process as an operator would.
    pub(crate) async fn stop(&mut self) -> Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        if let Some(pid) = process.id().and_then(pid_of) {
            // It may have ended by itself a moment ago.
            let _ = kill_process(pid, Signal::TERM);
        }
        match timeout(STOP_MAX, process.wait()).await {
            Ok(status) => {
                let status = status?;
                ensure!(status.success(), "{} ended with {status}:\n{}", self.name, self.log_end());
            }
            Err(_) => process.kill().await.with_context(|| format!("ending {}", self.name))?,
        }
        Ok(())
    }

    /// Ends the process at once, in the middle of whatever it does.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        let mut process = self.process.take().with_context(|| format!("{} does not run", self.name))?;
        ensure!(
            process.try_wait()?.is_none(),
            "{} ended by itself before it was killed:\n{}",
            self.name,
            self.log_end()
        );
        process.kill().await.with_context(|| format!("killing {}", self.name))
    }

    /// Gives the id of the running process.
    pub(crate) fn pid(&self) -> Result<u32> {
        self.process.as_ref().and_then(Child::id).with_context(|| format!("{} does not run", self.name))
    }

    /// Gives where its gRPC listens.
    pub(crate) const fn grpc(&self) -> SocketAddr {
        self.grpc
    }

    /// Proves the books of its database. *Errors*: what the proof printed, when they are not sound.
    pub(crate) async fn prove(&self, stage: &Stage) -> Result<String> {
        let mut command = stage.command("ledger");
        command.arg("check").env("WALLET_DATABASE_URL", &self.database_url);
        stage.run_to_end(command).await.with_context(|| format!("the books of {} are not sound", self.name))
    }

    fn log_end(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.get(lines.len().saturating_sub(LOG_LINES)..).unwrap_or_default().join("\n")
    }
}

/// Turns the id of a process into the kernel's type.
pub(crate) fn pid_of(id: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(id).ok()?)
}
