//! One small gRPC server that plays all seven services: a method answers what a test tells it to.
//!
//! Real sockets, real messages; the other services' code is not here. A method nobody taught is refused.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{Router, body::Body as AxumBody, extract::State};
use bytes::{BufMut as _, Bytes, BytesMut};
use fault::{Code, Fault};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use prost::Message;
use proto::{
    event::v1::Event,
    room::v1::{
        ListEventsRequest, ListEventsResponse, ListMembershipsRequest, ListMembershipsResponse, Membership,
    },
    user::v1::{
        CheckSessionsRequest, CheckSessionsResponse, GetUsersRequest, GetUsersResponse, Profile,
        RegisterResponse, User,
    },
};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Status, service::Routes, transport::Server};
use tonic_health::pb::{HealthCheckResponse, health_check_response::ServingStatus};

type Answer = Arc<dyn Fn(&HeaderMap, Bytes) -> Result<Taught, Fault> + Send + Sync>;

struct Taught {
    messages: Vec<Vec<u8>>,
    headers: HeaderMap,
}

type Rooms = BTreeMap<i64, (HashSet<i64>, Vec<Event>)>;

/// One call that came in.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) headers: HeaderMap,
}

/// The services that a test plays.
#[derive(Clone)]
pub(crate) struct Fakes(Arc<Inner>);

struct Inner {
    address: SocketAddr,
    answers: Mutex<HashMap<String, Answer>>,
    calls: Mutex<Vec<Call>>,
    /// Room → its members and its events.
    rooms: Mutex<Rooms>,
    dead_sessions: Mutex<HashSet<i64>>,
    is_serving: AtomicBool,
}

impl Fakes {
    /// Starts the server.
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let inner = Inner {
            address: listener.local_addr().unwrap(),
            answers: Mutex::default(),
            calls: Mutex::default(),
            rooms: Mutex::default(),
            dead_sessions: Mutex::default(),
            is_serving: AtomicBool::new(true),
        };
        let fakes = Self(Arc::new(inner));
        fakes.teach_what_everybody_needs();
        let routes = Routes::from(Router::new().fallback(answer).with_state(fakes.clone()));
        let incoming = TcpListenerStream::new(listener);
        tokio::spawn(Server::builder().add_routes(routes).serve_with_incoming(incoming));
        fakes
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.0.address)
    }

    /// Teaches a method, such as `user.v1.UserService/GetMe`, to answer.
    pub(crate) fn on<Q, R>(
        &self,
        method: &str,
        answer: impl Fn(Q) -> Result<R, Fault> + Send + Sync + 'static,
    ) where
        Q: Message + Default,
        R: Message,
    {
        self.on_stream(method, HeaderMap::new(), move |request| answer(request).map(|reply| vec![reply]));
    }

    /// Teaches a method to answer with metadata and any number of messages.
    pub(crate) fn on_stream<Q, R>(
        &self,
        method: &str,
        headers: HeaderMap,
        answer: impl Fn(Q) -> Result<Vec<R>, Fault> + Send + Sync + 'static,
    ) where
        Q: Message + Default,
        R: Message,
    {
        let answer: Answer = Arc::new(move |_, message| {
            let replies = answer(Q::decode(message).unwrap())?;
            let messages = replies.iter().map(Message::encode_to_vec).collect();
            Ok(Taught { messages, headers: headers.clone() })
        });
        self.0.answers.lock().unwrap().insert(format!("/dormpay.{method}"), answer);
    }

    /// Teaches a method to refuse.
    pub(crate) fn refuse(&self, method: &str, fault: Fault) {
        let answer: Answer = Arc::new(move |_, _| Err(fault.clone()));
        self.0.answers.lock().unwrap().insert(format!("/dormpay.{method}"), answer);
    }

    /// Gives the calls of a method so far.
    pub(crate) fn calls(&self, method: &str) -> Vec<Call> {
        let path = format!("/dormpay.{method}");
        self.0.calls.lock().unwrap().iter().filter(|call| call.method == path).cloned().collect()
    }

    /// Counts all calls but those that go on by themselves.
    pub(crate) fn calls_of_substance(&self) -> usize {
        let is_idle =
            |call: &&Call| !["/Check", "/CheckSessions"].iter().any(|end| call.method.ends_with(end));
        self.0.calls.lock().unwrap().iter().filter(is_idle).count()
    }

    pub(crate) fn add_member(&self, room_id: i64, user_id: i64) {
        self.0.rooms.lock().unwrap().entry(room_id).or_default().0.insert(user_id);
    }

    pub(crate) fn remove_member(&self, room_id: i64, user_id: i64) {
        self.0.rooms.lock().unwrap().entry(room_id).or_default().0.remove(&user_id);
    }

    /// Ends a session.
    pub(crate) fn end_session(&self, session_id: i64) {
        self.0.dead_sessions.lock().unwrap().insert(session_id);
    }

    /// Answers from now on that no service serves.
    pub(crate) fn stop_serving(&self) {
        self.0.is_serving.store(false, Ordering::SeqCst);
    }

    /// Stores an event under the next number of its room.
    pub(crate) fn append(&self, mut event: Event) -> Event {
        let mut rooms = self.0.rooms.lock().unwrap();
        let (_, events) = rooms.entry(event.room_id).or_default();
        event.seq = count(events) + 1;
        events.push(event.clone());
        event
    }

    fn teach_what_everybody_needs(&self) {
        let inner = Arc::clone(&self.0);
        self.on("user.v1.UserService/CheckSessions", move |request: CheckSessionsRequest| {
            let dead = inner.dead_sessions.lock().unwrap();
            let live = request.session_ids.into_iter().filter(|id| !dead.contains(id)).collect();
            Ok(CheckSessionsResponse { live_session_ids: live })
        });
        self.on("user.v1.UserService/GetUsers", |request: GetUsersRequest| {
            Ok(GetUsersResponse { users: request.ids.into_iter().map(profile).collect() })
        });
        self.on("user.v1.UserService/Register", |_: proto::user::v1::RegisterRequest| {
            Ok(RegisterResponse { user: Some(user()) })
        });
        let inner = Arc::clone(&self.0);
        self.on("room.v1.RoomService/ListMemberships", move |request: ListMembershipsRequest| {
            let rooms = inner.rooms.lock().unwrap();
            let of = |user_id: &i64| Membership {
                user_id: *user_id,
                room_ids: rooms
                    .iter()
                    .filter(|(_, room)| room.0.contains(user_id))
                    .map(|(id, _)| *id)
                    .collect(),
            };
            Ok(ListMembershipsResponse { memberships: request.user_ids.iter().map(of).collect() })
        });
        let inner = Arc::clone(&self.0);
        self.on("room.v1.RoomService/ListEvents", move |request: ListEventsRequest| {
            let rooms = inner.rooms.lock().unwrap();
            let Some((_, events)) = rooms.get(&request.room_id) else { return Err(Fault::not_found("room")) };
            let limit = usize::try_from(request.limit).unwrap();
            let after = |event: &&Event| event.seq > request.after_seq;
            let found = events.iter().filter(after).take(limit).cloned().collect();
            Ok(ListEventsResponse { events: found, last_seq: count(events), oldest_seq: 0 })
        });
    }

    fn answer(&self, method: &str, headers: &HeaderMap, message: Bytes) -> Result<Taught, Status> {
        if method == "/grpc.health.v1.Health/Check" {
            let is_serving = self.0.is_serving.load(Ordering::SeqCst);
            let status = if is_serving { ServingStatus::Serving } else { ServingStatus::NotServing };
            let reply = HealthCheckResponse { status: status.into() };
            return Ok(Taught { messages: vec![reply.encode_to_vec()], headers: HeaderMap::new() });
        }
        let call = Call { method: method.to_owned(), headers: headers.clone() };
        self.0.calls.lock().unwrap().push(call);
        let answer = self.0.answers.lock().unwrap().get(method).cloned();
        let untaught = || Fault::new(Code::InternalError, format!("{method} was taught nothing"));
        Ok(answer.ok_or_else(untaught)?(headers, message)?)
    }
}

