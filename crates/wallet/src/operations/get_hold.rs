//! Shows one hold.
//!
//! Read only; for services that move money and administrators.

use fault::Fault;
use proto::wallet::v1::{GetHoldRequest, GetHoldResponse, Hold};

use crate::{answers, domain, service::Service, store::holds};

/// Reads a hold as it is now, by its id, or by its key if the id is 0. *Errors*: `NOT_FOUND`.
pub(crate) async fn run(service: &Service, asked: &GetHoldRequest) -> Result<GetHoldResponse, Fault> {
    let id = if asked.hold_id == 0 { placed(service, &asked.idempotency_key).await? } else { asked.hold_id };
    Ok(GetHoldResponse { hold: Some(shown(service, find(service, id).await?).await?) })
}

/// Finds the id of the hold that was placed under a key. *Errors*: `NOT_FOUND`.
async fn placed(service: &Service, key: &str) -> Result<i64, Fault> {
    let mut conn = service.db.acquire().await?;
    let mut found = holds::placed(&mut conn, &[key]).await?;
    found.remove(key).map(|(_, placed)| placed.hold_id).ok_or_else(|| Fault::not_found("hold"))
}

/// Finds a hold. *Errors*: `NOT_FOUND`.
pub(super) async fn find(service: &Service, hold_id: i64) -> Result<domain::Hold, Fault> {
    let mut conn = service.db.acquire().await?;
    let found = holds::read(&mut conn, &[hold_id]).await?;
    found.into_iter().next().ok_or_else(|| Fault::not_found("hold"))
}

/// Adds to a hold what was written beside it.
pub(super) async fn shown(service: &Service, hold: domain::Hold) -> Result<Hold, Fault> {
    let mut conn = service.db.acquire().await?;
    let written = holds::written(&mut conn, hold.id).await?;
    Ok(answers::hold(hold, written.ok_or_else(|| Fault::not_found("hold"))?))
}
