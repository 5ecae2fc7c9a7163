//! A holder of the permission to decide about payments.

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::problem::Problem;

/// The permission.
const WRITE: &str = "payment:write";

/// Lets a holder of `payment:write` with a living session pass; an administrator holds it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PaymentWriter;

impl<S: Send + Sync> FromRequestParts<S> for PaymentWriter {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        super::user(parts)?.require(WRITE)?;
        Ok(Self)
    }
}
