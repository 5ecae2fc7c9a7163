//! The caller of a request: a person, the service that passes the request on, both, or nobody.
//!
//! A caller is made by the guard alone and travels in the request's extensions. How a token is checked does not
//! live here. The rule not to be broken: whoever is not proven is not there.

use chrono::{DateTime, Utc};
use fault::{Code, Fault};

/// The permissions that an administrator always holds and a user may be given (contract section 7).
pub const PERMISSIONS: [&str; 2] = ["payment:read", "payment:write"];

/// The services that may sign for themselves.
const SERVICES: [&str; 8] = ["gateway", "user", "room", "expense", "bill", "payment", "wallet", "risk"];

/// Tells ordinary users and administrators of the platform apart (000-S01).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// An ordinary user.
    User,
    /// An administrator of the platform; holds every permission.
    Admin,
}

impl Role {
    /// Gives the word that tokens, tables and faces use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
        }
    }

    /// Reads the word; anything else is none.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "user" => Some(Self::User),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }
}

/// A person who has proven who he is and whose session lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The user's id.
    pub id: i64,
    /// What he is on the platform.
    pub role: Role,
    /// What he was given beside his role, such as `payment:read`.
    pub permissions: Vec<String>,
    /// The session in which he works.
    pub session_id: i64,
    /// The version of his rights when the token was made.
    pub token_version: i64,
    /// When the token ends. UTC, whole seconds.
    pub expires_at: DateTime<Utc>,
}

impl User {
    /// Tells whether he is an administrator of the platform.
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }

    /// Tells whether he holds a permission; an administrator holds all.
    pub fn has(&self, permission: &str) -> bool {
        self.is_admin() || self.permissions.iter().any(|held| held == permission)
    }

    /// Passes if he holds a permission. *Errors*: `FORBIDDEN`.
    pub fn require(&self, permission: &str) -> Result<(), Fault> {
        if self.has(permission) {
            Ok(())
        } else {
            Err(Fault::forbidden(format!("this needs the permission {permission}")))
        }
    }
}

/// The name of one of our services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ServiceName(&'static str);

impl ServiceName {
    /// Finds a service by its name; a name that is none of ours is none.
    pub fn parse(name: &str) -> Option<Self> {
        SERVICES.iter().copied().find(|known| *known == name).map(Self)
    }

    /// Gives the name, such as `expense`.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl std::fmt::Display for ServiceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.0)
    }
}

/// Says who calls: on behalf of which user, and through which service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The user whose own token came with the request.
    pub user: Option<User>,
    /// The service whose token came with the request.
    pub via: Option<ServiceName>,
}

impl Caller {
    /// Takes the caller that the guard put into a request; without a guard it is nobody.
    pub fn of<T>(request: &tonic::Request<T>) -> Self {
        request.extensions().get::<Self>().cloned().unwrap_or_default()
    }

    /// Gives the user. *Errors*: `AUTH_REQUIRED`.
    pub fn user(&self) -> Result<&User, Fault> {
        self.user.as_ref().ok_or_else(required)
    }

    /// Gives the user if he is an administrator. *Errors*: `AUTH_REQUIRED`, `FORBIDDEN`.
    pub fn admin(&self) -> Result<&User, Fault> {
        let user = self.user()?;
        if user.is_admin() { Ok(user) } else { Err(Fault::forbidden("only for administrators")) }
    }

    /// Gives the service. *Errors*: `FORBIDDEN`.
    pub fn service(&self) -> Result<ServiceName, Fault> {
        self.via.ok_or_else(|| Fault::forbidden("only for services"))
    }

    /// Gives the user's id, or 0 for nobody: the scope of idempotency keys.
    pub fn scope(&self) -> i64 {
        self.user.as_ref().map_or(0, |user| user.id)
    }
}

pub(crate) fn required() -> Fault {
    Fault::new(Code::AuthRequired, "a token is required")
}
