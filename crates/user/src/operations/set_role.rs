//! Sets role and permissions of a user.
//!
//! The rule not to be broken: at least one active administrator remains, also when two act at the same moment.

use durable::{Tx, audit};
use fault::Fault;
use host::{Answer, Call};
use identity::Role;
use proto::user::v1::{self as wire_types, SetRoleRequest, SetRoleResponse};
use serde_json::{Value, json};

use crate::{
    domain::permission,
    service::Service,
    store::{accounts::Account, admins},
    wire,
};

/// Sets role and permissions. Access tokens with the old ones end within a second; a refresh brings the new ones.
///
/// *Errors*: `NOT_FOUND`; `VALIDATION_ERROR`; `STATE_CONFLICT` for the last active administrator.
/// *Locks*: all active administrators in id order, then the user.
pub(crate) async fn set_role(
    service: Service,
    call: Call,
    request: SetRoleRequest,
) -> Result<Answer<SetRoleResponse>, Fault> {
    call.caller.admin()?;
    let role = role(request.role())?;
    let permissions = permission::parse(&request.permissions)?;
    let mut tx = service.db.begin().await?;
    if let Some(replay) = call.claim(&mut tx).await? {
        return Ok(replay);
    }
    let before = lock(&mut tx, request.user_id, role == Role::User).await?;
    let account = if before.role == role && before.permissions == permissions {
        before
    } else {
        let after =
            admins::set_rights(&mut tx, before.id, (role, &permissions), service.clock().now()).await?;
        let states = (Some(rights(&before)), Some(rights(&after)));
        audit::append(&mut tx, call.audit("user.role_changed", format!("user:{}", before.id), states))
            .await?;
        after
    };
    let answer = call.store(&mut tx, SetRoleResponse { user: Some(wire::user(account)) }).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Locks a user, after all active administrators if he might lose his office by this.
pub(super) async fn lock(tx: &mut Tx, user_id: i64, loses_office: bool) -> Result<Account, Fault> {
    let admins = if loses_office { admins::lock_active_admins(tx).await? } else { Vec::new() };
    let account = admins::lock(tx, user_id).await?.ok_or_else(|| Fault::not_found("user"))?;
    if loses_office && admins == [user_id] {
        return Err(Fault::conflict("the last active administrator must remain one"));
    }
    Ok(account)
}

fn role(role: wire_types::Role) -> Result<Role, Fault> {
    match role {
        wire_types::Role::User => Ok(Role::User),
        wire_types::Role::Admin => Ok(Role::Admin),
        wire_types::Role::Unspecified => Err(Fault::validation("role", "must be user or admin")),
    }
}

fn rights(account: &Account) -> Value {
    json!({ "role": account.role.as_str(), "permissions": account.permissions })
}
