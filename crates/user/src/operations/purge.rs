//! Deletes what has expired: sessions, counts of wrong passwords, old keys, files that were never finished.
//!
//! In batches, each by itself; safe to run twice and beside anything else (000-J03).

use chrono::{DateTime, TimeDelta, Utc};
use fault::Fault;
use host::Answer;
use proto::user::v1::{PurgeExpiredRequest, PurgeExpiredResponse};
use sqlx::PgConnection;

use crate::{
    call::Call,
    service::Service,
    store::{purge, uploads},
};

/// How long an ended session and its used refresh tokens are kept, so that reuse is noticed.
const SESSIONS_KEPT: TimeDelta = TimeDelta::days(30);
const FAILURES_KEPT: TimeDelta = TimeDelta::days(1);
/// Far longer than an upload may take.
const UNFINISHED_KEPT: TimeDelta = TimeDelta::hours(1);
const BATCH: i64 = 500;
const BATCHES_MAX: usize = 1_000;

/// Purges and gives how many rows went.
pub(crate) async fn purge_expired(
    service: Service,
    _: Call,
    _: PurgeExpiredRequest,
) -> Result<Answer<PurgeExpiredResponse>, Fault> {
    let now = service.clock().now();
    let mut rows = host::forget_old_keys(&service.db).await?;
    rows = rows.saturating_add(batches(&service, now - SESSIONS_KEPT, Kind::Sessions).await?);
    rows = rows.saturating_add(batches(&service, now, Kind::RefreshTokens).await?);
    rows = rows.saturating_add(batches(&service, now - FAILURES_KEPT, Kind::LoginFailures).await?);
    rows = rows.saturating_add(unfinished(&service, now - UNFINISHED_KEPT).await?);
    let reply = PurgeExpiredResponse { rows_deleted: i64::try_from(rows).unwrap_or(i64::MAX) };
    Ok(Answer { reply, is_replay: false })
}

#[derive(Clone, Copy)]
enum Kind {
    Sessions,
    RefreshTokens,
    LoginFailures,
}

async fn batches(service: &Service, before: DateTime<Utc>, kind: Kind) -> Result<u64, Fault> {
    let mut rows = 0_u64;
    for _ in 0..BATCHES_MAX {
        let mut conn = service.db.acquire().await?;
        match batch(&mut conn, before, kind).await? {
            0 => break,
            deleted => rows = rows.saturating_add(deleted),
        }
    }
    Ok(rows)
}

async fn batch(conn: &mut PgConnection, before: DateTime<Utc>, kind: Kind) -> Result<u64, Fault> {
    match kind {
        Kind::Sessions => purge::sessions(conn, before, BATCH).await,
        Kind::RefreshTokens => purge::refresh_tokens(conn, before, BATCH).await,
        Kind::LoginFailures => purge::login_failures(conn, before, BATCH).await,
    }
}

/// Deletes files that were begun and never finished: the file first, so that its row is found again.
async fn unfinished(service: &Service, before: DateTime<Utc>) -> Result<u64, Fault> {
    let mut conn = service.db.acquire().await?;
    let ids = uploads::orphans(&mut conn, before, BATCH).await?;
    drop(conn);
    let mut rows = 0_u64;
    for id in ids {
        service.files.delete(id).await?;
        let mut conn = service.db.acquire().await?;
        rows = rows.saturating_add(u64::from(uploads::forget(&mut conn, id).await?));
    }
    Ok(rows)
}
