//! Shows one hold.
//!
//! Read only; for services that move money and administrators.

use fault::Fault;
use proto::wallet::v1::{GetHoldResponse, Hold};

use crate::{answers, domain, service::Service, store::holds};

/// Reads a hold as it is now. *Errors*: `NOT_FOUND`.
pub(crate) async fn run(service: &Service, hold_id: i64) -> Result<GetHoldResponse, Fault> {
    Ok(GetHoldResponse { hold: Some(shown(service, find(service, hold_id).await?).await?) })
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
