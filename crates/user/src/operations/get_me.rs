//! Shows the caller to himself (000-E03).

use fault::Fault;
use host::Call;
use proto::user::v1::{GetMeRequest, GetMeResponse};

use crate::{service::Service, store::accounts, wire};

/// Gives the caller's account.
pub(crate) async fn get_me(service: Service, call: Call, _: GetMeRequest) -> Result<GetMeResponse, Fault> {
    let mut conn = service.db.acquire().await?;
    let account =
        accounts::find(&mut conn, call.caller.user()?.id).await?.ok_or_else(|| Fault::not_found("user"))?;
    Ok(GetMeResponse { user: Some(wire::user(account)) })
}
