//! Freezes an account, or ends that.
//!
//! Into a frozen account money still comes; nothing goes out, and nothing is held anew. *Idempotent* by the caller's key.
//! *Locks*: the account, so that it waits for the batch on its way. The rule not to be broken: every change has its audit
//! row, with a reason.

use durable::audit;
use fault::Fault;
use host::{Answer, Call};
use input::NOTE_CHARS_MAX;
use prost::Message;
use proto::wallet::v1;
use serde_json::json;

use crate::{service::Service, store::accounts, wire};

/// What is wanted of an account.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) account: Option<v1::Account>,
    pub(crate) reason: String,
    pub(crate) is_frozen: bool,
}

/// Sets whether an account is frozen. One that is so already stays so, and nothing is written.
///
/// *Errors*: `FORBIDDEN`; validation of `account` and `reason`; `NOT_FOUND` for an account without an entry;
/// `LOCK_TIMEOUT`.
pub(crate) async fn run<R: Message + Default>(
    service: &Service,
    call: &Call,
    wanted: &Wanted,
) -> Result<Answer<R>, Fault> {
    call.caller.admin()?;
    let account = wire::account("account", wanted.account.as_ref())?;
    if !account.is_somebodys() {
        return Err(Fault::validation("account", "must be a user's or merchant's"));
    }
    let reason = input::lines("reason", &wanted.reason, 1..=NOTE_CHARS_MAX)?;
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        tx.rollback().await?;
        return Ok(answer);
    }
    let Some((id, was_frozen)) = accounts::lock_one(&mut tx, account).await? else {
        tx.rollback().await?;
        return Err(Fault::not_found("account"));
    };
    let (mut changed, now) = (Vec::new(), service.clock.now());
    if was_frozen != wanted.is_frozen {
        changed.push((account, accounts::set_frozen(&mut tx, id, wanted.is_frozen, now).await?));
        let action = if wanted.is_frozen { "account.frozen" } else { "account.unfrozen" };
        let states =
            (json!({ "is_frozen": was_frozen }), json!({ "is_frozen": wanted.is_frozen, "reason": reason }));
        let entry = call.audit(action, format!("account:{account}"), (Some(states.0), Some(states.1)));
        audit::append(&mut tx, entry).await?;
    }
    let answer = call.store(&mut tx, R::default()).await?;
    tx.commit().await?;
    service.changes.tell(changed, now);
    Ok(answer)
}
