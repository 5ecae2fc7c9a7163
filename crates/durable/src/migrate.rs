//! Bringing a database to the shape that a service expects.
//!
//! Makes the database and the application's role if they are missing, runs the migrations, and gives rights:
//! all but change and deletion of what is append-only. What the tables are is the service's own. The rule not to
//! be broken: migrations wait half a second for a lock and then give way to the traffic.

use std::time::Duration;

use fault::Fault;
use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection, Postgres,
    migrate::{MigrateDatabase as _, MigrateError, Migrator},
};
use tokio::time::sleep;

use crate::{OnConstraint as _, error::has_state, fault_of, pool};

/// The number of the advisory lock under which one runner works ("migrate" in ASCII).
const RUNNER_LOCK: i64 = 0x6d_69_67_72_61_74_65;
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// Makes the database at `url` if it is missing, runs what is new of `migrations`, and gives rights.
///
/// *Idempotent*: runs at each start, by any number of copies. *Locks*: one runner at a time per database.
/// *Errors*: `SERVICE_UNAVAILABLE` if the server is away, else `DATABASE_ERROR`.
pub async fn migrate(url: &str, migrations: &Migrator) -> Result<(), Fault> {
    let mut conn = connect_or_create(url).await?;
    sqlx::query!("select pg_advisory_lock($1)", RUNNER_LOCK).fetch_one(&mut conn).await.or_fault()?;
    sqlx::query!("select set_config('lock_timeout', '500ms', false)")
        .fetch_one(&mut conn)
        .await
        .or_fault()?;
    run(&mut conn, migrations).await?;
    give_rights(&mut conn).await?;
    // The end of the session frees the lock.
    conn.close().await.or_fault()
}

async fn connect_or_create(url: &str) -> Result<PgConnection, Fault> {
    let options = pool::address(url)?.options([("lock_timeout", "60s"), ("client_min_messages", "warning")]);
    match options.connect().await {
        Err(error) if has_state(&error, &["3D000"]) => {
            match Postgres::create_database(url).await {
                Err(error) if !has_state(&error, &["42P04", "23505"]) => return Err(fault_of(error)),
                _ => {}
            }
            options.connect().await.or_fault()
        }
        other => other.or_fault(),
    }
}

/// Runs the migrations; one that cannot get its lock gives way and is tried again.
async fn run(conn: &mut PgConnection, migrations: &Migrator) -> Result<(), Fault> {
    for attempt in 1_u32.. {
        match migrations.run_direct(None, conn, false).await {
            Ok(()) => break,
            Err(MigrateError::ExecuteMigration(error, version))
                if attempt < TRIES && has_state(&error, &["55P03"]) =>
            {
                tracing::warn!(version, attempt, "migration {version} gives way to a lock");
                sleep(PAUSE).await;
            }
            Err(MigrateError::Execute(error)) => return Err(fault_of(error)),
            Err(error) => return Err(Fault::internal(format!("the migrations stopped: {error}"))),
        }
    }
    Ok(())
}

/// Makes the role, grants it everything that is not append-only, and lets this login take it on.
async fn give_rights(conn: &mut PgConnection) -> Result<(), Fault> {
    let mut tx = conn.begin().await.or_fault()?;
    sqlx::raw_sql(include_str!("rights.sql")).execute(&mut *tx).await.or_fault()?;
    tx.commit().await.or_fault()
}
