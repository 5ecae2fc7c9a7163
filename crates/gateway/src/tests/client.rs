//! A client of the WebSocket, and the words in which tests talk through it.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use proto::{
    event::v1::{Event, MemberChange, MemberChanged, event::Payload},
    expense::v1::Expense,
};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use super::{fakes::instant, stage::Stage};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) struct Client {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Client {
    /// Opens the socket of document 000.
    pub(crate) async fn open(stage: &Stage) -> Self {
        let (stream, _) = connect_async(format!("ws://{}/", stage.addresses.websocket)).await.unwrap();
        Self { stream }
    }

    /// Tries to open `/ws` as a page of an origin.
    pub(crate) async fn open_from(stage: &Stage, origin: &str) -> Result<Self, String> {
        let mut request = format!("ws://{}/ws", stage.addresses.http).into_client_request().unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        let opened = connect_async(request).await;
        opened.map(|(stream, _)| Self { stream }).map_err(|error| error.to_string())
    }

    /// Opens a socket, says who is there and subscribes.
    pub(crate) async fn hearing(stage: &Stage, user_id: i64, topics: &[&str]) -> Self {
        let mut client = Self::open(stage).await;
        client.log_in(stage, user_id).await;
        client.say(&json!({"type": "subscribe", "events": topics})).await;
        assert_eq!(client.hear().await, json!({"type": "subscribed", "events": topics}));
        client
    }

    pub(crate) async fn log_in(&mut self, stage: &Stage, user_id: i64) {
        let token = stage.keys.user(user_id)["Bearer ".len()..].to_owned();
        self.say(&json!({"type": "auth", "token": token})).await;
        let answer = self.hear().await;
        assert_eq!((&answer["type"], &answer["user_id"]), (&json!("auth_ok"), &json!(user_id)));
    }

    pub(crate) async fn say(&mut self, frame: &Value) {
        self.say_text(&frame.to_string()).await;
    }

    pub(crate) async fn say_text(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.unwrap();
    }

    /// Gives the next frame.
    pub(crate) async fn hear(&mut self) -> Value {
        match self.next(PATIENCE).await {
            Heard::Frame(frame) => frame,
            other => panic!("no frame but {other:?}"),
        }
    }

    /// Gives types and numbers of the next frames.
    pub(crate) async fn hear_seqs(&mut self, count: usize) -> Vec<i64> {
        let mut seqs = Vec::new();
        for _ in 0..count {
            seqs.push(self.hear().await["seq"].as_i64().unwrap());
        }
        seqs
    }

    /// Claims that nothing comes for a while.
    pub(crate) async fn hears_nothing(&mut self, during: Duration) {
        match self.next(during).await {
            Heard::Nothing => {}
            other => panic!("heard {other:?}"),
        }
    }

    /// Gives the close code, whatever was said before.
    pub(crate) async fn is_closed(&mut self) -> u16 {
        loop {
            match self.next(PATIENCE).await {
                Heard::Frame(_) => {}
                Heard::Close(code) => return code,
                Heard::Nothing => panic!("the socket is still open"),
            }
        }
    }

    async fn next(&mut self, during: Duration) -> Heard {
        let next = async {
            loop {
                match self.stream.next().await {
                    Some(Ok(Message::Text(text))) => {
                        break Heard::Frame(serde_json::from_str(&text).unwrap());
                    }
                    Some(Ok(Message::Close(frame))) => {
                        break Heard::Close(frame.map_or(0, |frame| frame.code.into()));
                    }
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => break Heard::Close(0),
                }
            }
        };
        timeout(during, next).await.unwrap_or(Heard::Nothing)
    }
}

#[derive(Debug)]
enum Heard {
    Frame(Value),
    Close(u16),
    Nothing,
}

/// An expense that was made in a room.
pub(crate) fn expense_in(room_id: i64, title: &str) -> Event {
    let expense = Expense { title: title.to_owned(), room_id, amount_minor: 10_050, ..Expense::default() };
    event_in(room_id, Payload::ExpenseCreated(expense))
}

/// A change of who is in a room.
pub(crate) fn member_in(room_id: i64, user_id: i64, change: MemberChange) -> Event {
    let change = MemberChanged { user_id, change: change.into(), role: "member".to_owned() };
    event_in(room_id, Payload::RoomMemberChanged(change))
}

pub(crate) fn event_in(room_id: i64, payload: Payload) -> Event {
    let uid = format!("e-{}", clock::Clock::system().new_id());
    Event { uid, room_id, at: Some(instant()), payload: Some(payload), ..Event::default() }
}

/// A room or a user that no other test uses: channels of Redis are shared.
pub(crate) fn fresh() -> i64 {
    clock::Clock::system().new_id()
}
