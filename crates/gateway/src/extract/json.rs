//! A JSON body, read strictly.
//!
//! Order of refusals: content type, size, depth, form, fields. Amounts are read from their raw text by `money`.
//! Nothing of what was sent is echoed but names of fields.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{FromRequest, Request},
};
use bytes::Bytes;
use fault::{Code, Fault};
use http::{HeaderMap, header::CONTENT_TYPE};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::refusal;
use crate::problem::Problem;

/// The size of an ordinary body, in bytes.
pub(crate) const JSON_BYTES_MAX: usize = 64 * 1024;
/// The size of a batch of 100 expenses, in bytes.
pub(crate) const BATCH_BYTES_MAX: usize = 256 * 1024;
const DEPTH_MAX: usize = 32;
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Holds a body that was read as `T`.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

/// Gives a route another limit than [`JSON_BYTES_MAX`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyBytesMax(pub(crate) usize);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        require_json(request.headers())?;
        let bytes_max = request.extensions().get::<BodyBytesMax>().map_or(JSON_BYTES_MAX, |limit| limit.0);
        let bytes = read(request.into_body(), bytes_max).await?;
        Ok(Self(parse(&bytes)?))
    }
}

/// Reads a body up to a limit and within a time.
pub(crate) async fn read(body: Body, bytes_max: usize) -> Result<Bytes, Fault> {
    let collected = tokio::time::timeout(READ_TIMEOUT, Limited::new(body, bytes_max).collect()).await;
    match collected {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large("body", bytes_max)),
        Ok(Err(_)) => Err(Fault::validation("body", "must arrive whole")),
        Err(_) => Err(Fault::validation("body", "must arrive within 10 seconds")),
    }
}

/// Refuses what is over a limit.
pub(super) fn too_large(field: &str, bytes_max: usize) -> Fault {
    Fault::new(Code::PayloadTooLarge, format!("{field}: must be at most {bytes_max} bytes")).with_field(field)
}

/// Reads a whole JSON text.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    require_shape(bytes)?;
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    // To know the path of every value costs time; it is of use for a refusal alone, so that is read again.
    let value = if let Ok(value) = T::deserialize(&mut reader) {
        value
    } else {
        reader = serde_json::Deserializer::from_slice(bytes);
        serde_path_to_error::deserialize(&mut reader).map_err(|error| refusal::of_json(&error))?
    };
    reader.end().map_err(|_| Fault::validation("body", "must be one JSON value and nothing after it"))?;
    Ok(value)
}

fn require_json(headers: &HeaderMap) -> Result<(), Fault> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Fault::validation("content-type", "must be application/json"))
}

/// Refuses deep nesting before anything recurses into it, and lists where serde would read them as objects.
///
/// No body of ours holds a list directly inside a list, and every body is an object.
fn require_shape(bytes: &[u8]) -> Result<(), Fault> {
    let (mut open, mut in_text, mut is_escaped) = (Vec::with_capacity(DEPTH_MAX), false, false);
    let mut fault = None;
    for byte in bytes {
        match (in_text, byte) {
            (true, _) if is_escaped => is_escaped = false,
            (true, b'\\') => is_escaped = true,
            (_, b'"') => in_text = !in_text,
            (false, b'[' | b'{') => {
                if *byte == b'[' && fault.is_none() {
                    fault = misplaced_list(open.last());
                }
                open.push(*byte);
            }
            (false, b']' | b'}') => drop(open.pop()),
            _ => {}
        }
        if open.len() > DEPTH_MAX {
            return Err(Fault::validation("body", "must not be nested deeper than 32"));
        }
    }
    fault.map_or(Ok(()), Err)
}

fn misplaced_list(outside: Option<&u8>) -> Option<Fault> {
    match outside {
        None => Some(Fault::validation("body", "must be an object")),
        Some(b'[') => Some(Fault::validation("body", "must not hold a list directly inside a list")),
        Some(_) => None,
    }
}
