//! Deletes what has expired: sessions, counts of wrong passwords, old keys, and files that nobody needs.
//!
//! A file goes if it was never finished, or if for a day it has been nobody's avatar and no service that refers to
//! files has asked for it (see `get_upload`); so receipts stay. In batches, each by itself; safe to run twice and
//! beside anything else (000-J03). The rule not to be broken: a row outlives its file, so that no file is lost.

use chrono::TimeDelta;
use durable::Database;
use fault::Fault;
use host::{Answer, Call};
use proto::user::v1::{PurgeExpiredRequest, PurgeExpiredResponse};

use crate::{
    service::Service,
    store::{
        purge::{self, Before},
        uploads,
    },
};

/// How long an ended session and its used refresh tokens are kept, so that reuse is noticed.
const SESSIONS_KEPT: TimeDelta = TimeDelta::days(30);
const FAILURES_KEPT: TimeDelta = TimeDelta::days(1);
const UNUSED_KEPT: TimeDelta = TimeDelta::days(1);
/// Far longer than an upload may take.
const UNFINISHED_KEPT: TimeDelta = TimeDelta::hours(1);
const BATCH: i64 = 500;

/// Purges and gives how many rows went.
pub(crate) async fn purge_expired(
    service: Service,
    _: Call,
    _: PurgeExpiredRequest,
) -> Result<Answer<PurgeExpiredResponse>, Fault> {
    let keys = host::forget_old_keys(&service.db).await?;
    let rows = keys.saturating_add(expired(&service).await?).saturating_add(files(&service).await?);
    let reply = PurgeExpiredResponse { rows_deleted: i64::try_from(rows).unwrap_or(i64::MAX) };
    Ok(Answer { reply, is_replay: false })
}

async fn expired(service: &Service) -> Result<u64, Fault> {
    let now = service.clock().now();
    let before =
        Before { session: now - SESSIONS_KEPT, refresh_token: now, login_failure: now - FAILURES_KEPT };
    let delete = |db: Database| async move { purge::expired(&mut *db.acquire().await?, before, BATCH).await };
    host::in_batches(&service.db, delete).await
}

/// Deletes files: the file first, so that its row is found again.
async fn files(service: &Service) -> Result<u64, Fault> {
    let now = service.clock().now();
    let mut conn = service.db.acquire().await?;
    uploads::discard_unused(&mut conn, now - UNUSED_KEPT, BATCH).await?;
    let ids = uploads::orphans(&mut conn, now - UNFINISHED_KEPT, BATCH).await?;
    drop(conn);
    let mut rows = 0_u64;
    for id in ids {
        service.files.delete(id).await?;
        let mut conn = service.db.acquire().await?;
        rows = rows.saturating_add(u64::from(uploads::forget(&mut conn, id).await?));
    }
    Ok(rows)
}
