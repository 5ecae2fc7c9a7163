//! Sentences about durable, on a real PostgreSQL.
//!
//! Each test has a database of its own and goes through the public functions; the owner's connection is for
//! looking from outside and for corrupting what must be noticed.

mod audit;
mod away;
mod cancellation;
mod errors;
mod group;
mod idempotency;
mod lane;
mod outbox;
mod rights;
mod schedule;
mod settings;
mod together;

use clock::Clock;
use sqlx::{AssertSqlSafe, PgConnection, migrate::Migrator};
use testkit::TestDb;

use crate::{Database, Settings};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Makes a database and a pool on it.
async fn database() -> (TestDb, Database) {
    testkit::trace();
    let test_db = testkit::database(&MIGRATIONS).await;
    let db = connect(&test_db, Clock::system()).await;
    (test_db, db)
}

async fn connect(test_db: &TestDb, clock: Clock) -> Database {
    Database::connect(&Settings::at("test", &test_db.url), clock).await.unwrap()
}

/// Settings that reach a test's database through a proxy.
fn through(proxy: &testkit::Proxy, test_db: &TestDb) -> Settings {
    let server = server_of(test_db);
    Settings::at("test", test_db.url.replace(&server, &format!("127.0.0.1:{}", proxy.port())))
}

/// Gives `host:port` of a test's database.
fn server_of(test_db: &TestDb) -> String {
    let after_user = test_db.url.split('@').nth(1).unwrap();
    after_user.split('/').next().unwrap().to_owned()
}

async fn execute(conn: &mut PgConnection, statement: &str) -> Result<u64, sqlx::Error> {
    let done = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(conn).await?;
    Ok(done.rows_affected())
}

async fn number(conn: &mut PgConnection, question: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(question.to_owned())).fetch_one(conn).await.unwrap()
}
