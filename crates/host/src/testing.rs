//! A running service for tests, and visitors who knock at its door with all sorts of proof.
//!
//! Nothing here is used outside tests. The rule not to be broken: visitors come over a real socket, through the real
//! guard, so that a test sees what a client sees.

use std::net::SocketAddr;

use chrono::TimeDelta;
use clock::Clock;
use fault::{Code, Fault};
use identity::{
    Allow, Issuer, Liveness, Role, SERVICE_AUTHORIZATION, Subject, Table,
    testing::{AllLive, Keys},
};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{
    Request, Status,
    client::Grpc,
    metadata::{AsciiMetadataKey, AsciiMetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};
use tonic_prost::ProstCodec;

use crate::{Host, Open, Peer, Settings};

const AUTHORIZATION: &str = "authorization";
/// What the guard says to those whom it does not let in.
const REFUSALS: [&str; 3] = ["only for administrators", "only for services", "nobody may call this"];

/// Makes the settings of a service that listens on any free port and believes throw-away keys.
pub fn settings(peer: Peer, database_url: &str, keys: &Keys) -> Settings {
    Settings {
        peer,
        grpc_addr: SocketAddr::from(([127, 0, 0, 1], 0)),
        operations_addr: None,
        user_url: "http://127.0.0.1:9".to_owned(),
        database: patient(durable::Settings::at(peer.name(), database_url)),
        identity: keys.settings(),
    }
}

/// Waits longer for connections and statements than a service does: a machine that runs many tests is slow, and
/// that is not what they are about.
fn patient(mut settings: durable::Settings) -> durable::Settings {
    settings.acquire_timeout = std::time::Duration::from_secs(10);
    settings.statement_timeout = std::time::Duration::from_secs(10);
    settings
}

/// Prepares a host for which every session lives.
pub async fn host(peer: Peer, database_url: &str, keys: &Keys, clock: Clock) -> Result<Host, Fault> {
    let host = Host::prepare(settings(peer, database_url, keys), clock).await?;
    Ok(host.sessions(Liveness::local(AllLive)))
}

/// A service that serves until it is dropped.
#[derive(Debug)]
pub struct Served {
    /// Where its gRPC listens.
    pub address: SocketAddr,
    /// The keys that it believes.
    pub keys: Keys,
    /// Its end, for tests about ends.
    pub ended: JoinHandle<Result<(), Fault>>,
    stop: CancellationToken,
    _guard: DropGuard,
}

impl Served {
    /// Lets an opened service serve in the background.
    pub fn start(open: Open, keys: Keys) -> Self {
        let address = open.address();
        let stop = CancellationToken::new();
        let ended = tokio::spawn(open.serve(stop.clone()));
        Self { address, keys, ended, stop: stop.clone(), _guard: stop.drop_guard() }
    }

    /// Tells it to stop.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Gives a visitor without any proof.
    pub const fn nobody(&self) -> Visitor {
        Visitor { address: self.address, headers: Vec::new() }
    }

    /// Gives an ordinary user.
    pub fn user(&self, user_id: i64) -> Visitor {
        self.nobody().with(AUTHORIZATION, &self.keys.user(user_id))
    }

    /// Gives an administrator of the platform.
    pub fn admin(&self, user_id: i64) -> Visitor {
        self.nobody().with(AUTHORIZATION, &self.keys.admin(user_id))
    }

    /// Gives a service that calls for itself.
    pub fn service(&self, name: &str) -> Visitor {
        self.nobody().with(SERVICE_AUTHORIZATION, &self.keys.service(name))
    }

    /// Gives a user who comes through a service.
    pub fn user_via(&self, name: &str) -> Visitor {
        self.user(7).with(SERVICE_AUTHORIZATION, &self.keys.service(name))
    }

    /// Knocks at every method of an access table with every sort of proof, and lists where the door does something
    /// else than the table says. *Shape*: empty when all is well. Whoever is let in sends an empty message.
    pub async fn access_breaches(&self, table: Table, clock: &Clock) -> Vec<String> {
        let mut breaches = Vec::new();
        for (method, allow) in table {
            for (proof, visitor) in self.visitors(*allow, clock) {
                let answer = visitor.knock(method).await;
                let expected = expected(*allow, proof);
                if !is_as_expected(expected, answer.as_ref().err()) {
                    breaches.push(format!("{method}, {proof:?}: expected {expected:?}, got {answer:?}"));
                }
            }
        }
        breaches
    }

    fn visitors(&self, allow: Allow, clock: &Clock) -> Vec<(Proof, Visitor)> {
        let listed = match allow {
            Allow::Service(names) | Allow::UserOr(names) | Allow::AdminOr(names) => {
                names.iter().map(|name| (Proof::Service, self.service(name))).collect()
            }
            Allow::UserVia(names) => names.iter().map(|name| (Proof::UserVia, self.user_via(name))).collect(),
            Allow::Anyone | Allow::User | Allow::Admin => Vec::new(),
        };
        let is_listed = |name: &str| match allow {
            Allow::Service(names) | Allow::UserOr(names) | Allow::AdminOr(names) => names.contains(&name),
            Allow::Anyone | Allow::User | Allow::UserVia(_) | Allow::Admin => false,
        };
        let stranger = ["gateway", "user", "room", "expense", "bill", "payment", "wallet", "risk"]
            .into_iter()
            .find(|name| !is_listed(name))
            .map(|name| (Proof::OtherService, self.service(name)));
        let forged = Keys::new(clock).admin(1);
        [
            (Proof::Nothing, self.nobody()),
            (Proof::Forged, self.nobody().with(AUTHORIZATION, &forged)),
            (Proof::Expired, self.nobody().with(AUTHORIZATION, &self.expired(clock))),
            (Proof::User, self.user(7)),
            (Proof::Admin, self.admin(1)),
        ]
        .into_iter()
        .chain(listed)
        .chain(stranger)
        .collect()
    }

    /// Gives an administrator's token that ended an hour ago.
    fn expired(&self, clock: &Clock) -> String {
        let then = Clock::manual(clock.now() - TimeDelta::hours(3));
        let subject = Subject {
            user_id: 1,
            role: Role::Admin,
            permissions: Vec::new(),
            session_id: 1,
            token_version: 1,
        };
        let issued = Issuer::new(&self.keys.user, std::time::Duration::from_hours(2), then)
            .and_then(|issuer| issuer.issue(&subject))
            .unwrap_or_else(|fault| unreachable!("no token: {fault}"));
        format!("Bearer {}", issued.token)
    }
}

/// The sorts of proof with which somebody knocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    Nothing,
    Forged,
    Expired,
    User,
    Admin,
    UserVia,
    Service,
    OtherService,
}

