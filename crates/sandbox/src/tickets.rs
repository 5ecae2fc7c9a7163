//! Addresses that live for a moment: what may be fetched, until when, and a signature over both.
//!
//! Nothing is stored. The rule not to be broken: a ticket is believed only if this sandbox signed it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Duration;
use clock::Clock;
use fault::Fault;
use sha2::{Digest as _, Sha256};

use crate::keys::Keys;

/// Issues a ticket. *Shape*: safe in a path and in a query. *Errors*: internal.
pub(crate) fn issue(clock: &Clock, keys: &Keys, what: &str, life: Duration) -> Result<String, Fault> {
    let text = format!("{what}~{}", (clock.now() + life).timestamp());
    let mark = mark(keys, &text)?;
    Ok(format!("{text}~{mark}"))
}

/// Gives what a ticket is for, if it still holds.
pub(crate) fn check(clock: &Clock, keys: &Keys, ticket: &str) -> Option<String> {
    let (text, mark_read) = ticket.rsplit_once('~')?;
    let (what, until) = text.rsplit_once('~')?;
    let holds = mark(keys, text).ok()? == mark_read && until.parse::<i64>().ok()? >= clock.now().timestamp();
    holds.then(|| what.to_owned())
}

/// A key of the sandbox signs; a hash of the signature is enough here.
fn mark(keys: &Keys, text: &str) -> Result<String, Fault> {
    let signature = keys.wechat_public.sign(format!("ticket {text}").as_bytes()).map_err(Fault::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(Sha256::digest(signature)))
}
