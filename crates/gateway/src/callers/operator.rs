//! An administrator of the platform.

use axum::extract::FromRequestParts;
use fault::Fault;
use http::request::Parts;

use crate::problem::Problem;

/// Lets an administrator with a living session pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operator {
    /// Who he is.
    pub(crate) id: i64,
}

impl<S: Send + Sync> FromRequestParts<S> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let user = super::user(parts)?;
        if user.is_admin() {
            return Ok(Self { id: user.id });
        }
        Err(Fault::forbidden("only for administrators").into())
    }
}
