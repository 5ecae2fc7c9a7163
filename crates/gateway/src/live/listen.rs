//! Hearing Redis: events of rooms and of users, and the breaks in between.

use ephemeral::{Event as Heard, Fanout, Redis};
use prost::Message as _;
use proto::event::v1::Event;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::hub::Word;

/// The channels of all rooms and all users; the payload is an encoded `dormpay.event.v1.Event`.
const CHANNELS: [&str; 2] = ["room:*", "user:*"];

/// Passes on what is published, until `stop`.
pub(super) async fn listen(redis: Redis, words: mpsc::Sender<Word>, stop: CancellationToken) {
    let mut news = Fanout::subscribe(&redis, CHANNELS, stop);
    while let Some(heard) = news.recv().await {
        let word = match heard {
            Heard::Reconnected | Heard::Lagged => Word::Broke,
            Heard::Message { channel, payload } => match Event::decode(payload) {
                Ok(event) => Word::Heard(Box::new(event)),
                Err(error) => {
                    tracing::warn!(%error, channel, "something on {channel} is no event");
                    continue;
                }
            },
        };
        if words.send(word).await.is_err() {
            return;
        }
    }
}
