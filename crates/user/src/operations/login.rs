//! Begins a session by name and password (000-E02).

use fault::{Code, Fault};
use host::{Answer, Call};
use proto::user::v1::{LoginRequest, LoginResponse};

use super::{begin_session, check_password};
use crate::{domain::text, service::Service, store::accounts};

/// Logs in and gives the tokens of a new session.
///
/// *Errors*: `AUTH_INVALID`, the same for an unknown name and a wrong password; `RATE_LIMIT_EXCEEDED`.
pub(crate) async fn login(
    service: Service,
    call: Call,
    request: LoginRequest,
) -> Result<Answer<LoginResponse>, Fault> {
    let mut conn = service.db.acquire().await?;
    let found = accounts::find_for_login(&mut conn, &text::key(&request.username)).await?;
    drop(conn);
    let attempt = check_password::Attempt {
        name: &request.username,
        address: call.client_address().unwrap_or_default(),
        password: &request.password,
    };
    let (id, phc) = found.unzip();
    let is_match = check_password::matches(&service, attempt, phc.clone()).await?;
    let (Some(id), Some(phc), true) = (id, phc, is_match) else { return Err(refused()) };
    let mut tx = service.db.begin().await?;
    if let Some(replay) = call.claim(&mut tx).await? {
        return Ok(replay);
    }
    let account = accounts::lock_for_session(&mut tx, id, Some(&phc)).await?.ok_or_else(refused)?;
    if account.disabled {
        return Err(Fault::new(Code::AuthInvalid, "the account is disabled"));
    }
    let session_id = begin_session::begin(&service, &mut tx, &account, None).await?;
    let session = begin_session::tokens(&service, &mut tx, account, session_id).await?;
    let answer = call.store(&mut tx, LoginResponse { session: Some(session) }).await?;
    tx.commit().await?;
    Ok(answer)
}

fn refused() -> Fault {
    Fault::new(Code::AuthInvalid, "user name or password is wrong")
}
