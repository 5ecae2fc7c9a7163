//! An administrator of the platform.

use axum::extract::FromRequestParts;
use fault::Fault;
use http::request::Parts;

use crate::problem::Problem;

/// Lets an administrator with a living session pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operator;

impl<S: Send + Sync> FromRequestParts<S> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        if super::user(parts)?.is_admin() {
            return Ok(Self);
        }
        Err(Fault::forbidden("only for administrators").into())
    }
}
