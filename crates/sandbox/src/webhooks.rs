//! A receiver for trying out `notifyUrl`: it keeps the last requests under a name.
//!
//! They are kept in memory and end with the process. The rule not to be broken: names, requests and bodies are bounded.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
};
use chrono::{DateTime, Utc};
use http::request::Parts;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{control::Refusal, desk::Desk};

const NAMES_MAX: usize = 50;
const REQUESTS_MAX: usize = 20;
const NAME_CHARS_MAX: usize = 64;
const BODY_BYTES_MAX: usize = 64 * 1024;

/// One request as it came.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Received {
    at: DateTime<Utc>,
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// What was received, by name.
#[derive(Debug, Default)]
pub(crate) struct Webhooks(Mutex<BTreeMap<String, VecDeque<Received>>>);

impl Webhooks {
    /// Keeps a request. Tells whether there was room for the name.
    fn keep(&self, name: &str, received: Received) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= NAMES_MAX && !all.contains_key(name) {
            return false;
        }
        let list = all.entry(name.to_owned()).or_default();
        list.push_back(received);
        while list.len() > REQUESTS_MAX {
            list.pop_front();
        }
        true
    }

    fn of(&self, name: &str) -> Vec<Received> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(name).map(|list| list.iter().rev().cloned().collect()).unwrap_or_default()
    }
}

/// Receives a request under a name.
pub(crate) async fn receive(
    State(desk): State<Desk>,
    Path(name): Path<String>,
    request: Parts,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    check(&name)?;
    if body.len() > BODY_BYTES_MAX {
        return Err(Refusal::bad("body", "has at most 64 KiB"));
    }
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let received = Received {
        at: desk.clock.now(),
        method: request.method.to_string(),
        url: request.uri.to_string(),
        headers: request.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    if desk.webhooks.keep(&name, received) {
        Ok(Json(json!({ "received": true })))
    } else {
        Err(Refusal::conflict("name", "is one of at most 50"))
    }
}

/// Shows what was received under a name, newest first.
pub(crate) async fn show(State(desk): State<Desk>, Path(name): Path<String>) -> Result<Json<Value>, Refusal> {
    check(&name)?;
    Ok(Json(json!({ "name": name, "requests": desk.webhooks.of(&name) })))
}

fn check(name: &str) -> Result<(), Refusal> {
    let is_plain = name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter));
    if is_plain && (1..=NAME_CHARS_MAX).contains(&name.len()) {
        Ok(())
    } else {
        Err(Refusal::bad("name", "has 1 to 64 letters, digits, hyphens, underscores or dots"))
    }
}
