//! The number of an order in a path, as its caller names it.
//!
//! A number of digits alone is a number too, and no id.

use axum::extract::{FromRequestParts, RawPathParams};
use fault::Fault;
use http::request::Parts;

use crate::{extract::is_number, problem::Problem};

/// A number that an order can have.
#[derive(Clone, Debug)]
pub(super) struct OrderNo(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for OrderNo {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| Fault::validation("path", "must be valid UTF-8"))?;
        match params.iter().next() {
            Some((_, text)) if is_number(text) => Ok(Self(text.to_owned())),
            Some((name, _)) => {
                Err(Fault::validation(name, "must have 6 to 32 of the characters 0-9, A-Z, a-z, _ and -")
                    .into())
            }
            None => Err(Fault::internal("a route of an order has no number").into()),
        }
    }
}
