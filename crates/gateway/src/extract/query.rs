//! The query of an address, read strictly: unknown, doubled and malformed parameters are refused by name.

use axum::extract::FromRequestParts;
use fault::Fault;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::refusal;
use crate::problem::Problem;

const QUERY_BYTES_MAX: usize = 4 * 1024;

/// Holds a query that was read as `T`.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let text = parts.uri.query().unwrap_or_default();
        if text.len() > QUERY_BYTES_MAX {
            return Err(Fault::validation("query", "must be at most 4096 bytes").into());
        }
        let reader = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(text.as_bytes()));
        serde_path_to_error::deserialize(reader)
            .map(Self)
            .map_err(|error| refusal::of_text(error.path(), &error.inner().to_string()).into())
    }
}
