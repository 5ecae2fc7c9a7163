//! The ids in a path, read strictly: positive whole numbers and nothing else.

use axum::extract::{FromRequestParts, RawPathParams};
use fault::Fault;
use http::request::Parts;

use super::values;
use crate::problem::Problem;

/// Holds the ids of a path in the order in which they stand.
#[derive(Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync> FromRequestParts<S> for Path<i64> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match ids(parts, state).await?.as_slice() {
            [id] => Ok(Self(*id)),
            ids => Err(Fault::internal(format!("a route of one id has {}", ids.len())).into()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Path<(i64, i64)> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match ids(parts, state).await?.as_slice() {
            [first, second] => Ok(Self((*first, *second))),
            ids => Err(Fault::internal(format!("a route of two ids has {}", ids.len())).into()),
        }
    }
}

async fn ids<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Vec<i64>, Fault> {
    let params = RawPathParams::from_request_parts(parts, state)
        .await
        .map_err(|_| Fault::validation("path", "must be valid UTF-8"))?;
    params
        .iter()
        .map(|(name, text)| values::id_of_text(text).ok_or_else(|| Fault::validation(name, values::ID_RULE)))
        .collect()
}
