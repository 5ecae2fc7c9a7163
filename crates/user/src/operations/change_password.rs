//! Sets a new login password and ends all sessions of the user, this one too.

use durable::audit;
use fault::Fault;
use host::{Answer, Call};
use proto::user::v1::{ChangePasswordRequest, ChangePasswordResponse};

use super::check_password;
use crate::{
    domain::text,
    service::Service,
    store::{
        accounts,
        sessions::{self, End},
    },
};

/// Changes the password of the caller.
///
/// *Errors*: `VALIDATION_ERROR` naming `old_password` or `new_password`; `RATE_LIMIT_EXCEEDED` after ten wrong ones.
pub(crate) async fn change_password(
    service: Service,
    call: Call,
    request: ChangePasswordRequest,
) -> Result<Answer<ChangePasswordResponse>, Fault> {
    let id = call.caller.user()?.id;
    let new = text::password("new_password", &request.new_password)?;
    let mut conn = service.db.acquire().await?;
    let old_hash = accounts::password_hash(&mut conn, id).await?.ok_or_else(|| Fault::not_found("user"))?;
    drop(conn);
    let name = format!("user {id}");
    let attempt = check_password::Attempt {
        name: &name,
        address: call.client_address().unwrap_or_default(),
        password: &request.old_password,
    };
    if !check_password::matches(&service, attempt, Some(old_hash.clone())).await? {
        return Err(wrong());
    }
    let new_hash = service.passwords.hash(new).await?;
    let mut tx = service.db.begin().await?;
    if let Some(replay) = call.claim(&mut tx).await? {
        return Ok(replay);
    }
    let now = service.clock().now();
    if !accounts::set_password(&mut tx, id, [&old_hash, &new_hash], now).await? {
        return Err(wrong());
    }
    sessions::end_all(&mut tx, id, End::Password, now).await?;
    audit::append(&mut tx, call.audit("user.password_changed", format!("user:{id}"), (None, None))).await?;
    let answer = call.store(&mut tx, ChangePasswordResponse {}).await?;
    tx.commit().await?;
    Ok(answer)
}

fn wrong() -> Fault {
    Fault::validation("old_password", "is not the present password")
}
