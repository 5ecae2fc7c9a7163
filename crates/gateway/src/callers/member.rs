//! A user who is logged in.

use axum::extract::FromRequestParts;
use http::request::Parts;
use identity::User;

use crate::problem::Problem;

/// Lets any user with a living session pass.
#[derive(Clone, Debug)]
pub(crate) struct Member(pub(crate) User);

impl<S: Send + Sync> FromRequestParts<S> for Member {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        super::user(parts).map(Self)
    }
}
