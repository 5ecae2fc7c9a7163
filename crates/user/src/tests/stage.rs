//! A user service of its own for each test, and people in front of its door.

use std::{path::PathBuf, time::Duration};

use chrono::{DateTime, Utc};
use chrono_tz::Asia::Shanghai;
use clock::Clock;
use durable::Database;
use fault::{Code, Fault};
use host::{
    Host, Peer,
    testing::{Line, Served, Visitor},
};
use identity::testing::Keys;
use proto::user::v1::{LoginRequest, RegisterRequest, Session, User, user_service_client::UserServiceClient};
use testkit::TestDb;
use tonic::{Response, Status};

use crate::{MIGRATIONS, NewAdmin, files::Place, settings::Own};

pub(super) const PASSWORD: &str = "correct horse";

pub(super) type Client = UserServiceClient<Line>;

/// A running service with an empty database.
pub(super) struct Stage {
    pub(super) served: Served,
    pub(super) clock: Clock,
    pub(super) db: Database,
    pub(super) redis: ephemeral::Redis,
    pub(super) folder: PathBuf,
    pub(super) test_db: TestDb,
}

impl Drop for Stage {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

impl Stage {
    pub(super) async fn new() -> Self {
        Self::at(Clock::system().now()).await
    }

    /// Starts at an instant; the clock stands still there. Redis is away, as it may be at any time.
    pub(super) async fn at(now: DateTime<Utc>) -> Self {
        Self::start(now, ephemeral::Settings::at("redis://127.0.0.1:9/")).await
    }

    /// Starts with Redis.
    pub(super) async fn with_redis() -> Self {
        Self::start(Clock::system().now(), ephemeral::Settings::at(testkit::redis_url())).await
    }

    async fn start(now: DateTime<Utc>, redis: ephemeral::Settings) -> Self {
        testkit::trace();
        let clock = Clock::manual(now);
        let keys = Keys::new(&clock);
        let test_db = testkit::database(&MIGRATIONS).await;
        let folder = std::env::temp_dir().join(format!("dormpay-user-{}", clock.token(9)));
        let own = Own {
            signing_key: Some(keys.user.clone()),
            token_life: Duration::from_hours(2),
            zone: Shanghai,
            files: Place::Folder(folder.clone()),
            redis: redis.clone(),
            first_admin: None,
        };
        let settings = host::testing::settings(Peer::User, &test_db.url, &keys);
        let host = Host::prepare(settings, clock.clone()).await.unwrap();
        let db = host.db().clone();
        let served = Served::start(crate::open(host, &own).await.unwrap(), keys);
        let redis = ephemeral::Redis::connect(&redis, clock.clone());
        Self { served, clock, db, redis, folder, test_db }
    }

    /// A client without any proof.
    pub(super) fn nobody(&self) -> Client {
        client(&self.served.nobody())
    }

    /// A visitor with an access token.
    pub(super) fn visitor(&self, session: &Session) -> Visitor {
        self.served.nobody().with("authorization", &format!("Bearer {}", session.access_token))
    }

    /// A client with an access token.
    pub(super) fn member(&self, session: &Session) -> Client {
        client(&self.visitor(session))
    }

    /// A client of another service.
    pub(super) fn service(&self, name: &str) -> Client {
        client(&self.served.service(name))
    }

    pub(super) async fn register(&self, username: &str) -> User {
        self.nobody().register(registration(username)).await.unwrap().into_inner().user.unwrap()
    }

    pub(super) async fn login(&self, username: &str) -> Session {
        self.nobody().login(credentials(username)).await.unwrap().into_inner().session.unwrap()
    }

    /// Registers and logs in.
    pub(super) async fn join(&self, username: &str) -> Session {
        self.register(username).await;
        self.login(username).await
    }

    /// Makes an administrator and logs in.
    pub(super) async fn admin(&self, username: &str) -> Session {
        crate::create_admin(&self.db, &new_admin(username)).await.unwrap();
        self.login(username).await
    }

    /// Moves the clock, and waits until answers about sessions are forgotten.
    pub(super) async fn a_second_later(&self) {
        self.clock.advance(chrono::Duration::seconds(1));
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

pub(super) fn client(visitor: &Visitor) -> Client {
    UserServiceClient::new(visitor.line())
}

pub(super) fn registration(username: &str) -> RegisterRequest {
    RegisterRequest {
        username: username.to_owned(),
        email: format!("{}@example.com", username.to_lowercase()),
        password: PASSWORD.to_owned(),
        full_name: format!("{username} 全名"),
    }
}

pub(super) fn credentials(username: &str) -> LoginRequest {
    LoginRequest { username: username.to_owned(), password: PASSWORD.to_owned() }
}

pub(super) fn new_admin(username: &str) -> NewAdmin {
    NewAdmin {
        username: username.to_owned(),
        email: format!("{username}@example.com"),
        password: PASSWORD.into(),
        full_name: username.to_owned(),
    }
}

/// What a refused call was told.
pub(super) fn refusal<T: std::fmt::Debug>(outcome: Result<Response<T>, Status>) -> Fault {
    outcome.unwrap_err().into()
}

pub(super) fn code<T>(outcome: Result<Response<T>, Status>) -> Option<Code> {
    outcome.err().map(|status| Fault::from(status).code())
}
