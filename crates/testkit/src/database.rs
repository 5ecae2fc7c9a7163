//! A fresh database for each test, cloned from a template that has run the migrations.
//!
//! The template is named after the migrations' checksums, so it is made once for each state of them and serves
//! all processes. A test's database is dropped with its handle; what a killed process left is swept after an
//! hour. The rule not to be broken: the application's role has the same rights as in production.

use std::{sync::Once, thread, time::Duration};

use clock::Clock;
use sha2::{Digest as _, Sha256};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection, migrate::Migrator,
    postgres::PgConnectOptions,
};

use crate::server;

/// The number of the advisory lock under which templates are made ("testkit" in ASCII).
const TEMPLATE_LOCK: i64 = 0x74_65_73_74_6b_69_74;
const LEFT_OVER_AFTER_SECONDS: i64 = 3_600;
const PREFIX: &str = "dormpay_test_";

/// Holds one test's database and drops it at the end.
#[derive(Debug)]
pub struct TestDb {
    /// The address, for `durable::Settings::at`.
    pub url: String,
    name: String,
}

impl TestDb {
    /// Connects a pool with small limits, as the application's role.
    pub async fn connect(&self, clock: Clock) -> durable::Database {
        let mut settings = durable::Settings::at("test", &self.url);
        // A machine that runs many tests is slow, and that is not what they are about.
        settings.acquire_timeout = Duration::from_secs(10);
        settings.statement_timeout = Duration::from_secs(10);
        durable::Database::connect(&settings, clock).await.unwrap_or_else(|fault| panic!("{fault:?}"))
    }

    /// Opens one connection as the owner, who may do everything.
    pub async fn owner(&self) -> PgConnection {
        connect(&self.name).await
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let name = std::mem::take(&mut self.name);
        // A runtime of its own, because this may run at the end of the test's; waited for, because the process
        // may end right after.
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime {
                runtime.block_on(drop_database(&name));
            }
        });
        let _ = dropping.join();
    }
}

/// Makes a database with all of `migrations`.
pub async fn database(migrations: &Migrator) -> TestDb {
    let template = template_name(migrations);
    let mut conn = connect("postgres").await;
    sweep(&mut conn).await;
    if !exists(&mut conn, &template).await {
        make_template(&mut conn, &template, migrations).await;
    }
    let name = format!("{PREFIX}{}_{}", Clock::system().now().timestamp(), Clock::system().new_id());
    run(&mut conn, format!("create database {name} template {template}")).await;
    let _ = conn.close().await;
    TestDb { url: address(&name).to_url_lossy().to_string(), name }
}

/// Makes a template under a lock, so that only one of many processes does. It gets its name when it is complete.
async fn make_template(conn: &mut PgConnection, template: &str, migrations: &Migrator) {
    run(conn, format!("select pg_advisory_lock({TEMPLATE_LOCK})")).await;
    if !exists(conn, template).await {
        let unfinished = format!("{template}_unfinished");
        run(conn, format!("drop database if exists {unfinished} with (force)")).await;
        let url = address(&unfinished).to_url_lossy().to_string();
        if let Err(fault) = durable::migrate(&url, migrations).await {
            panic!("the migrations do not run: {fault:?}");
        }
        run(conn, format!("alter database {unfinished} rename to {template}")).await;
    }
    run(conn, format!("select pg_advisory_unlock({TEMPLATE_LOCK})")).await;
}

/// Drops what killed processes left, once per process. Templates stay: there is one for each state of a
/// service's migrations.
async fn sweep(conn: &mut PgConnection) {
    static ONCE: Once = Once::new();
    let mut is_first = false;
    ONCE.call_once(|| is_first = true);
    if !is_first {
        return;
    }
    let names: Vec<String> =
        sqlx::query_scalar("select datname::text from pg_database where datname like 'dormpay\\_test\\_%'")
            .fetch_all(&mut *conn)
            .await
            .unwrap_or_default();
    let limit = Clock::system().now().timestamp() - LEFT_OVER_AFTER_SECONDS;
    let made_at = |name: &str| name.strip_prefix(PREFIX)?.split('_').next()?.parse::<i64>().ok();
    for name in names.iter().filter(|name| made_at(name).is_some_and(|at| at < limit)) {
        let _ = conn.execute(AssertSqlSafe(format!("drop database if exists {name} with (force)"))).await;
    }
}

async fn drop_database(name: &str) {
    let statement = AssertSqlSafe(format!("drop database if exists {name} with (force)"));
    let dropped = async {
        let mut conn = address("postgres").connect().await?;
        conn.execute(statement).await?;
        conn.close().await
    };
    let _ = tokio::time::timeout(Duration::from_secs(10), dropped).await;
}

fn template_name(migrations: &Migrator) -> String {
    let mut hash = Sha256::new();
    for migration in migrations.iter() {
        hash.update(migration.version.to_be_bytes());
        hash.update(&migration.checksum);
    }
    hash.update(include_str!("../../durable/src/rights.sql"));
    let digest = hex::encode(hash.finalize());
    format!("dormpay_template_{}", digest.get(..24).unwrap_or(&digest))
}

async fn exists(conn: &mut PgConnection, name: &str) -> bool {
    let found = sqlx::query_scalar("select exists (select 1 from pg_database where datname = $1)")
        .bind(name)
        .fetch_one(conn)
        .await;
    found.unwrap_or_else(|error| panic!("the test server does not answer: {error}"))
}

async fn run(conn: &mut PgConnection, statement: String) {
    if let Err(error) = conn.execute(AssertSqlSafe(statement.as_str().to_owned())).await {
        panic!("{statement}: {error}");
    }
}

async fn connect(name: &str) -> PgConnection {
    match address(name).connect().await {
        Ok(conn) => conn,
        Err(error) => panic!("the database {name} of TEST_DATABASE_URL cannot be reached: {error}"),
    }
}

fn address(name: &str) -> PgConnectOptions {
    match server("TEST_DATABASE_URL").parse::<PgConnectOptions>() {
        Ok(options) => options.database(name).options([("client_min_messages", "warning")]),
        Err(error) => panic!("TEST_DATABASE_URL cannot be read: {error}"),
    }
}
