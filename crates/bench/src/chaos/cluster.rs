//! A PostgreSQL of the run's own, to be killed: every process of it at once, as when the machine loses power.
//!
//! What is lost then is what was not on the disk, so it runs with `fsync`. The rule not to be broken: nothing is killed
//! but the server started here and its children, by their ids, while it cannot make new ones.

use std::{
    collections::BTreeSet,
    fs,
    net::SocketAddr,
    os::unix::fs::{PermissionsExt as _, chown},
    path::{Path, PathBuf},
    process::Stdio,
    str::FromStr as _,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{ConnectOptions as _, Connection as _, postgres::PgConnectOptions};
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};

use crate::{cpu, postgres, stage::FreePorts, wallet::pid_of};

const READY_MAX: Duration = Duration::from_mins(2);
const GONE_MAX: Duration = Duration::from_secs(30);
const STOP_MAX: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(20);
const OWNER: &str = "dormpay";
const PRIVATE: u32 = 0o700;
const LOG_LINES: usize = 30;

/// A cluster, running or not.
#[derive(Debug)]
pub(crate) struct Cluster {
    directory: PathBuf,
    address: SocketAddr,
    /// As whom it runs, if this process is root.
    account: Option<(u32, u32)>,
    process: Option<Child>,
}

impl Cluster {
    /// Makes an empty cluster under a directory and starts it.
    pub(crate) async fn start(parent: &Path) -> Result<Self> {
        let directory = parent.join("postgres");
        fs::create_dir_all(&directory)?;
        fs::set_permissions(&directory, fs::Permissions::from_mode(PRIVATE))?;
        let account = if postgres::is_root() { Some(postgres::account()?) } else { None };
        if let Some((user, group)) = account {
            chown(&directory, Some(user), Some(group))?;
        }
        let address = FreePorts::default().next()?;
        let mut cluster = Self { directory, address, account, process: None };
        cluster.make().await?;
        cluster.launch()?;
        cluster.wait_until_ready().await?;
        Ok(cluster)
    }

    /// Gives the address of its server.
    pub(crate) fn url(&self) -> String {
        format!("postgres://{OWNER}@{}/postgres", self.address)
    }

    async fn make(&self) -> Result<()> {
        let mut command = self.command("initdb")?;
        command.args(["-U", OWNER, "-E", "UTF8", "--locale=C", "--data-checksums", "--auth=trust", "-D"]);
        let output = command.arg(&self.directory).output().await.context("running initdb")?;
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "initdb ended with {}:\n{error}", output.status);
        Ok(())
    }

    /// Starts the server on its files without waiting for it.
    pub(crate) fn launch(&mut self) -> Result<()> {
        let log = fs::File::options().create(true).append(true).open(self.log())?;
        let mut command = self.command("postgres")?;
        command.arg("-D").arg(&self.directory).arg("-p").arg(self.address.port().to_string());
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=60",
            "shared_buffers=64MB",
            "fsync=on",
            "synchronous_commit=on",
            "full_page_writes=on",
        ] {
            command.args(["-c", setting]);
        }
        command.stdout(log.try_clone()?).stderr(log);
        self.process = Some(command.spawn().context("starting PostgreSQL")?);
        Ok(())
    }

    /// Waits until the server takes connections, after its recovery.
    pub(crate) async fn wait_until_ready(&mut self) -> Result<()> {
        let (start, options) = (Instant::now(), PgConnectOptions::from_str(&self.url())?);
        loop {
            if let Ok(conn) = options.connect().await {
                return Ok(conn.close().await?);
            }
            let process = self.process.as_mut().context("PostgreSQL does not run")?;
            let ended = process.try_wait()?;
            ensure!(ended.is_none(), "PostgreSQL ended:\n{}", self.log_end());
            ensure!(start.elapsed() < READY_MAX, "PostgreSQL is not ready:\n{}", self.log_end());
            sleep(POLL).await;
        }
    }

    /// Kills the server with all its processes, and waits until they are gone.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        let mut process = self.process.take().context("PostgreSQL does not run")?;
        let id = process.id().context("PostgreSQL ended by itself")?;
        let server = pid_of(id).context("the server has no id")?;
        // It stands still, so the list of its children is complete.
        kill_process(server, Signal::STOP)?;
        let children = cpu::children(id);
        for pid in children.iter().filter_map(|id| pid_of(*id)).chain([server]) {
            kill_one(pid)?;
        }
        process.wait().await?;
        wait_until_gone(children).await
    }

    /// Ends the server in order, if it runs.
    pub(crate) async fn stop(&mut self) -> Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        if let Some(pid) = process.id().and_then(pid_of) {
            // A fast shutdown; it may have ended by itself a moment ago.
            let _ = kill_process(pid, Signal::INT);
        }
        if timeout(STOP_MAX, process.wait()).await.is_err() {
            process.kill().await.context("ending PostgreSQL")?;
        }
        Ok(())
    }

    fn command(&self, name: &str) -> Result<Command> {
        let mut command = Command::new(postgres::program(name)?);
        command.current_dir(&self.directory).stdin(Stdio::null()).kill_on_drop(true);
        if let Some((user, group)) = self.account {
            command.uid(user).gid(group);
        }
        Ok(command)
    }

    fn log(&self) -> PathBuf {
        self.directory.with_extension("log")
    }

    fn log_end(&self) -> String {
        let text = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.get(lines.len().saturating_sub(LOG_LINES)..).unwrap_or_default().join("\n")
    }
}

/// Kills a process; one that is gone already is as good as killed.
fn kill_one(pid: Pid) -> Result<()> {
    match kill_process(pid, Signal::KILL) {
        Err(error) if error != rustix::io::Errno::SRCH => {
            Err(error).context("killing a process of PostgreSQL")
        }
        _ => Ok(()),
    }
}

async fn wait_until_gone(children: BTreeSet<u32>) -> Result<()> {
    let start = Instant::now();
    while children.iter().any(|id| cpu::is_alive(*id)) {
        ensure!(start.elapsed() < GONE_MAX, "processes of PostgreSQL outlive their end");
        sleep(POLL).await;
    }
    Ok(())
}
