//! How connections are made, checked and given back.
//!
//! Limits are the server's: a statement, a wait for a lock and an idle transaction end by themselves, so that
//! no future has to be dropped to stop them. Who borrows a connection does not live here. The rule not to be
//! broken: a connection returns only when it provably is outside a transaction, or it is closed.

use std::{io, str::FromStr as _, time::Duration};

use fault::Fault;
use futures::FutureExt as _;
use sqlx::{
    PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{APP_ROLE, Settings};

const RELEASE_TIMEOUT: Duration = Duration::from_millis(500);

/// Makes a pool that connects when first asked. Just-in-time compilation is off: it takes a tenth of a second,
/// and our statements are short.
///
/// *Errors*: internal, if the address cannot be read; a database that is away is found out later.
pub(crate) fn lazy(settings: &Settings) -> Result<PgPool, Fault> {
    let ms = |limit: Duration| limit.as_millis().to_string();
    let plans = if settings.keeps_plans { "force_generic_plan" } else { "auto" };
    let options =
        address(settings.url())?.application_name(&format!("dormpay {}", settings.service)).options([
            ("role", APP_ROLE.to_owned()),
            ("timezone", "UTC".to_owned()),
            ("jit", "off".to_owned()),
            ("plan_cache_mode", plans.to_owned()),
            ("statement_timeout", ms(settings.statement_timeout)),
            ("lock_timeout", ms(settings.lock_timeout)),
            ("idle_in_transaction_session_timeout", ms(settings.idle_in_transaction_timeout)),
        ]);
    Ok(PgPoolOptions::new()
        .max_connections(settings.max_connections)
        .min_connections(settings.min_connections)
        .acquire_timeout(settings.acquire_timeout)
        .max_lifetime(settings.max_lifetime)
        .test_before_acquire(false)
        .after_connect(|conn, _| refuse_a_replica(conn).boxed())
        .after_release(|conn, _| leave_any_transaction(conn).boxed())
        .connect_lazy_with(options))
}

/// Reads an address such as `postgres://user@host:5432/name`.
pub(crate) fn address(url: &str) -> Result<PgConnectOptions, Fault> {
    PgConnectOptions::from_str(url)
        .map_err(|error| Fault::internal(format!("the address of the database cannot be read: {error}")))
}

/// Refuses a server that takes no writes, so that after a failover the pool finds the primary again.
async fn refuse_a_replica(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    let is_read_only =
        sqlx::query_scalar!("select current_setting('transaction_read_only')").fetch_one(conn).await?;
    if is_read_only.as_deref() == Some("off") {
        Ok(())
    } else {
        Err(sqlx::Error::Io(io::Error::other("the server is a replica or read-only")))
    }
}

/// Ends whatever transaction a cancelled caller left open, within half a second.
///
/// A bare ROLLBACK would make the server log a warning at every release; a BEGIN before it makes the normal
/// case silent. In an open transaction the BEGIN only warns, in an aborted one it fails, and then (as when time
/// runs out) the error makes the pool close the connection hard, without waiting for the server.
async fn leave_any_transaction(conn: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let leave = sqlx::raw_sql("begin; rollback").execute(conn);
    match tokio::time::timeout(RELEASE_TIMEOUT, leave).await {
        Ok(result) => result.map(|_| true),
        Err(_) => Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into())),
    }
}
