//! Forgets what has served its time: answered keys after seven days, notes of reminders after thirty.

use chrono::Days;
use fault::Fault;
use proto::bill::v1::PurgeExpiredResponse;

use crate::{service::Service, store::reminders};

const REMINDERS_KEPT: Days = Days::new(30);

/// Forgets, and gives how many rows.
pub(crate) async fn purge_expired(service: &Service) -> Result<PurgeExpiredResponse, Fault> {
    let keys = host::forget_old_keys(&service.db).await?;
    let before = service.today().checked_sub_days(REMINDERS_KEPT).unwrap_or_default();
    let notes = {
        let mut conn = service.db.acquire().await?;
        reminders::purge(&mut conn, before).await?
    };
    let rows_deleted = i64::try_from(keys.saturating_add(notes)).unwrap_or(i64::MAX);
    Ok(PurgeExpiredResponse { rows_deleted })
}