fn count(events: &[Event]) -> i64 {
    i64::try_from(events.len()).unwrap()
}

/// A profile for an id.
pub(crate) fn profile(id: i64) -> Profile {
    Profile { id, username: format!("user{id}"), full_name: format!("用户{id}"), avatar: String::new() }
}

/// The user of document 000.
pub(crate) fn user() -> User {
    User {
        id: 1,
        username: "testuser".to_owned(),
        email: "test@example.com".to_owned(),
        full_name: "测试用户".to_owned(),
        role: proto::user::v1::Role::User.into(),
        created_at: Some(instant()),
        updated_at: Some(instant()),
        ..User::default()
    }
}

/// The instant of document 000.
pub(crate) fn instant() -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: 1_672_531_200, nanos: 0 }
}

async fn answer(State(fakes): State<Fakes>, request: Request<AxumBody>) -> Response<AxumBody> {
    let (parts, body) = request.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    // The first message is enough for every method of the contract.
    let message = if bytes.len() >= 5 {
        let length = usize::try_from(u32::from_be_bytes(bytes[1..5].try_into().unwrap())).unwrap();
        bytes.slice(5..5 + length)
    } else {
        Bytes::new()
    };
    match fakes.answer(parts.uri.path(), &parts.headers, message) {
        Err(status) => status.into_http(),
        Ok(taught) => {
            let mut frames: Vec<Result<Frame<Bytes>, std::io::Error>> = Vec::new();
            for message in taught.messages {
                let mut bytes = BytesMut::new();
                bytes.put_u8(0);
                bytes.put_u32(u32::try_from(message.len()).unwrap());
                bytes.put_slice(&message);
                frames.push(Ok(Frame::data(bytes.freeze())));
            }
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", HeaderValue::from_static("0"));
            frames.push(Ok(Frame::trailers(trailers)));
            let body = AxumBody::new(StreamBody::new(tokio_stream::iter(frames)));
            let mut response = Response::new(body);
            *response.headers_mut() = taught.headers;
            response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
            response
        }
    }
}
