//! Takes a user off a list.
//!
//! *Idempotent* by the caller's key. *Locks*: the key, then the user's entry.

use durable::audit;
use fault::Fault;
use host::{Answer, Call};
use proto::risk::v1::{DeleteEntryRequest, DeleteEntryResponse};

use super::{kind, state, subject, user_id};
use crate::{service::Service, store::entries};

/// Deletes the entry.
///
/// *Errors*: `FORBIDDEN`; validation of `user_id` and `kind`; `NOT_FOUND` if he is not on this list.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &DeleteEntryRequest,
) -> Result<Answer<DeleteEntryResponse>, Fault> {
    call.caller.admin()?;
    let (user_id, kind) = (user_id(asked.user_id)?, kind(asked.kind)?);
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        tx.rollback().await?;
        return Ok(answer);
    }
    let Some(before) = entries::delete(&mut tx, user_id, kind).await? else {
        tx.rollback().await?;
        return Err(Fault::not_found("entry"));
    };
    let states = (Some(state(&before)), None);
    audit::append(&mut tx, call.audit("risk.entry_deleted", subject(user_id), states)).await?;
    let answer = call.store(&mut tx, DeleteEntryResponse {}).await?;
    tx.commit().await?;
    Ok(answer)
}
