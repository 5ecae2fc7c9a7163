//! One client's socket, from its first frame to its last (000-W02 to W04, contract section 10).
//!
//! Says who it is within a time, then subscribes, resumes and hears. Close codes: 1008 not allowed (no token in time,
//! session ended, too many frames), 1009 frame too large, 1012 the gateway restarts, 1013 try again (too slow a
//! reader, too many sockets). The rule not to be broken: every wait for the client has a bound.

use std::{collections::HashMap, time::Duration};

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use fault::{Code, Fault};
use identity::User;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{self, Instant, MissedTickBehavior},
};

use super::{
    Live,
    frames::{ClientFrame, ServerFrame},
    hub::Word,
    news::{Ending, Item, Newcomer, News, SocketId},
    open::FRAME_BYTES_MAX,
    topics::Topics,
};

const SEND_TIMEOUT: Duration = Duration::from_secs(10);
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a newcomer waits for his rooms before he hears what there is.
const ENTER_TIMEOUT: Duration = Duration::from_secs(2);
/// After so many unanswered pings the client is taken for gone.
const PINGS_UNANSWERED_MAX: u32 = 2;
const FRAMES_PER_MINUTE_MAX: u32 = 600;
const MINUTE: Duration = Duration::from_mins(1);

/// Why a socket ends: close code and reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    pub(super) reason: &'static str,
}

impl Close {
    /// The client is gone; there is nobody to tell.
    pub(super) const GONE: Self = Self { code: close_code::NORMAL, reason: "" };
    const NO_AUTH: Self = Self { code: close_code::POLICY, reason: "not authenticated" };
    const ENDED: Self = Self { code: close_code::POLICY, reason: "session ended" };
    const TOO_LARGE: Self = Self { code: close_code::SIZE, reason: "frame over 65536 bytes" };
    const TOO_MANY: Self = Self { code: close_code::POLICY, reason: "too many frames" };
    const RESTART: Self = Self { code: close_code::RESTART, reason: "restarting" };
    const SLOW: Self = Self { code: close_code::AGAIN, reason: "reader too slow" };
    const CROWDED: Self = Self { code: close_code::AGAIN, reason: "too many sockets of this user" };
}

/// A socket whose client has said who he is.
pub(super) struct Session {
    pub(super) live: Live,
    pub(super) socket: WebSocket,
    id: SocketId,
    user: User,
    /// `Bearer …`, for what is asked in the user's name.
    pub(super) authorization: String,
    pub(super) topics: Topics,
    /// The newest event told, per room in which any was told or resumed.
    pub(super) told: HashMap<i64, i64>,
    pub(super) end: watch::Receiver<Option<Ending>>,
    pings_unanswered: u32,
    frames: u32,
    frames_since: Instant,
}

/// Serves a socket until it ends.
pub(super) async fn run(live: Live, mut socket: WebSocket) {
    let auth_timeout = live.0.limits.socket_auth_timeout;
    let stop = live.0.stop.clone();
    let authenticated = tokio::select! {
        () = stop.cancelled() => Err(Close::RESTART),
        authenticated = time::timeout(auth_timeout, authenticate(&live, &mut socket)) => {
            authenticated.unwrap_or(Err(Close::NO_AUTH))
        }
    };
    match authenticated {
        Ok((user, authorization)) => serve(live, socket, user, authorization).await,
        Err(close) => {
            if close == Close::NO_AUTH {
                let fault = Fault::new(Code::AuthRequired, "auth: must be the first frame and in time");
                // A client that is gone hears nothing anyway.
                let _ = send(&mut socket, ServerFrame::AuthError(fault.into()).text()).await;
            }
            goodbye(socket, close).await;
        }
    }
}

/// Waits for the first frame, which must say who is there.
async fn authenticate(live: &Live, socket: &mut WebSocket) -> Result<(User, String), Close> {
    loop {
        let Some(text) = receive(socket.recv().await)? else { continue };
        let refusal = match ClientFrame::parse(&text) {
            Ok(ClientFrame::Auth { token }) => match prove(live, &token).await {
                Ok(user) => return Ok((user, format!("Bearer {token}"))),
                Err(fault) => fault,
            },
            Ok(ClientFrame::Ping) => {
                send(socket, pong(live)).await?;
                continue;
            }
            Ok(_) => Fault::new(Code::AuthRequired, "auth: must be the first frame"),
            Err(fault) => fault,
        };
        send(socket, ServerFrame::AuthError(refusal.into()).text()).await?;
        return Err(Close { reason: "refused", ..Close::NO_AUTH });
    }
}

/// Checks a token and that its session lives.
async fn prove(live: &Live, token: &str) -> Result<User, Fault> {
    let user = live.0.verifier.verify(token)?.user;
    live.0.liveness.check(user.session_id).await?;
    Ok(user)
}

