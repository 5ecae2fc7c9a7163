//! Tells another service whether somebody typed his own login password.

use fault::Fault;
use host::Call;
use proto::user::v1::{CheckPasswordRequest, CheckPasswordResponse};

use super::check_password;
use crate::{service::Service, store::accounts};

/// Compares the caller's login password. *Errors*: `RATE_LIMIT_EXCEEDED` after ten wrong ones.
pub(crate) async fn check_own_password(
    service: Service,
    call: Call,
    request: CheckPasswordRequest,
) -> Result<CheckPasswordResponse, Fault> {
    let id = call.caller.user()?.id;
    let mut conn = service.db.acquire().await?;
    let hash = accounts::password_hash(&mut conn, id).await?.ok_or_else(|| Fault::not_found("user"))?;
    drop(conn);
    let name = format!("user {id}");
    let address = call.client_address().unwrap_or_default();
    let attempt = check_password::Attempt { name: &name, address, password: &request.password };
    let is_right = check_password::matches(&service, attempt, Some(hash)).await?;
    Ok(CheckPasswordResponse { is_right })
}
