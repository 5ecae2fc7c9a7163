//! Makes an account (000-E01).

use clock::Clock;
use fault::Fault;
use host::{Answer, Call};
use identity::Role;
use proto::user::v1::{RegisterRequest, RegisterResponse};
use vault::Passwords;

use crate::{
    domain::text,
    service::Service,
    store::accounts::{self, NewAccount},
    wire,
};

/// Registers an ordinary user.
///
/// *Errors*: `VALIDATION_ERROR` naming the field; `DUPLICATE_ENTRY` naming `username` or `email`.
pub(crate) async fn register(
    service: Service,
    call: Call,
    request: RegisterRequest,
) -> Result<Answer<RegisterResponse>, Fault> {
    let new = account(service.clock(), &service.passwords, request, Role::User).await?;
    let mut tx = service.db.begin().await?;
    if let Some(replay) = call.claim(&mut tx).await? {
        return Ok(replay);
    }
    let account = accounts::insert(&mut tx, &new).await?;
    let reply = RegisterResponse { user: Some(wire::user(account)) };
    let answer = call.store(&mut tx, reply).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Checks what was entered and hashes the password.
pub(super) async fn account(
    clock: &Clock,
    passwords: &Passwords,
    request: RegisterRequest,
    role: Role,
) -> Result<NewAccount, Fault> {
    let username = text::username(&request.username)?;
    let email = text::email(&request.email)?;
    let password = text::password("password", &request.password)?;
    let full_name = text::full_name(&request.full_name)?;
    let password_hash = passwords.hash(password).await?;
    Ok(NewAccount {
        id: clock.new_id(),
        username_key: text::key(&username),
        username,
        email_key: text::key(&email),
        email,
        full_name_key: text::key(&full_name),
        full_name,
        password_hash,
        role,
        at: clock.now(),
    })
}
