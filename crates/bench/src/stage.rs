//! A platform of its own: one `dormpay all` process on free ports, with the run's databases and data directory.
//!
//! The process gets the settings of this one and, over them, where its own things are. It ends when its standard
//! input does, so it never outlives the benchmark. What is measured does not live here. The rule not to be broken:
//! only the process started here is ended, by its own handle.

use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};

use crate::{
    databases::{Databases, SERVICES},
    http::Connection,
};

const READY_MAX: Duration = Duration::from_mins(1);
const STOP_MAX: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(5);
/// What no limit of requests a minute stops: the largest value of the setting.
const REQUESTS_PER_MINUTE: &str = "1000000";

/// A platform, running or not.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) databases: Databases,
    program: PathBuf,
    data_dir: PathBuf,
    environment: Vec<(String, String)>,
    public: SocketAddr,
    operations: SocketAddr,
    process: Option<Child>,
}

impl Stage {
    /// Chooses ports and settings; nothing runs yet. `program` is the dormpay executable.
    pub(crate) fn new(program: &Path, databases: Databases, data_dir: &Path) -> Result<Self> {
        fs::create_dir_all(data_dir).with_context(|| format!("making {}", data_dir.display()))?;
        let mut ports = FreePorts::default();
        let (public, websocket, operations) = (ports.next()?, ports.next()?, ports.next()?);
        let mut environment = vec![
            ("DORMPAY_DATA_DIR".to_owned(), data_dir.to_string_lossy().into_owned()),
            ("RATE_LIMIT_PER_MINUTE".to_owned(), REQUESTS_PER_MINUTE.to_owned()),
            ("SANDBOX_ENABLED".to_owned(), "false".to_owned()),
            ("GATEWAY_HTTP_ADDR".to_owned(), public.to_string()),
            ("GATEWAY_WS_ADDR".to_owned(), websocket.to_string()),
            ("GATEWAY_OPERATIONS_ADDR".to_owned(), operations.to_string()),
        ];
        for service in SERVICES {
            let (upper, address) = (service.to_uppercase(), ports.next()?);
            environment.push((format!("{upper}_DATABASE_URL"), databases.url(service)));
            environment.push((format!("{upper}_GRPC_ADDR"), address.to_string()));
            environment.push((format!("{upper}_SERVICE_URL"), format!("http://{address}")));
        }
        let program = program.to_owned();
        Ok(Self {
            databases,
            program,
            data_dir: data_dir.to_owned(),
            environment,
            public,
            operations,
            process: None,
        })
    }

    /// Gives the processes of this stage a setting.
    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.environment.push((name.to_owned(), value));
    }

    /// Makes the databases and brings them up to date, and each of `more` (a service, a database) like a service's.
    pub(crate) async fn migrate(&self, more: &[(&str, &str)]) -> Result<()> {
        self.run_to_end(self.command("migrate")).await?;
        for (service, database) in more {
            let mut again = self.command("migrate");
            again.env(format!("{}_DATABASE_URL", service.to_uppercase()), self.databases.url(database));
            self.run_to_end(again).await?;
        }
        Ok(())
    }

    /// Starts the platform and gives the time from the start of the process until it said that it is ready.
    pub(crate) async fn start(&mut self) -> Result<Duration> {
        let log = File::create(self.log_path())?;
        let mut command = self.command("all");
        command.arg("--until-stdin-ends").stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log);
        let start = Instant::now();
        let mut process = command.kill_on_drop(true).spawn().context("starting dormpay")?;
        while !is_ready(self.operations).await {
            if let Some(status) = process.try_wait()? {
                bail!("dormpay ended with {status} before it was ready:\n{}", self.log_end());
            }
            if start.elapsed() > READY_MAX {
                bail!("dormpay was not ready after {} s:\n{}", READY_MAX.as_secs(), self.log_end());
            }
            sleep(POLL).await;
        }
        let elapsed = start.elapsed();
        self.process = Some(process);
        Ok(elapsed)
    }

    /// Ends the platform, if it runs, by the end of its standard input.
    pub(crate) async fn stop(&mut self) -> Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        drop(process.stdin.take());
        match timeout(STOP_MAX, process.wait()).await {
            Ok(status) => {
                let status = status?;
                ensure!(status.success(), "dormpay ended with {status}:\n{}", self.log_end());
            }
            Err(_) => process.kill().await.context("ending dormpay")?,
        }
        Ok(())
    }

    /// Gives the id of the running process.
    pub(crate) fn pid(&self) -> Result<u32> {
        self.process.as_ref().and_then(Child::id).context("dormpay does not run")
    }

    /// Gives where the processes of this stage keep their things.
    pub(crate) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Gives where the faces listen.
    pub(crate) const fn public(&self) -> SocketAddr {
        self.public
    }

    /// Gives the end of the platform's log, for messages.
    pub(crate) fn log_end(&self) -> String {
        let text = fs::read_to_string(self.log_path()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.get(lines.len().saturating_sub(30)..).unwrap_or_default().join("\n")
    }

    fn log_path(&self) -> PathBuf {
        self.data_dir.join("dormpay.log")
    }

    /// Prepares a command of the program, with the settings of this stage.
    pub(crate) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(&self.program);
        for service in SERVICES {
            command.env_remove(format!("{}_OPERATIONS_ADDR", service.to_uppercase()));
        }
        command.arg(name).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command until it ends, and gives what it printed. *Errors*: when it says that it failed.
    pub(crate) async fn run_to_end(&self, mut command: Command) -> Result<String> {
        let output = command.stdin(Stdio::null()).output().await.context("running dormpay")?;
        let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success(), "dormpay ended with {}:\n{out}{error}", output.status);
        Ok(out.into_owned())
    }
}

/// Asks an operations listener whether its process is ready.
pub(crate) async fn is_ready(operations: SocketAddr) -> bool {
    let Ok(mut connection) = Connection::open(operations, None).await else { return false };
    let answer = connection.get("/health/ready").await;
    answer.is_ok_and(|answer| answer.status == 200)
}

/// Finds ports that nobody listens on. They are held until all are found, so that none is given twice.
#[derive(Debug, Default)]
pub(crate) struct FreePorts(Vec<TcpListener>);

impl FreePorts {
    /// Gives another one.
    pub(crate) fn next(&mut self) -> Result<SocketAddr> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        self.0.push(listener);
        Ok(address)
    }
}
