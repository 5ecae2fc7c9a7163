//! A platform of its own: databases, ports, data directory and one `dormpay all` process.
//!
//! The databases are reached through proxies that a test can close and open again. The process ends with the test
//! process: its standard input ends then.

use std::{
    env,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use tokio::time::{Instant, sleep};

use crate::{client::Client, proxy::Proxy};

/// Name of the administrator that every stage has.
pub const ADMIN: &str = "admin";
/// Password of everybody on a stage. Made up; the stage is gone after the test.
pub const PASSWORD: &str = "correct-horse-battery";

const SERVICES: [&str; 7] = ["user", "room", "expense", "bill", "payment", "wallet", "risk"];
const READY_SECONDS_MAX: u64 = 60;

/// A running platform.
#[derive(Debug)]
pub struct Stage {
    /// Between the platform and PostgreSQL.
    pub postgres: Proxy,
    /// Between the platform and Redis.
    pub redis: Proxy,
    environment: Vec<(String, String)>,
    public: SocketAddr,
    websocket: SocketAddr,
    operations: SocketAddr,
    sandbox: SocketAddr,
    grpc: Vec<(&'static str, SocketAddr)>,
    data_dir: PathBuf,
    process: Option<Child>,
}

impl Stage {
    /// Starts a platform with settings of its own beside the stage's.
    ///
    /// # Errors
    /// When the databases of `scripts/test` are not there, or the platform does not become ready.
    pub async fn start(extra: &[(&str, &str)]) -> Result<Self> {
        let mut stage = Self::prepare(extra).await?;
        stage.raise().await?;
        Ok(stage)
    }

    /// Starts a platform whose payments go through a provider sandbox of its own, with the providers' repeats a hundred
    /// times faster.
    ///
    /// # Errors
    /// As [`Stage::start`].
    pub async fn with_sandbox() -> Result<Self> {
        let mut stage = Self::prepare(&[]).await?;
        for (name, value) in [
            ("SANDBOX_ENABLED", "true".to_owned()),
            ("SANDBOX_ADDR", stage.sandbox.to_string()),
            ("SANDBOX_TIME_SCALE", "100".to_owned()),
        ] {
            stage.environment.retain(|(known, _)| known != name);
            stage.environment.push((name.to_owned(), value));
        }
        stage.raise().await?;
        Ok(stage)
    }

    async fn raise(&mut self) -> Result<()> {
        self.program(&["migrate"])?;
        self.launch()?;
        self.wait_until_ready().await
    }

    async fn prepare(extra: &[(&str, &str)]) -> Result<Self> {
        let server = env_var("TEST_DATABASE_URL")?;
        let redis_url = env_var("TEST_REDIS_URL")?;
        let postgres = Proxy::to(&server).await?;
        let redis = Proxy::to(&redis_url).await?;
        let run = format!("e2e_{}_{}", std::process::id(), testkit::free_port());
        let data_dir = env::temp_dir().join(&run);
        std::fs::create_dir_all(&data_dir)?;
        let mut environment: Vec<(String, String)> = [
            ("DORMPAY_DATA_DIR", data_dir.to_string_lossy().into_owned()),
            ("REDIS_URL", redis.url(&redis_url)),
            ("BOOTSTRAP_ADMIN_USERNAME", ADMIN.to_owned()),
            ("BOOTSTRAP_ADMIN_PASSWORD", PASSWORD.to_owned()),
            ("RATE_LIMIT_PER_MINUTE", "1000000".to_owned()),
            ("SANDBOX_ENABLED", "false".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let mut grpc = Vec::new();
        for service in SERVICES {
            let upper = service.to_uppercase();
            let address = SocketAddr::from(([127, 0, 0, 1], testkit::free_port()));
            let url = with_database(&postgres.url(&server), &format!("{run}_{service}"));
            environment.push((format!("{upper}_DATABASE_URL"), url));
            environment.push((format!("{upper}_GRPC_ADDR"), address.to_string()));
            environment.push((format!("{upper}_SERVICE_URL"), format!("http://{address}")));
            grpc.push((service, address));
        }
        let [public, websocket, operations, sandbox] =
            [(); 4].map(|()| SocketAddr::from(([127, 0, 0, 1], testkit::free_port())));
        for (name, address) in [
            ("GATEWAY_HTTP_ADDR", public),
            ("GATEWAY_WS_ADDR", websocket),
            ("GATEWAY_OPERATIONS_ADDR", operations),
        ] {
            environment.push((name.to_owned(), address.to_string()));
        }
        environment.extend(extra.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Ok(Self {
            postgres,
            redis,
            environment,
            public,
            websocket,
            operations,
            sandbox,
            grpc,
            data_dir,
            process: None,
        })
    }

    /// Runs another command of the program to its end and gives its output.
    ///
    /// # Errors
    /// When it fails; the error holds what it printed.
    pub fn program(&self, arguments: &[&str]) -> Result<String> {
        let output = self.command(arguments)?.stdin(Stdio::null()).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(output.status.success(), "{arguments:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
        Ok(text)
    }

    fn command(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = Command::new(program_path()?);
        command.args(arguments).env_remove("DATABASE_URL").envs(self.environment.iter().cloned());
        Ok(command)
    }

    fn launch(&mut self) -> Result<()> {
        let log = std::fs::File::create(self.data_dir.join("dormpay.log"))?;
        let child = self
            .command(&["all", "--until-stdin-ends"])?
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        self.process = Some(child);
        Ok(())
    }

    /// Waits until the platform says that it is ready.
    ///
    /// # Errors
    /// When it ended, or is not ready in time; the error holds the end of its log.
    pub async fn wait_until_ready(&mut self) -> Result<()> {
        let client = Client::new(&self.operations_url())?;
        let deadline = Instant::now() + Duration::from_secs(READY_SECONDS_MAX);
        while Instant::now() < deadline {
            if let Some(process) = &mut self.process
                && let Some(status) = process.try_wait()?
            {
                bail!("dormpay ended with {status}:\n{}", self.log_end());
            }
            if client.status("/health/ready").await.is_ok_and(|status| status == 200) {
                return Ok(());
            }
            sleep(Duration::from_millis(50)).await;
        }
        bail!("dormpay is not ready:\n{}", self.log_end())
    }

    /// The last lines of the platform's log.
    pub fn log_end(&self) -> String {
        let text = std::fs::read_to_string(self.data_dir.join("dormpay.log")).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        lines.get(lines.len().saturating_sub(30)..).unwrap_or_default().join("\n")
    }

    /// The public HTTP listener.
    pub fn public_url(&self) -> String {
        format!("http://{}", self.public)
    }

    /// The WebSocket listener.
    pub fn websocket_url(&self) -> String {
        format!("ws://{}", self.websocket)
    }

    /// The operations listener.
    pub fn operations_url(&self) -> String {
        format!("http://{}", self.operations)
    }

    /// The provider sandbox; it is there only on a stage with one.
    pub fn sandbox_url(&self) -> String {
        format!("http://{}", self.sandbox)
    }

    /// Name and gRPC address of each service.
    pub fn grpc(&self) -> &[(&'static str, SocketAddr)] {
        &self.grpc
    }

    /// Where the platform keeps what it makes itself, its development keys among it.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The process's id.
    pub fn process_id(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// A client without a login.
    ///
    /// # Errors
    /// When the client can't be built.
    pub fn nobody(&self) -> Result<Client> {
        Client::new(&self.public_url())
    }

    /// The administrator.
    ///
    /// # Errors
    /// When the login is refused.
    pub async fn admin(&self) -> Result<Client> {
        self.nobody()?.login(ADMIN, PASSWORD).await
    }

    /// A new user, logged in.
    ///
    /// # Errors
    /// When registration or login is refused.
    pub async fn person(&self, username: &str, full_name: &str) -> Result<Client> {
        let nobody = self.nobody()?;
        nobody.register(username, full_name).await?;
        nobody.login(username, PASSWORD).await
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // Its standard input ends: it stops by itself; the wait leaves no zombie.
            drop(process.stdin.take());
            let _ = process.wait();
        }
        let _ = std::fs::remove_dir_all(&self.data_dir);
    }
}

fn env_var(name: &str) -> Result<String> {
    env::vars()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value)
        .with_context(|| format!("{name} is not set: run scripts/test"))
}

/// The program lies beside the test executable: `target/debug/dormpay`.
fn program_path() -> Result<PathBuf> {
    let here = env::current_exe()?;
    let path = here
        .parent()
        .and_then(Path::parent)
        .map(|folder| folder.join("dormpay"))
        .context("no target folder")?;
    ensure!(path.exists(), "{} is missing: cargo build --workspace --bins", path.display());
    Ok(path)
}

/// The same server, another database.
fn with_database(url: &str, database: &str) -> String {
    let (server, _) = url.rsplit_once('/').unwrap_or((url, ""));
    format!("{server}/{database}")
}
