//! Deletes idempotency keys that are old enough. Never money.

use fault::Fault;
use proto::expense::v1::PurgeExpiredResponse;

use crate::service::Service;

/// Deletes what has expired, in batches. *Idempotent*: what is gone is gone.
pub(crate) async fn purge_expired(service: &Service) -> Result<PurgeExpiredResponse, Fault> {
    let rows = host::forget_old_keys(&service.db).await?;
    Ok(PurgeExpiredResponse { rows_deleted: i64::try_from(rows).unwrap_or(i64::MAX) })
}
