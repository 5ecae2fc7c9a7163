//! The settings of a service's database: where it is, how many connections, how long each wait.
//!
//! Read from `<SERVICE>_DATABASE_URL`, else `DATABASE_URL` (one server, a database for each service). The
//! address is a secret. The rule not to be broken: the pools of all services together leave ten connections
//! of the server free.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use settings::{Problems, Reader, Source};
use sqlx::ConnectOptions as _;

use crate::pool;

/// Says where the database is and how long to wait for what.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address, password and all.
    pub url: SecretString,
    /// The service whose database it is; the server shows it as the application's name.
    pub service: String,
    /// Connections at most. Five suit two processors.
    pub max_connections: u32,
    /// Connections kept open.
    pub min_connections: u32,
    /// The longest wait for a connection.
    pub acquire_timeout: Duration,
    /// The age at which a connection is replaced.
    pub max_lifetime: Duration,
    /// The longest run of a statement; the server ends it.
    pub statement_timeout: Duration,
    /// The longest wait for a lock; the server ends it.
    pub lock_timeout: Duration,
    /// The longest rest inside a transaction; the server ends the session.
    pub idle_in_transaction_timeout: Duration,
    /// How long nobody who asked got a connection before the pool counts as hanging on a silent server and is
    /// replaced. Statements end after a fraction of it, so a busy pool always lends some.
    pub stuck_after: Duration,
    /// Whether a statement keeps the plan it was given first. For services whose statements all go by keys, so that what
    /// is asked for never changes how it is best found.
    pub keeps_plans: bool,
}

impl Settings {
    /// Reads where the database of a service is. *Errors*: all problems at once.
    pub fn read(source: &Source, service: &'static str) -> Result<Self, Problems> {
        let mut reader = source.reader(service);
        let settings = Self::read_from(&mut reader, service);
        reader.finish().map(|()| settings)
    }

    /// Reads with a reader of the caller, who finishes it and has its entries.
    pub fn read_from(reader: &mut Reader, service: &str) -> Self {
        let own_name = format!("{}_DATABASE_URL", service.to_uppercase());
        let own = reader.secret(&own_name, "address of this service's database, instead of DATABASE_URL");
        let server =
            reader.secret("DATABASE_URL", "address of the PostgreSQL server, a database per service");
        let name = if own.is_some() { own_name.as_str() } else { "DATABASE_URL" };
        let url = match (own, server) {
            (Some(own), _) => checked(own.expose_secret()),
            (None, Some(server)) => on_server(server.expose_secret(), &format!("dormpay_{service}")),
            (None, None) => None,
        };
        if url.is_none() {
            reader.refuse(name, "an address such as postgres://user:password@host:5432/");
        }
        let connections = reader.parse_within(
            "DATABASE_MAX_CONNECTIONS",
            "5",
            2..=100,
            "connections of each service at most; all together leave ten of the server free",
        );
        Self { max_connections: connections, ..Self::at(service, url.unwrap_or_default()) }
    }

    /// Takes an address and the limits of reliability.md section 1 for two processors.
    pub fn at(service: &str, url: impl Into<String>) -> Self {
        Self {
            url: SecretString::from(url.into()),
            service: service.to_owned(),
            max_connections: 5,
            min_connections: 1,
            acquire_timeout: Duration::from_millis(500),
            max_lifetime: Duration::from_mins(10),
            statement_timeout: Duration::from_millis(1_500),
            lock_timeout: Duration::from_millis(500),
            idle_in_transaction_timeout: Duration::from_secs(5),
            stuck_after: Duration::from_secs(5),
            keeps_plans: false,
        }
    }

    /// Gives the address, password and all.
    pub fn url(&self) -> &str {
        self.url.expose_secret()
    }
}

fn checked(url: &str) -> Option<String> {
    pool::address(url).ok().map(|_| url.to_owned())
}

/// Gives the address of a database on a server, whatever database the server's address names.
fn on_server(url: &str, database: &str) -> Option<String> {
    let options = pool::address(url).ok()?.database(database);
    Some(options.to_url_lossy().to_string())
}
