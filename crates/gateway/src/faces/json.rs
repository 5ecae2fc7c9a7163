//! How every face writes its answers: as JSON, with the status of a success.
//!
//! What stands in an answer is the face's. Refusals are printed by `problem`.

use axum::{
    body::Body,
    response::{IntoResponse as _, Response},
};
use fault::Fault;
use http::{HeaderName, HeaderValue, header::CONTENT_TYPE};
use serde::Serialize;

use crate::problem::Problem;

const X_CACHE: HeaderName = HeaderName::from_static("x-cache");

/// An answer that says whether it came out of a cache.
pub(super) type Cached<T> = ([(HeaderName, HeaderValue); 1], T);

/// Adds to an answer whether its data came out of a cache (contract section 8).
pub(super) fn cached<T>(answer: T, is_hit: bool) -> Cached<T> {
    let word = if is_hit { "hit" } else { "miss" };
    ([(X_CACHE, HeaderValue::from_static(word))], answer)
}

/// Writes an answer.
pub(super) fn json<T: Serialize>(value: &T) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => {
            let mut response = Response::new(Body::from(body));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        }
        Err(error) => {
            Problem::from(Fault::internal(format!("an answer cannot be written: {error}"))).into_response()
        }
    }
}
