//! Everybody, with or without a token.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;

/// Lets everybody pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anyone;

impl<S: Send + Sync> FromRequestParts<S> for Anyone {
    type Rejection = Infallible;

    async fn from_request_parts(_parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self)
    }
}
