//! Sets a user's first payment password, or changes it with the old one.
//!
//! *Idempotent* by the caller's key. The rule not to be broken: a password that is there is changed only by whoever knows
//! it, and wrong tries count as everywhere.

use durable::audit;
use fault::{Code, Fault};
use host::{Answer, Call};
use proto::wallet::v1::{SetPaymentPasswordRequest, SetPaymentPasswordResponse};

use super::{check_payment_password, rights};
use crate::{passwords, service::Service, store::passwords as rows};

/// Sets a new payment password.
///
/// *Errors*: `FORBIDDEN`; validation of `new_password` and `old_password`; `PAYMENT_PASSWORD_ERROR` for a wrong old one;
/// `VERSION_CONFLICT` when it was changed meanwhile.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &SetPaymentPasswordRequest,
) -> Result<Answer<SetPaymentPasswordResponse>, Fault> {
    let user_id = asked.user_id;
    rights::himself(&call.caller, user_id)?;
    let new = passwords::new(&service.password_key.open("new_password", &asked.new_password).await?)?;
    let known = {
        let mut conn = service.db.acquire().await?;
        rows::find(&mut conn, user_id).await?
    };
    let version = match (known, asked.old_password.as_str()) {
        (None, "") => None,
        (None, _) => return Err(Fault::validation("old_password", "must be left out, none is set yet")),
        (Some(_), "") => return Err(Fault::validation("old_password", "must be given, a password is set")),
        (Some(_), old) => Some(check_payment_password::prove(service, user_id, old).await?.version),
    };
    let hash = service.passwords.hashing().hash(new).await?;
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        tx.rollback().await?;
        return Ok(answer);
    }
    let now = service.clock.now();
    let is_set = match version {
        None => rows::set_first(&mut tx, user_id, &hash, now).await?,
        Some(version) => rows::replace(&mut tx, (user_id, version), &hash, now).await?,
    };
    if !is_set {
        tx.rollback().await?;
        return Err(Fault::new(Code::VersionConflict, "the payment password was changed just now"));
    }
    let action = if version.is_some() { "payment_password.changed" } else { "payment_password.set" };
    audit::append(&mut tx, call.audit(action, format!("user:{user_id}"), (None, None))).await?;
    let answer = call.store(&mut tx, SetPaymentPasswordResponse {}).await?;
    tx.commit().await?;
    Ok(answer)
}
