//! Puts a user on a list, or gives another reason for it.
//!
//! *Idempotent* by the caller's key. *Locks*: the key, then the user's entry. The rule not to be broken: whoever is on
//! the other list stays there.

use durable::audit;
use fault::Fault;
use host::{Answer, Call};
use input::NOTE_CHARS_MAX;
use proto::risk::v1::{PutEntryRequest, PutEntryResponse};

use super::{encode, kind, state, subject, user_id};
use crate::{domain::Entry, service::Service, store::entries};

/// Writes the entry and gives it back as it is now.
///
/// *Errors*: `FORBIDDEN`; validation of `user_id`, `kind` and `reason`; `STATE_CONFLICT` while the user is on the
/// other list, retryable if two put him there at once.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &PutEntryRequest,
) -> Result<Answer<PutEntryResponse>, Fault> {
    let admin = call.caller.admin()?;
    let wanted = Entry {
        user_id: user_id(asked.user_id)?,
        kind: kind(asked.kind)?,
        reason: input::lines("reason", &asked.reason, 1..=NOTE_CHARS_MAX)?,
        created_by: admin.id,
    };
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        tx.rollback().await?;
        return Ok(answer);
    }
    let now = service.db.clock().now();
    let before = entries::lock(&mut tx, wanted.user_id).await?;
    let after = match &before {
        None => {
            entries::insert(&mut tx, &wanted, now).await?;
            wanted
        }
        Some(before) if before.kind == wanted.kind => {
            entries::set_reason(&mut tx, wanted.user_id, &wanted.reason, now).await?;
            Entry { created_by: before.created_by, ..wanted }
        }
        Some(before) => {
            tx.rollback().await?;
            return Err(Fault::conflict(format!("the user is on the {} list", before.kind.as_str())));
        }
    };
    let states = (before.as_ref().map(state), Some(state(&after)));
    audit::append(&mut tx, call.audit("risk.entry_put", subject(after.user_id), states)).await?;
    let answer = call.store(&mut tx, PutEntryResponse { entry: Some(encode(after)) }).await?;
    tx.commit().await?;
    Ok(answer)
}
