//! Makes the tokens of a session, at the login and at each refresh.
//!
//! The refresh token is stored by its hash alone. The rule not to be broken: the access token carries the rights
//! that the session was begun with, and no others.

use chrono::TimeDelta;
use durable::Tx;
use fault::{Code, Fault};
use identity::Subject;
use proto::user::v1::Session;
use sha2::{Digest as _, Sha256};

use crate::{
    domain::permission,
    service::Service,
    store::{
        accounts::Account,
        refresh,
        sessions::{self, NewSession},
    },
    wire,
};

/// The life of a refresh token, and of a session that is not used (contract section 7).
const REFRESH_LIFE: TimeDelta = TimeDelta::days(30);
const REFRESH_TOKEN_BYTES: usize = 32;

/// Gives the hash by which a refresh token is found.
pub(super) fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Begins a session with the account's present rights; without a family it begins one.
pub(super) async fn begin(
    service: &Service,
    tx: &mut Tx,
    account: &Account,
    family_id: Option<i64>,
) -> Result<i64, Fault> {
    let (id, at) = (service.clock().new_id(), service.clock().now());
    let new = NewSession {
        id,
        family_id: family_id.unwrap_or(id),
        user_id: account.id,
        token_version: account.token_version,
        at,
        expires_at: at + REFRESH_LIFE,
    };
    sessions::insert(tx, &new).await?;
    Ok(id)
}

/// Makes new tokens for a session and lets it live on for thirty days. *Errors*: `AUTH_INVALID` if it has ended.
pub(super) async fn tokens(
    service: &Service,
    tx: &mut Tx,
    account: Account,
    session_id: i64,
) -> Result<Session, Fault> {
    let now = service.clock().now();
    let expires_at = now + REFRESH_LIFE;
    let refresh_token = service.clock().token(REFRESH_TOKEN_BYTES);
    if !sessions::extend(tx, session_id, expires_at).await? {
        return Err(Fault::new(Code::AuthInvalid, "the session has ended"));
    }
    refresh::insert(tx, &token_hash(&refresh_token), session_id, (now, expires_at)).await?;
    let subject = Subject {
        user_id: account.id,
        role: account.role,
        permissions: permission::held(account.role, &account.permissions),
        session_id,
        token_version: account.token_version,
    };
    let issued = service.issuer.issue(&subject)?;
    Ok(Session {
        access_token: issued.token,
        refresh_token,
        expires_in_seconds: issued.expires_in_seconds,
        user: Some(wire::user(account)),
    })
}
