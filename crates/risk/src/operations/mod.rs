//! What this service can do: one verb, one file, from check to commit.
//!
//! Here stands what several verbs ask of their input.

pub(crate) mod delete_entry;
pub(crate) mod list_entries;
pub(crate) mod put_entry;

use fault::Fault;
use proto::risk::v1::{self as wire, ListKind};
use serde_json::{Value, json};

use crate::domain::{Entry, Kind};

/// Reads a list's kind; the zero of the contract is refused.
fn kind(raw: i32) -> Result<Kind, Fault> {
    match ListKind::try_from(raw) {
        Ok(ListKind::Allow) => Ok(Kind::Allow),
        Ok(ListKind::Block) => Ok(Kind::Block),
        Ok(ListKind::Unspecified) | Err(_) => Err(Fault::validation("kind", "must be allow or block")),
    }
}

/// Reads the id of a user who may exist.
fn user_id(raw: i64) -> Result<i64, Fault> {
    if raw > 0 { Ok(raw) } else { Err(Fault::validation("user_id", "must be the id of a user")) }
}

/// Names an entry in the audit trail.
fn subject(user_id: i64) -> String {
    format!("user:{user_id}")
}

/// Shows an entry in the audit trail.
fn state(entry: &Entry) -> Value {
    json!({ "kind": entry.kind.as_str(), "reason": entry.reason })
}

fn encode(entry: Entry) -> wire::Entry {
    let kind = match entry.kind {
        Kind::Allow => ListKind::Allow,
        Kind::Block => ListKind::Block,
    };
    wire::Entry {
        user_id: entry.user_id,
        kind: kind.into(),
        reason: entry.reason,
        created_by: entry.created_by,
    }
}
