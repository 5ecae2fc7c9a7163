//! A holder of the permission to see all payments.

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::problem::Problem;

/// The permission.
const READ: &str = "payment:read";

/// Lets a holder of `payment:read` with a living session pass; an administrator holds it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PaymentReader;

impl<S: Send + Sync> FromRequestParts<S> for PaymentReader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        super::user(parts)?.require(READ)?;
        Ok(Self)
    }
}
