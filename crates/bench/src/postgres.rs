//! The PostgreSQL server that the environment gives: does a commit there survive a power cut, and where its own
//! programs are.
//!
//! The rule not to be broken: what is only said to be committed is never compared with anything.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use crate::{
    cpu,
    databases::{Databases, PGBENCH},
};

const INSTALLED: &str = "/usr/lib/postgresql";
/// Settings without which a commit may be lost.
const NEEDED: [&str; 3] = ["fsync", "synchronous_commit", "full_page_writes"];

/// Passes a server on which a commit is on the disk when it is answered. *Errors*: names what is off.
pub(crate) async fn assert_durable(databases: &Databases) -> Result<()> {
    let mut conn = databases.connect(PGBENCH).await?;
    let question = "select name, setting from pg_settings where name = any ($1) and setting = 'off'";
    let off: Vec<(String, String)> =
        sqlx::query_as(question).bind(NEEDED.map(str::to_owned).to_vec()).fetch_all(&mut conn).await?;
    let off: Vec<&str> = off.iter().map(|(name, _)| name.as_str()).collect();
    ensure!(
        off.is_empty(),
        "this PostgreSQL runs without {}: what it acknowledges is not on the disk, so no ratio would mean anything; \
         measure on a server with fsync, synchronous_commit and full_page_writes on (scripts/run starts one)",
        off.join(" and ")
    );
    Ok(())
}

/// Finds the server's process, if it runs on this machine.
pub(crate) async fn server(databases: &Databases) -> Result<Option<u32>> {
    let mut conn = databases.connect(PGBENCH).await?;
    let own: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut conn).await?;
    Ok(u32::try_from(own).ok().and_then(cpu::server_of))
}

/// Finds one of PostgreSQL's own programs: of the newest installed version, else on the search path.
pub(crate) fn program(name: &str) -> Result<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for version in fs::read_dir(INSTALLED).into_iter().flatten().flatten() {
        let path = version.path().join("bin").join(name);
        let number = version.file_name().to_str().and_then(|text| text.parse().ok());
        if let (Some(number), true) = (number, path.exists()) {
            found.push((number, path));
        }
    }
    if let Some((_, path)) = found.into_iter().max() {
        return Ok(path);
    }
    let path = std::env::vars().find(|(name, _)| name == "PATH").map(|(_, value)| value).unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.exists());
    on_path.with_context(|| format!("{name} is not installed (looked under {INSTALLED} and on the path)"))
}

/// Tells whether this process runs as root, as which PostgreSQL refuses to run.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Finds user and group of the account under which PostgreSQL runs when root starts it.
pub(crate) fn account() -> Result<(u32, u32)> {
    let known = fs::read_to_string(Path::new("/etc/passwd"))?;
    let line = known.lines().find_map(|line| line.strip_prefix("postgres:"));
    let mut fields = line.context("running as root needs the system user postgres")?.split(':').skip(1);
    let mut number = || fields.next().and_then(|text| text.parse().ok());
    number().zip(number()).context("the system user postgres has no numbers")
}
