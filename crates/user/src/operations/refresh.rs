//! Trades a refresh token for new tokens, once.
//!
//! A token that comes a second time was stolen, from its owner or by him: every session of its family ends. If the
//! user's rights have changed, a new session of the family takes over, so that access tokens with the old rights
//! stay dead.

use durable::Tx;
use fault::{Code, Fault};
use host::{Answer, Call};
use proto::user::v1::{RefreshRequest, RefreshResponse, Session};

use super::begin_session;
use crate::{
    service::Service,
    store::{
        accounts,
        refresh::{self, Used},
        sessions::{self, End},
    },
};

/// Gives new tokens for an unused refresh token.
///
/// *Errors*: `AUTH_INVALID` for a token that is unknown or used, `AUTH_EXPIRED` if it or its session has ended.
pub(crate) async fn refresh(
    service: Service,
    call: Call,
    request: RefreshRequest,
) -> Result<Answer<RefreshResponse>, Fault> {
    let hash = begin_session::token_hash(&request.refresh_token);
    let mut tx = service.db.begin().await?;
    if let Some(replay) = call.claim(&mut tx).await? {
        return Ok(replay);
    }
    let Some(used) = refresh::consume(&mut tx, &hash, service.clock().now()).await? else {
        tx.rollback().await?;
        return Err(refuse(&service, &hash).await?);
    };
    let session = go_on(&service, &mut tx, used).await?;
    let answer = call.store(&mut tx, RefreshResponse { session: Some(session) }).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Goes on with the session of a token, or with a new one of its family. The account is locked first: whoever ends
/// its sessions at this moment either waits, or has ended this one, which is noticed then.
async fn go_on(service: &Service, tx: &mut Tx, used: Used) -> Result<Session, Fault> {
    let account = accounts::lock_for_session(tx, used.user_id, None).await?;
    let account = account.filter(|account| !account.disabled).ok_or_else(invalid)?;
    if account.token_version == used.token_version {
        return begin_session::tokens(service, tx, account, used.session_id).await;
    }
    if !sessions::end(tx, used.session_id, End::Rights, service.clock().now()).await? {
        return Err(invalid());
    }
    let session_id = begin_session::begin(service, tx, &account, Some(used.family_id)).await?;
    begin_session::tokens(service, tx, account, session_id).await
}

/// Finds out why a token could not be used, and ends its family if it was used before.
async fn refuse(service: &Service, hash: &[u8; 32]) -> Result<Fault, Fault> {
    let mut tx = service.db.begin().await?;
    let Some(spent) = refresh::find_spent(&mut tx, hash).await? else { return Ok(invalid()) };
    if spent.was_used {
        sessions::end_family(&mut tx, spent.session_id, End::Reuse, service.clock().now()).await?;
        tx.commit().await?;
        tracing::warn!(session_id = spent.session_id, "a refresh token came twice, its sessions were ended");
        return Ok(invalid());
    }
    Ok(Fault::new(Code::AuthExpired, "the refresh token has expired or its session has ended"))
}

fn invalid() -> Fault {
    Fault::new(Code::AuthInvalid, "the refresh token is not valid")
}
