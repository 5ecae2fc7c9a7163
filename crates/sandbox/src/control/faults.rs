//! Faults: setting them, seeing them, taking them away.

use axum::{
    Json,
    body::Bytes,
    extract::{Query, State},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Refusal, api::provider_of};
use crate::{
    desk::Desk,
    faults::{DELAY_MS_MAX, Kind, Operation, Planned},
};

const NUMBER_CHARS_MAX: usize = 64;
const TIMES_MAX: u64 = 1_000_000;
const FIELDS: [&str; 6] = ["provider", "out_trade_no", "operation", "fault", "times", "delay_ms"];

/// Says which fault is to go.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct One {
    id: Option<String>,
}

/// Shows what is set, and what could be.
pub(crate) async fn list(State(desk): State<Desk>) -> Json<Value> {
    Json(json!({
        "faults": desk.faults.all(),
        "operations": Operation::ALL.map(|(_, word)| word),
        "kinds": Kind::ALL.map(|(_, word)| word),
    }))
}

/// Sets a fault.
pub(crate) async fn add(State(desk): State<Desk>, body: Bytes) -> Result<Json<Value>, Refusal> {
    let body: Value = serde_json::from_slice(&body).map_err(|_| Refusal::bad("body", "is a JSON object"))?;
    let fields = body.as_object().ok_or_else(|| Refusal::bad("body", "is a JSON object"))?;
    let planned = planned_of(fields)?;
    let planned = desk.faults.add(planned);
    let planned = planned.ok_or_else(|| Refusal::conflict("fault", "is one of at most 1000 at once"))?;
    Ok(Json(json!(planned)))
}

/// Takes all faults away, or the one that `id` names.
pub(crate) async fn clear(State(desk): State<Desk>, Query(one): Query<One>) -> Result<Json<Value>, Refusal> {
    let id = one
        .id
        .map(|id| id.parse().map_err(|_| Refusal::bad("id", "is the number of a fault")))
        .transpose()?;
    Ok(Json(json!({ "removed": desk.faults.clear(id) })))
}

/// Reads a fault.
pub(super) fn planned_of(fields: &Map<String, Value>) -> Result<Planned, Refusal> {
    if let Some(other) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(Refusal::bad(other, format!("is no field; there are {}", FIELDS.join(", "))));
    }
    let provider = text(fields, "provider")?.map(provider_of).transpose()?;
    let number = text(fields, "out_trade_no")?;
    if number.is_some_and(|number| number.chars().count() > NUMBER_CHARS_MAX) {
        return Err(Refusal::bad("out_trade_no", format!("has at most {NUMBER_CHARS_MAX} characters")));
    }
    let operation = word(fields, "operation", &Operation::ALL)?;
    let kind = word(fields, "fault", &Kind::ALL)?;
    if !kind.fits(operation) {
        let rule = if kind.is_of_callbacks() {
            "is one that needs the operation callback"
        } else {
            "is one of requests, not of callbacks"
        };
        return Err(Refusal::bad("fault", rule));
    }
    let times = whole(fields, "times", 1, TIMES_MAX)?;
    Ok(Planned {
        id: 0,
        provider,
        out_trade_no: number.map(str::to_owned),
        operation,
        kind,
        times: times.and_then(|times| u32::try_from(times).ok()),
        delay_ms: whole(fields, "delay_ms", 0, DELAY_MS_MAX)?,
    })
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Refusal> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        Some(_) => Err(Refusal::bad(name, "is a text that is not empty")),
    }
}

fn word<T: Copy>(fields: &Map<String, Value>, name: &str, all: &[(T, &str)]) -> Result<T, Refusal> {
    let found = text(fields, name)?.and_then(|text| all.iter().find(|(_, word)| *word == text));
    let words: Vec<_> = all.iter().map(|(_, word)| *word).collect();
    found
        .map(|(value, _)| *value)
        .ok_or_else(|| Refusal::bad(name, format!("is one of {}", words.join(", "))))
}

fn whole(fields: &Map<String, Value>, name: &str, min: u64, max: u64) -> Result<Option<u64>, Refusal> {
    let Some(value) = fields.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
    let number = value.as_u64().filter(|number| (min..=max).contains(number));
    number.map(Some).ok_or_else(|| Refusal::bad(name, format!("is a whole number from {min} to {max}")))
}
