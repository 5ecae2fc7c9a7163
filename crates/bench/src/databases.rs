//! The benchmark's own databases on the server that the environment gives.
//!
//! One for each service and some for yardsticks, named so that several runs do not meet. What is in them is made
//! by `dormpay migrate`. The rule not to be broken: nothing is dropped but what has the run's own prefix.

use std::{fs, path::Path, str::FromStr as _};

use anyhow::{Context, Result};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection,
    postgres::PgConnectOptions,
};

/// The services that keep a database.
pub(crate) const SERVICES: [&str; 7] = ["user", "room", "expense", "bill", "payment", "wallet", "risk"];
/// The word for the yardstick's database, which is shaped like the expense service's.
pub(crate) const YARDSTICK: &str = "yardstick";
/// The word for the database that `pgbench` works on.
pub(crate) const PGBENCH: &str = "pgbench";
/// The word for a database of a service without a past, shaped like that service's own.
pub(crate) const YOUNG: &str = "young";
/// The word for one with a long past.
pub(crate) const OLD: &str = "old";

/// Where a run's databases are.
#[derive(Clone, Debug)]
pub(crate) struct Databases {
    server: PgConnectOptions,
    prefix: String,
}

impl Databases {
    /// Reads the server's address. `prefix` is made of letters, digits and underscores.
    pub(crate) fn on(server_url: &str, prefix: &str) -> Result<Self> {
        let server =
            PgConnectOptions::from_str(server_url).context("the address of the PostgreSQL server")?;
        Ok(Self { server, prefix: prefix.to_owned() })
    }

    /// Gives the address of a service's database.
    pub(crate) fn url(&self, service: &str) -> String {
        self.options(service).to_url_lossy().to_string()
    }

    /// Opens a connection to a service's database, as the owner.
    pub(crate) async fn connect(&self, service: &str) -> Result<PgConnection> {
        self.options(service)
            .connect()
            .await
            .with_context(|| format!("connecting to the database of {service}"))
    }

    /// Tells whether a service's database exists.
    pub(crate) async fn exists(&self, service: &str) -> Result<bool> {
        let mut conn = self.postgres().await?;
        let found = sqlx::query_scalar!(
            r#"select exists (select oid from pg_database where datname = $1) as "found!""#,
            self.name(service),
        );
        Ok(found.fetch_one(&mut conn).await?)
    }

    /// Makes an empty database.
    pub(crate) async fn create(&self, service: &str) -> Result<()> {
        let mut conn = self.postgres().await?;
        conn.execute(AssertSqlSafe(format!("create database {}", self.name(service))))
            .await
            .with_context(|| format!("making {}", self.name(service)))?;
        Ok(conn.close().await?)
    }

    /// Drops one database, whoever is connected.
    pub(crate) async fn drop_one(&self, service: &str) -> Result<()> {
        let mut conn = self.postgres().await?;
        let statement = format!("drop database if exists {} with (force)", self.name(service));
        conn.execute(AssertSqlSafe(statement))
            .await
            .with_context(|| format!("dropping {}", self.name(service)))?;
        conn.close().await?;
        Ok(())
    }

    /// Drops all of them.
    pub(crate) async fn drop_all(&self) -> Result<()> {
        for service in SERVICES.into_iter().chain([YARDSTICK, PGBENCH, YOUNG, OLD]) {
            self.drop_one(service).await?;
        }
        Ok(())
    }

    /// Drops all of them and removes the folder of the run.
    pub(crate) async fn clear(&self, directory: &Path) -> Result<()> {
        self.drop_all().await?;
        fs::remove_dir_all(directory).with_context(|| format!("removing {}", directory.display()))
    }

    /// Gives what a program of PostgreSQL's own needs to find a database: variables of its environment.
    pub(crate) fn libpq(&self, service: &str) -> Vec<(&'static str, String)> {
        let mut variables = vec![
            ("PGHOST", self.server.get_host().to_owned()),
            ("PGPORT", self.server.get_port().to_string()),
            ("PGUSER", self.server.get_username().to_owned()),
            ("PGDATABASE", self.name(service)),
        ];
        let url = self.server.to_url_lossy();
        variables.extend(url.password().map(|password| ("PGPASSWORD", plain(password))));
        variables
    }

    pub(crate) fn name(&self, service: &str) -> String {
        format!("{}_{service}", self.prefix)
    }

    fn options(&self, service: &str) -> PgConnectOptions {
        self.server.clone().database(&self.name(service)).application_name("dormpay bench")
    }

    async fn postgres(&self) -> Result<PgConnection> {
        self.server
            .clone()
            .database("postgres")
            .connect()
            .await
            .context("connecting to the PostgreSQL server")
    }
}

/// Takes the percent signs out of a part of an address.
pub(crate) fn plain(encoded: &str) -> String {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
