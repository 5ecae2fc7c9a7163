//! Bodies for operators: accounts, roles and the audit trail (contract sections 7, 11, 16).

use proto::{audit::v1 as audit, user::v1 as user};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::{
    shapes::{instant, text},
    users::role,
};
use crate::extract::values;

/// Which accounts are asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct UsersQuery {
    /// The beginning of a name, or a whole e-mail address; everybody when missing.
    #[serde(default)]
    pub(crate) q: Option<String>,
    /// Page, from 1.
    #[serde(default = "values::first_page", deserialize_with = "values::page_number")]
    #[param(minimum = 1, default = 1, value_type = Option<i32>)]
    pub(crate) page: i32,
    /// Rows on a page, 1 to 100.
    #[serde(default = "values::usual_page_size", deserialize_with = "values::page_size")]
    #[param(minimum = 1, maximum = 100, default = 10, value_type = Option<i32>)]
    pub(crate) limit: i32,
}

/// A global role as it is written.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RoleName {
    User,
    Admin,
}

/// A new role and new permissions.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetRole {
    role: RoleName,
    /// `payment:read`, `payment:write`; replaces the present ones, none when missing. An administrator holds all.
    #[serde(default)]
    permissions: Vec<String>,
}

impl SetRole {
    /// Asks the user service for the change.
    pub(crate) fn request(self, user_id: i64) -> user::SetRoleRequest {
        let role = match self.role {
            RoleName::User => user::Role::User,
            RoleName::Admin => user::Role::Admin,
        };
        user::SetRoleRequest { user_id, role: role.into(), permissions: self.permissions }
    }
}

/// Whether an account is shut.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetStatus {
    pub(crate) disabled: bool,
}

/// An account as an operator sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ManagedAccount {
    id: i64,
    username: String,
    email: String,
    full_name: String,
    role: &'static str,
    permissions: Vec<String>,
    disabled: bool,
    created_at: String,
    updated_at: String,
}

impl From<user::User> for ManagedAccount {
    fn from(user: user::User) -> Self {
        Self {
            role: role(user.role()),
            id: user.id,
            username: user.username,
            email: user.email,
            full_name: user.full_name,
            permissions: user.permissions,
            disabled: user.disabled,
            created_at: instant(user.created_at),
            updated_at: instant(user.updated_at),
        }
    }
}

/// Which part of the audit trail is asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditQuery {
    /// Only acts of this user.
    #[serde(default, deserialize_with = "values::given_id")]
    actor_id: Option<i64>,
    /// Only this kind of act, such as `user.role_changed`.
    #[serde(default)]
    action: Option<String>,
    /// Only acts before this instant (RFC 3339); to page on, give the `at` of the last row.
    #[serde(default, deserialize_with = "given_instant")]
    #[param(value_type = Option<String>, format = DateTime)]
    before: Option<prost_types::Timestamp>,
    /// At most so many rows, 1 to 100.
    #[serde(default = "usual_audit_limit", deserialize_with = "values::page_size")]
    #[param(minimum = 1, maximum = 100, default = 50, value_type = Option<i32>)]
    limit: i32,
}

const fn usual_audit_limit() -> i32 {
    50
}

fn given_instant<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<prost_types::Timestamp>, D::Error> {
    let text = String::deserialize(reader)?;
    let at = clock::parse_instant(&text)
        .ok_or_else(|| D::Error::custom("must be an instant such as 2023-01-01T00:00:00.000Z"))?;
    let nanos = i32::try_from(at.timestamp_subsec_nanos()).unwrap_or_default();
    Ok(Some(prost_types::Timestamp { seconds: at.timestamp(), nanos }))
}

impl AuditQuery {
    /// Asks a service for its part.
    pub(crate) fn request(&self) -> audit::ListEntriesRequest {
        audit::ListEntriesRequest {
            actor_user_id: self.actor_id.unwrap_or_default(),
            action: self.action.clone().unwrap_or_default(),
            before: self.before,
            limit: self.limit,
        }
    }

    /// Gives the number of rows asked for.
    pub(crate) fn rows_max(&self) -> usize {
        usize::try_from(self.limit).unwrap_or_default()
    }
}

/// One act: who did what to what.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditEntry {
    id: i64,
    /// The service that keeps the row.
    service: String,
    at: String,
    /// `user:12`, `service:bill` or `system`.
    #[schema(example = "user:12")]
    actor: String,
    #[schema(example = "user.role_changed")]
    action: String,
    #[schema(example = "user:13")]
    subject: String,
    /// The state before; null when there was none.
    #[schema(value_type = Option<Object>)]
    before: Option<Box<RawValue>>,
    /// The state after; null when there is none.
    #[schema(value_type = Option<Object>)]
    after: Option<Box<RawValue>>,
    client_address: Option<String>,
    request_id: Option<String>,
}

impl From<audit::Entry> for AuditEntry {
    fn from(entry: audit::Entry) -> Self {
        Self {
            id: entry.id,
            service: entry.service,
            at: instant(entry.at),
            actor: entry.actor,
            action: entry.action,
            subject: entry.subject,
            before: text(entry.before_json).and_then(|json| RawValue::from_string(json).ok()),
            after: text(entry.after_json).and_then(|json| RawValue::from_string(json).ok()),
            client_address: text(entry.client_address),
            request_id: text(entry.request_id),
        }
    }
}
