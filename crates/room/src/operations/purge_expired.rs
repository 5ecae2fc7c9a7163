//! Drops what is kept for a while only: old events, expired invites, old idempotency keys.

use fault::Fault;
use host::Answer;
use proto::room::v1::PurgeExpiredResponse;

use crate::{
    domain::event::KEPT_FOR,
    service::Service,
    store::{events, invites},
};

/// Deletes what is older than seven days, in batches. *Idempotent*: what is gone is gone.
pub(crate) async fn purge_expired(service: &Service) -> Result<Answer<PurgeExpiredResponse>, Fault> {
    let before = service.clock.now() - KEPT_FOR;
    let db = &service.db;
    let events =
        host::in_batches(db, |db| async move { events::purge(&mut *db.acquire().await?, before).await })
            .await?;
    let invites =
        host::in_batches(db, |db| async move { invites::purge(&mut *db.acquire().await?, before).await })
            .await?;
    let rows = events.saturating_add(invites).saturating_add(host::forget_old_keys(db).await?);
    let reply = PurgeExpiredResponse { rows_deleted: i64::try_from(rows).unwrap_or(i64::MAX) };
    Ok(Answer { reply, is_replay: false })
}
