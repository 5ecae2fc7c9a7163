//! Drops what is kept for a while only: old events, expired invites, old idempotency keys.

use chrono::{DateTime, Utc};
use fault::Fault;
use host::Answer;
use proto::room::v1::PurgeExpiredResponse;

use crate::{
    domain::event::KEPT_FOR,
    service::Service,
    store::{events, invites},
};

/// A run stops after so many batches of a kind; the next one goes on.
const BATCHES_MAX: usize = 1_000;

/// Deletes what is older than seven days, in batches. *Idempotent*: what is gone is gone.
pub(crate) async fn purge_expired(service: &Service) -> Result<Answer<PurgeExpiredResponse>, Fault> {
    let before = service.clock.now() - KEPT_FOR;
    let mut rows = purge_events(service, before).await?;
    rows = rows.saturating_add(purge_invites(service, before).await?);
    rows = rows.saturating_add(host::forget_old_keys(&service.db).await?);
    let reply = PurgeExpiredResponse { rows_deleted: i64::try_from(rows).unwrap_or(i64::MAX) };
    Ok(Answer { reply, is_replay: false })
}

async fn purge_events(service: &Service, before: DateTime<Utc>) -> Result<u64, Fault> {
    let mut rows = 0_u64;
    for _ in 0..BATCHES_MAX {
        let mut conn = service.db.acquire().await?;
        match events::purge(&mut conn, before).await? {
            0 => break,
            batch => rows = rows.saturating_add(batch),
        }
    }
    Ok(rows)
}

async fn purge_invites(service: &Service, before: DateTime<Utc>) -> Result<u64, Fault> {
    let mut rows = 0_u64;
    for _ in 0..BATCHES_MAX {
        let mut conn = service.db.acquire().await?;
        match invites::purge(&mut conn, before).await? {
            0 => break,
            batch => rows = rows.saturating_add(batch),
        }
    }
    Ok(rows)
}
