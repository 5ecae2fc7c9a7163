//! A user who is logged in.

use axum::extract::FromRequestParts;
use fault::Fault;
use http::request::Parts;
use identity::User;

use crate::problem::Problem;

/// Lets any user with a living session pass.
#[derive(Clone, Debug)]
pub(crate) struct Member(pub(crate) User);

impl Member {
    /// Passes if he acts for himself or holds a permission (contract section 7). *Errors*: `FORBIDDEN`.
    pub(crate) fn acts_for(&self, user_id: i64, permission: &str) -> Result<(), Problem> {
        if self.0.id == user_id || self.0.has(permission) {
            return Ok(());
        }
        Err(Fault::forbidden("userId: must be the user of the token").into())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Member {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        super::user(parts).map(Self)
    }
}
