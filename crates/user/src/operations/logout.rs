//! Ends the session of the caller, with all that descend from the same login.

use fault::Fault;
use host::{Answer, Call};
use proto::user::v1::{LogoutRequest, LogoutResponse};

use crate::{
    service::Service,
    store::sessions::{self, End},
};

/// Logs out; access and refresh tokens stop within a second.
pub(crate) async fn logout(
    service: Service,
    call: Call,
    _: LogoutRequest,
) -> Result<Answer<LogoutResponse>, Fault> {
    let session_id = call.caller.user()?.session_id;
    let mut tx = service.db.begin().await?;
    if let Some(replay) = call.claim(&mut tx).await? {
        return Ok(replay);
    }
    sessions::end_family(&mut tx, session_id, End::Logout, service.clock().now()).await?;
    let answer = call.store(&mut tx, LogoutResponse {}).await?;
    tx.commit().await?;
    Ok(answer)
}
