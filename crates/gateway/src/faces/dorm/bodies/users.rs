//! Bodies of accounts and sessions (000-E01 to E04 and contract section 7).

use fault::Fault;
use proto::user::v1 as user;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::shapes::{instant, text};

/// A new account (000-E01).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Register {
    #[schema(min_length = 3, max_length = 32, example = "testuser")]
    username: String,
    #[schema(format = Email, example = "test@example.com")]
    email: String,
    #[schema(min_length = 8, max_length = 128, format = Password)]
    password: String,
    #[schema(min_length = 1, max_length = 100, example = "测试用户")]
    full_name: String,
}

impl From<Register> for user::RegisterRequest {
    fn from(body: Register) -> Self {
        Self {
            username: body.username,
            email: body.email,
            password: body.password,
            full_name: body.full_name,
        }
    }
}

/// Name and password (000-E02).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    #[schema(example = "testuser")]
    username: String,
    #[schema(format = Password)]
    password: String,
}

impl From<Login> for user::LoginRequest {
    fn from(body: Login) -> Self {
        Self { username: body.username, password: body.password }
    }
}

/// The token that outlives an access token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refresh {
    pub(crate) refresh_token: String,
}

/// What a user changes of himself (000-E04); what is missing stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateMe {
    #[serde(default)]
    #[schema(format = Email)]
    email: Option<String>,
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    full_name: Option<String>,
    /// An https address or the address of an own upload; an empty text removes it.
    #[serde(default)]
    avatar: Option<String>,
}

impl From<UpdateMe> for user::UpdateMeRequest {
    fn from(body: UpdateMe) -> Self {
        Self { email: body.email, full_name: body.full_name, avatar: body.avatar }
    }
}

/// The old and the new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePassword {
    #[schema(format = Password)]
    old_password: String,
    #[schema(min_length = 8, max_length = 128, format = Password)]
    new_password: String,
}

impl From<ChangePassword> for user::ChangePasswordRequest {
    fn from(body: ChangePassword) -> Self {
        Self { old_password: body.old_password, new_password: body.new_password }
    }
}

/// Whom to look for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchQuery {
    /// The beginning of a user name or full name, or a whole e-mail address; 2 to 100 characters.
    #[param(min_length = 2, max_length = 100)]
    pub(crate) q: String,
    /// At most so many, 1 to 50.
    #[serde(default = "usual_search_limit", deserialize_with = "search_limit")]
    #[param(minimum = 1, maximum = 50, default = 10, value_type = Option<i32>)]
    pub(crate) limit: i32,
}

const fn usual_search_limit() -> i32 {
    10
}

fn search_limit<'de, D: serde::Deserializer<'de>>(reader: D) -> Result<i32, D::Error> {
    let limit = i32::deserialize(reader)?;
    if (1..=50).contains(&limit) { Ok(limit) } else { Err(serde::de::Error::custom("must be from 1 to 50")) }
}

/// An account as its owner sees it (000-E01, 000-E03).
#[derive(Serialize, ToSchema)]
pub(crate) struct Account {
    #[schema(example = 1)]
    id: i64,
    #[schema(example = "testuser")]
    username: String,
    #[schema(example = "test@example.com")]
    email: String,
    #[schema(example = "测试用户")]
    full_name: String,
    /// `user` or `admin`.
    #[schema(example = "user")]
    role: &'static str,
    /// Left out when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    permissions: Vec<String>,
    /// Left out when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<String>,
    #[schema(example = "2023-01-01T00:00:00.000Z")]
    created_at: String,
}

impl From<user::User> for Account {
    fn from(user: user::User) -> Self {
        Self {
            role: role(user.role()),
            id: user.id,
            username: user.username,
            email: user.email,
            full_name: user.full_name,
            permissions: user.permissions,
            avatar: text(user.avatar),
            created_at: instant(user.created_at),
        }
    }
}

/// An account after a change (000-E04).
#[derive(Serialize, ToSchema)]
pub(crate) struct UpdatedAccount {
    id: i64,
    username: String,
    #[schema(example = "updated@example.com")]
    email: String,
    full_name: String,
    role: &'static str,
    /// Null when there is none.
    avatar: Option<String>,
    #[schema(example = "2023-01-01T00:00:00.000Z")]
    updated_at: String,
}

impl From<user::User> for UpdatedAccount {
    fn from(user: user::User) -> Self {
        Self {
            role: role(user.role()),
            id: user.id,
            username: user.username,
            email: user.email,
            full_name: user.full_name,
            avatar: text(user.avatar),
            updated_at: instant(user.updated_at),
        }
    }
}

/// The tokens of a session and whose it is (000-E02).
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionTokens {
    /// The access token for `Authorization: Bearer`.
    token: String,
    user: SessionUser,
    /// Good for one refresh.
    refresh_token: String,
    /// Life of the access token in seconds.
    #[schema(example = 7200)]
    expires_in: i64,
}

/// Whose session it is.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionUser {
    id: i64,
    username: String,
    email: String,
    full_name: String,
    role: &'static str,
}

impl TryFrom<user::Session> for SessionTokens {
    type Error = Fault;

    fn try_from(session: user::Session) -> Result<Self, Fault> {
        let user = session.user.ok_or_else(|| Fault::internal("a session came without its user"))?;
        Ok(Self {
            token: session.access_token,
            user: SessionUser {
                role: role(user.role()),
                id: user.id,
                username: user.username,
                email: user.email,
                full_name: user.full_name,
            },
            refresh_token: session.refresh_token,
            expires_in: session.expires_in_seconds,
        })
    }
}

/// Prints a role.
pub(crate) const fn role(role: user::Role) -> &'static str {
    match role {
        user::Role::Admin => "admin",
        user::Role::User | user::Role::Unspecified => "user",
    }
}