/// Says which refusal the table means for a proof; none is admission.
fn expected(allow: Allow, proof: Proof) -> Option<Code> {
    let is_admitted = matches!(
        (allow, proof),
        (Allow::Anyone, _)
            | (Allow::User | Allow::UserOr(_), Proof::User | Proof::Admin)
            | (Allow::UserVia(_), Proof::UserVia)
            | (Allow::Admin | Allow::AdminOr(_), Proof::Admin)
            | (Allow::Service(_) | Allow::UserOr(_) | Allow::AdminOr(_), Proof::Service)
    );
    let is_somebody_else = matches!(
        (allow, proof),
        (Allow::Admin | Allow::AdminOr(_), Proof::User)
            | (Allow::UserVia(_), Proof::User | Proof::Admin)
            | (Allow::Service(_), Proof::User | Proof::Admin | Proof::OtherService)
    );
    match proof {
        _ if is_admitted => None,
        Proof::Forged => Some(Code::AuthInvalid),
        Proof::Expired => Some(Code::AuthExpired),
        _ if is_somebody_else => Some(Code::Forbidden),
        _ => Some(Code::AuthRequired),
    }
}

fn is_as_expected(expected: Option<Code>, refusal: Option<&Fault>) -> bool {
    let code = refusal.map(Fault::code);
    if expected.is_some() {
        return code == expected;
    }
    let is_shut_out = refusal.is_some_and(|fault| REFUSALS.contains(&fault.detail()));
    !is_shut_out && !matches!(code, Some(Code::AuthRequired | Code::AuthInvalid | Code::AuthExpired))
}

/// Somebody at the door, with what he shows.
#[derive(Clone, Debug)]
pub struct Visitor {
    address: SocketAddr,
    headers: Vec<(&'static str, String)>,
}

/// What generated clients call with.
pub type Line = InterceptedService<Channel, Headers>;

impl Visitor {
    /// Shows one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Gives his requests an idempotency key.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.with("idempotency-key", key)
    }

    /// Gives the channel for a generated client.
    pub fn line(&self) -> Line {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address))
            .unwrap_or_else(|error| unreachable!("no address: {error}"));
        InterceptedService::new(endpoint.connect_lazy(), Headers(self.headers.clone()))
    }

    /// Calls a method with an empty message and throws the answer away. *Errors*: what the caller is told.
    pub async fn knock(&self, method: &str) -> Result<(), Fault> {
        let mut grpc = Grpc::new(self.line());
        grpc.ready().await.map_err(Fault::internal)?;
        let path = method.parse().map_err(Fault::internal)?;
        grpc.unary(Request::new(()), path, ProstCodec::<(), ()>::default()).await?;
        Ok(())
    }
}

/// Puts a visitor's headers into each request.
#[derive(Clone, Debug)]
pub struct Headers(Vec<(&'static str, String)>);

impl Interceptor for Headers {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        for (name, value) in &self.0 {
            let value = AsciiMetadataValue::try_from(value.as_str())
                .map_err(|error| Status::invalid_argument(error.to_string()))?;
            request.metadata_mut().insert(AsciiMetadataKey::from_static(name), value);
        }
        Ok(request)
    }
}
