//! Notifications: a signed envelope whose resource is encrypted.
//!
//! What the plaintext means is the caller's business. The rule not to be broken: verify, then parse, then open.

use serde::{Deserialize, Serialize};

use super::{ApiKey, Keys, Resource, SignedHeaders, signed::verify};
use crate::Error;

const NOTIFICATION: &str = "the notification";
/// The most that a notification may hold.
const BYTES_MAX: usize = 256 * 1024;

/// What a notification says, opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Its own number; repeats of one event need not share it.
    pub id: String,
    /// What happened, `TRANSACTION.SUCCESS`, `REFUND.SUCCESS`, …
    pub event_type: String,
    /// What the plaintext is, `transaction` or `refund`; empty if it does not say.
    pub original_type: String,
    /// The plaintext, JSON.
    pub plaintext: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Envelope {
    id: String,
    #[serde(default)]
    create_time: String,
    #[serde(default)]
    resource_type: String,
    event_type: String,
    #[serde(default)]
    summary: String,
    resource: Resource,
}

/// Verifies, parses and opens. *Errors*: as [`verify`], [`Error::Malformed`], [`Error::Decrypt`], [`Error::TooLarge`].
pub fn read_notification(
    headers: &SignedHeaders,
    body: &[u8],
    keys: &Keys,
    api_key: &ApiKey,
    now_unix: i64,
) -> Result<Notification, Error> {
    if body.len() > BYTES_MAX {
        return Err(Error::TooLarge(NOTIFICATION));
    }
    verify(headers, body, keys, now_unix)?;
    let envelope: Envelope =
        serde_json::from_slice(body).map_err(|_| Error::malformed(NOTIFICATION, "JSON with a resource"))?;
    let plaintext = api_key.open(&envelope.resource)?;
    let original_type = envelope.resource.original_type.unwrap_or_default();
    Ok(Notification { id: envelope.id, event_type: envelope.event_type, original_type, plaintext })
}

/// Writes a notification's body, to be signed by [`super::sign`]. `create_time` is RFC 3339; `nonce` has 12
/// characters. *Errors*: as [`ApiKey::seal`].
pub fn write_notification(
    notification: &Notification,
    create_time: &str,
    summary: &str,
    api_key: &ApiKey,
    nonce: &str,
) -> Result<Vec<u8>, Error> {
    let kind = notification.original_type.as_str();
    let envelope = Envelope {
        id: notification.id.clone(),
        create_time: create_time.to_owned(),
        resource_type: "encrypt-resource".to_owned(),
        event_type: notification.event_type.clone(),
        summary: summary.to_owned(),
        resource: api_key.seal(&notification.plaintext, Some(kind), kind, nonce)?,
    };
    serde_json::to_vec(&envelope).map_err(|_| Error::malformed(NOTIFICATION, "something that can be written"))
}
