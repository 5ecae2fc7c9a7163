//! Sets a new payment password for whoever forgot it and knows his login password.
//!
//! *Idempotent* by the caller's key. Guesses of the login password are slowed down by the user service.

use durable::audit;
use fault::Fault;
use host::{Answer, Call};
use proto::wallet::v1::{ResetPaymentPasswordRequest, ResetPaymentPasswordResponse};

use super::rights;
use crate::{passwords, service::Service, store::passwords as rows};

/// Sets a new payment password and ends a lock.
///
/// *Errors*: `FORBIDDEN`; validation of `new_password` and `login_password`; `RATE_LIMIT_EXCEEDED` after ten wrong login
/// passwords.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &ResetPaymentPasswordRequest,
) -> Result<Answer<ResetPaymentPasswordResponse>, Fault> {
    let user_id = asked.user_id;
    rights::himself(&call.caller, user_id)?;
    let new = passwords::new(&service.password_key.open("new_password", &asked.new_password).await?)?;
    let login = service.password_key.open("login_password", &asked.login_password).await?;
    if !service.people.has_login_password(login).await? {
        return Err(Fault::validation("login_password", "is not the login password"));
    }
    let hash = service.passwords.hashing().hash(new).await?;
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        tx.rollback().await?;
        return Ok(answer);
    }
    rows::reset(&mut tx, user_id, &hash, service.clock.now()).await?;
    let entry = call.audit("payment_password.reset", format!("user:{user_id}"), (None, None));
    audit::append(&mut tx, entry).await?;
    let answer = call.store(&mut tx, ResetPaymentPasswordResponse {}).await?;
    tx.commit().await?;
    Ok(answer)
}
