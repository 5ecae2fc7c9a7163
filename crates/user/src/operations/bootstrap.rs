//! Makes an administrator, for the console and for the first start.

use durable::audit::{self, Actor, Entry};
use fault::{Code, Fault};
use identity::Role;
use proto::user::v1::RegisterRequest;
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::register;
use crate::{NewAdmin, store::accounts};
use vault::Passwords;

/// Makes an administrator and gives his id.
///
/// *Errors*: `VALIDATION_ERROR` naming the field; `DUPLICATE_ENTRY` if name or e-mail address is taken: whoever has
/// it is left as he is.
pub(crate) async fn create_admin(
    db: &durable::Database,
    passwords: &Passwords,
    new: &NewAdmin,
) -> Result<i64, Fault> {
    let request = RegisterRequest {
        username: new.username.clone(),
        email: new.email.clone(),
        password: new.password.expose_secret().to_owned(),
        full_name: new.full_name.clone(),
    };
    let account = register::account(db.clock(), passwords, request, Role::Admin).await?;
    let mut tx = db.begin().await?;
    let account = accounts::insert(&mut tx, &account).await?;
    let entry = Entry {
        actor: Actor::System,
        action: "user.admin_created",
        subject: format!("user:{}", account.id),
        before: None,
        after: Some(json!({ "username": account.username })),
        client_address: None,
        request_id: None,
    };
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(account.id)
}

/// Tells whether a fault only says that the administrator is there already.
pub(crate) fn is_there_already(fault: &Fault) -> bool {
    fault.code() == Code::DuplicateEntry && fault.field() == Some("username")
}