async fn serve(live: Live, socket: WebSocket, user: User, authorization: String) {
    let id = live.0.hub.new_id();
    let (queue, items) = mpsc::channel(live.0.limits.socket_queue_max);
    let (end_sender, end) = watch::channel(None);
    let (entered_sender, entered) = oneshot::channel();
    let newcomer = Newcomer {
        id,
        user_id: user.id,
        session_id: user.session_id,
        queue,
        end: end_sender,
        entered: entered_sender,
    };
    live.0.hub.tell(Word::Enter(newcomer)).await;
    let mut session = Session {
        live,
        socket,
        id,
        user,
        authorization,
        topics: Topics::NONE,
        told: HashMap::new(),
        end,
        pings_unanswered: 0,
        frames: 0,
        frames_since: Instant::now(),
    };
    let close = match time::timeout(ENTER_TIMEOUT, entered).await {
        Ok(Err(_)) => Close::CROWDED,
        // Entered; or the room service is away, and what it knows will be heard when it is back.
        Ok(Ok(())) | Err(_) => session.converse(items).await,
    };
    session.live.0.hub.tell(Word::Leave(session.id)).await;
    goodbye(session.socket, close).await;
}

impl Session {
    /// Talks until there is a reason to end.
    async fn converse(&mut self, mut items: mpsc::Receiver<Item>) -> Close {
        let mut pings = time::interval(self.live.0.limits.socket_ping_every);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings.reset();
        if let Err(close) = self.welcome().await {
            return close;
        }
        let stop = self.live.0.stop.clone();
        let mut end = self.end.clone();
        loop {
            let expiry = self.expiry();
            let outcome = tokio::select! {
                biased;
                () = stop.cancelled() => Err(Close::RESTART),
                () = decided(&mut end) => Err(self.ended().await),
                () = time::sleep_until(expiry) => Err(self.expired().await),
                _ = pings.tick() => self.ping().await,
                message = self.socket.recv() => self.hear(receive(message)).await,
                Some(item) = items.recv() => self.pass_on(item).await,
            };
            if let Err(close) = outcome {
                return close;
            }
        }
    }

    async fn welcome(&mut self) -> Result<(), Close> {
        let expires_at = clock::format_instant(self.user.expires_at);
        self.say(&ServerFrame::AuthOk { user_id: self.user.id, expires_at }).await
    }

    /// Answers a client's frame.
    async fn hear(&mut self, text: Result<Option<Utf8Bytes>, Close>) -> Result<(), Close> {
        self.pings_unanswered = 0;
        let Some(text) = text? else { return self.count_frame() };
        self.count_frame()?;
        match ClientFrame::parse(&text) {
            Ok(ClientFrame::Subscribe(topics)) => {
                self.topics = self.topics | topics;
                self.say(&ServerFrame::Subscribed { events: topics.names() }).await
            }
            Ok(ClientFrame::Unsubscribe(topics)) => {
                self.topics = self.topics.without(topics);
                self.say(&ServerFrame::Unsubscribed { events: topics.names() }).await
            }
            Ok(ClientFrame::Resume { room_id, after }) => self.resume(room_id, after).await,
            Ok(ClientFrame::Ping) => {
                let pong = pong(&self.live);
                self.send(pong.into()).await
            }
            Ok(ClientFrame::Auth { token }) => self.renew(&token).await,
            Err(fault) => self.say(&ServerFrame::Error(fault.into())).await,
        }
    }

    /// Goes on with a newer token of the same user.
    async fn renew(&mut self, token: &str) -> Result<(), Close> {
        let proven = prove(&self.live, token).await.and_then(|user| {
            let is_same = user.id == self.user.id;
            if is_same {
                Ok(user)
            } else {
                Err(Fault::new(Code::AuthInvalid, "token: must be of the same user"))
            }
        });
        match proven {
            Ok(user) => {
                let word = Word::Renew { id: self.id, session_id: user.session_id };
                self.live.0.hub.tell(word).await;
                self.user = user;
                self.authorization = format!("Bearer {token}");
                self.welcome().await
            }
            Err(fault) => {
                self.say(&ServerFrame::AuthError(fault.into())).await?;
                Err(Close { reason: "refused", ..Close::NO_AUTH })
            }
        }
    }

    /// Passes on what the hub sends.
    async fn pass_on(&mut self, item: Item) -> Result<(), Close> {
        match item {
            Item::Joined { room_id, last_seq } => match self.told.get(&room_id) {
                Some(told) if *told < last_seq => self.catch_up(room_id, *told).await,
                _ => Ok(()),
            },
            Item::News(news) => match news.place {
                Some((room_id, seq)) => self.pass_on_in_order(room_id, seq, &news).await,
                None => self.tell(&news).await,
            },
        }
    }

    /// Passes on an event of a room unless it was told, and what is missing before it first.
    async fn pass_on_in_order(&mut self, room_id: i64, seq: i64, news: &News) -> Result<(), Close> {
        if let Some(told) = self.told.get(&room_id).copied() {
            if seq > told.saturating_add(1) {
                self.catch_up(room_id, told).await?;
            }
            if seq <= self.told.get(&room_id).copied().unwrap_or(told) {
                return Ok(());
            }
        }
        self.told.insert(room_id, seq);
        self.tell(news).await
    }

