//! The frames of a client and the frames that answer them (000-W02, 000-W03, contract section 10).
//!
//! Client frames are read as strictly as bodies. Events are printed by `render`.

use fault::Fault;
use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::topics::Topics;
use crate::{
    extract::{parse_json, values},
    faces::dorm::refusal,
    problem::Problem,
};

const TYPES: &str = "must be one of auth, subscribe, unsubscribe, resume, ping";
const UID_CHARS_MAX: usize = 100;

/// What a client says.
#[derive(Debug)]
pub(crate) enum ClientFrame {
    Auth { token: String },
    Subscribe(Topics),
    Unsubscribe(Topics),
    Resume { room_id: i64, after: After },
    Ping,
}

/// From where missed events are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum After {
    Seq(i64),
    Uid(String),
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuthFrame {
    #[serde(rename = "type")]
    _kind: IgnoredAny,
    token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TopicsFrame {
    #[serde(rename = "type")]
    _kind: IgnoredAny,
    events: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResumeFrame {
    #[serde(rename = "type")]
    _kind: IgnoredAny,
    #[serde(deserialize_with = "values::id")]
    room_id: i64,
    #[serde(default)]
    after_seq: Option<i64>,
    #[serde(default)]
    after_id: Option<String>,
}

impl ClientFrame {
    /// Reads a text frame.
    ///
    /// *Errors*: validation faults that name the field and the rule.
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let bytes = text.as_bytes();
        match parse_json::<Head>(bytes)?.kind.as_str() {
            "auth" => Ok(Self::Auth { token: parse_json::<AuthFrame>(bytes)?.token }),
            "subscribe" => topics(&parse_json(bytes)?).map(Self::Subscribe),
            "unsubscribe" => topics(&parse_json(bytes)?).map(Self::Unsubscribe),
            "resume" => resume(parse_json(bytes)?),
            "ping" => Ok(Self::Ping),
            _ => Err(Fault::validation("type", TYPES)),
        }
    }
}

fn topics(frame: &TopicsFrame) -> Result<Topics, Fault> {
    if frame.events.is_empty() {
        return Err(Fault::validation("events", "must name at least one topic"));
    }
    let known = Topics::NAMES.map(|(name, _)| name).join(", ");
    let mut topics = Topics::NONE;
    for (at, name) in frame.events.iter().enumerate() {
        let topic = Topics::parse(name)
            .ok_or_else(|| Fault::validation(format!("events[{at}]"), format!("must be one of {known}")))?;
        topics = topics | topic;
    }
    Ok(topics)
}

fn resume(frame: ResumeFrame) -> Result<ClientFrame, Fault> {
    let after = match (frame.after_seq, frame.after_id) {
        (Some(seq), None) if seq >= 0 => After::Seq(seq),
        (Some(_), None) => return Err(Fault::validation("after_seq", "must not be negative")),
        (None, Some(uid)) if (1..=UID_CHARS_MAX).contains(&uid.len()) => After::Uid(uid),
        (None, Some(_)) => return Err(Fault::validation("after_id", "must be the id of an event")),
        _ => return Err(Fault::validation("after_seq", "must be given, or after_id instead, not both")),
    };
    Ok(ClientFrame::Resume { room_id: frame.room_id, after })
}

/// What answers a client's frame.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ServerFrame {
    /// The token was accepted.
    AuthOk { user_id: i64, expires_at: String },
    /// The token was refused, or the session has ended; the socket closes.
    AuthError(Refusal),
    /// From now on these topics are heard, beside those from before.
    Subscribed { events: Vec<&'static str> },
    /// These topics are no longer heard.
    Unsubscribed { events: Vec<&'static str> },
    /// Everything missed in the room was sent. `complete` is false when some of it was older than what is kept.
    Resumed { room_id: i64, last_seq: i64, complete: bool },
    /// The answer to `ping`.
    Pong { timestamp: String },
    /// A frame was refused; the socket stays open.
    Error(Refusal),
}

/// Why a frame was refused, in the words of the HTTP faces.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Refusal(refusal::Refusal);

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self(refusal::Refusal::of(Problem::from(fault).particulars()))
    }
}

impl ServerFrame {
    /// Gives the frame as text.
    pub(crate) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
