//! Disables and enables a user.

use durable::audit;
use fault::Fault;
use host::{Answer, Call};
use proto::user::v1::{SetDisabledRequest, SetDisabledResponse};
use serde_json::json;

use super::set_role;
use crate::{
    service::Service,
    store::{
        admins,
        sessions::{self, End},
    },
    wire,
};

/// Disables or enables a user; a disabled user's sessions end within a second and do not come back.
///
/// *Errors*: `NOT_FOUND`; `STATE_CONFLICT` for the last active administrator.
pub(crate) async fn set_disabled(
    service: Service,
    call: Call,
    request: SetDisabledRequest,
) -> Result<Answer<SetDisabledResponse>, Fault> {
    call.caller.admin()?;
    let mut tx = service.db.begin().await?;
    if let Some(replay) = call.claim(&mut tx).await? {
        return Ok(replay);
    }
    let before = set_role::lock(&mut tx, request.user_id, request.disabled).await?;
    let account = if before.disabled == request.disabled {
        before
    } else {
        let now = service.clock().now();
        let after = admins::set_disabled(&mut tx, before.id, request.disabled, now).await?;
        if request.disabled {
            sessions::end_all(&mut tx, before.id, End::Disabled, now).await?;
        }
        let action = if request.disabled { "user.disabled" } else { "user.enabled" };
        let states = [before.disabled, after.disabled].map(|disabled| Some(json!({ "disabled": disabled })));
        audit::append(&mut tx, call.audit(action, format!("user:{}", before.id), states.into())).await?;
        after
    };
    let answer = call.store(&mut tx, SetDisabledResponse { user: Some(wire::user(account)) }).await?;
    tx.commit().await?;
    Ok(answer)
}