    async fn tell(&mut self, news: &News) -> Result<(), Close> {
        if self.topics.meets(news.topics) { self.send(news.text.clone()).await } else { Ok(()) }
    }

    async fn ping(&mut self) -> Result<(), Close> {
        if self.pings_unanswered >= PINGS_UNANSWERED_MAX {
            return Err(Close::GONE);
        }
        self.pings_unanswered = self.pings_unanswered.saturating_add(1);
        deliver(&mut self.socket, Message::Ping(bytes::Bytes::new())).await
    }

    fn count_frame(&mut self) -> Result<(), Close> {
        if self.frames_since.elapsed() > MINUTE {
            (self.frames, self.frames_since) = (0, Instant::now());
        }
        self.frames = self.frames.saturating_add(1);
        if self.frames > FRAMES_PER_MINUTE_MAX { Err(Close::TOO_MANY) } else { Ok(()) }
    }

    /// Gives the moment at which the token ends.
    fn expiry(&self) -> Instant {
        let left = self.user.expires_at - self.live.0.clock.now();
        Instant::now() + left.to_std().unwrap_or_default()
    }

    async fn expired(&mut self) -> Close {
        self.part(Fault::new(Code::AuthExpired, "the token has expired")).await
    }

    async fn ended(&mut self) -> Close {
        let ending = *self.end.borrow();
        match ending {
            Some(Ending::SessionEnded) => {
                self.part(Fault::new(Code::AuthInvalid, "the session has ended")).await
            }
            Some(Ending::Slow) => Close::SLOW,
            None => Close::RESTART,
        }
    }

    /// Says why the client is no longer admitted.
    async fn part(&mut self, fault: Fault) -> Close {
        // The close says enough to a client that hears no more frames.
        let _ = self.say(&ServerFrame::AuthError(fault.into())).await;
        Close::ENDED
    }

    pub(super) async fn say(&mut self, frame: &ServerFrame) -> Result<(), Close> {
        self.send(frame.text().into()).await
    }

    /// Sends a frame, unless the hub ends the socket while its reader does not read.
    pub(super) async fn send(&mut self, text: Utf8Bytes) -> Result<(), Close> {
        let is_ended = self.end.borrow().is_some();
        let mut end = self.end.clone();
        tokio::select! {
            biased;
            sent = deliver(&mut self.socket, Message::Text(text)) => sent,
            () = decided(&mut end), if !is_ended => match *end.borrow() {
                Some(Ending::SessionEnded) => Err(Close::ENDED),
                Some(Ending::Slow) | None => Err(Close::SLOW),
            },
        }
    }
}

/// Waits until the hub has a reason to end the socket, or is gone.
async fn decided(end: &mut watch::Receiver<Option<Ending>>) {
    // Gone or decided: either way the value says what to do.
    let _ = end.wait_for(Option::is_some).await;
}

fn pong(live: &Live) -> String {
    ServerFrame::Pong { timestamp: clock::format_instant(live.0.clock.now()) }.text()
}

/// Takes the text out of what came; none for what needs no answer.
fn receive(message: Option<Result<Message, axum::Error>>) -> Result<Option<Utf8Bytes>, Close> {
    match message {
        Some(Ok(Message::Text(text))) if text.len() > FRAME_BYTES_MAX => Err(Close::TOO_LARGE),
        Some(Ok(Message::Binary(bytes))) if bytes.len() > FRAME_BYTES_MAX => Err(Close::TOO_LARGE),
        Some(Ok(Message::Text(text))) => Ok(Some(text)),
        // Read as text it is no JSON, and the client hears so.
        Some(Ok(Message::Binary(_))) => Ok(Some(Utf8Bytes::from_static("binary"))),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        Some(Err(error)) if is_too_large(&error) => Err(Close::TOO_LARGE),
        None | Some(Ok(Message::Close(_)) | Err(_)) => Err(Close::GONE),
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    let inner = std::error::Error::source(error).and_then(|inner| inner.downcast_ref());
    matches!(inner, Some(tokio_tungstenite::tungstenite::Error::Capacity(_)))
}

async fn send(socket: &mut WebSocket, text: String) -> Result<(), Close> {
    deliver(socket, Message::Text(text.into())).await
}

async fn deliver(socket: &mut WebSocket, message: Message) -> Result<(), Close> {
    match time::timeout(SEND_TIMEOUT, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Close::GONE),
        Err(_) => Err(Close::SLOW),
    }
}

/// Says goodbye and waits a little for the client to say it too.
async fn goodbye(mut socket: WebSocket, close: Close) {
    if close == Close::GONE {
        return;
    }
    let frame = CloseFrame { code: close.code, reason: Utf8Bytes::from_static(close.reason) };
    // Neither a client that is gone nor one that never answers is waited for.
    let _ = time::timeout(GOODBYE_TIMEOUT, async {
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    })
    .await;
    if close == Close::TOO_LARGE {
        // Unread bytes would turn the end of the connection into a reset that swallows the close.
        time::sleep(GOODBYE_TIMEOUT).await;
    }
}
