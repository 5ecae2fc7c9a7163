//! A running room service with its puppets.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use clock::Clock;
use durable::audit::{self, Filter, Record};
use ephemeral::Redis;
use fault::Fault;
use host::{
    Peer,
    puppet::{self, Puppet},
    testing::{self, Served, Visitor},
};
use identity::testing::Keys;
use proto::{
    event::v1::Event,
    expense::v1::{
        CloseMemberRequest, CloseMemberResponse, CloseRoomRequest, CloseRoomResponse, ReopenMemberRequest,
        ReopenMemberResponse, expense_service_server::ExpenseServiceServer,
    },
    room::v1::{GetRoomRequest, Room, room_service_client::RoomServiceClient},
    user::v1::{
        GetUsersRequest, GetUsersResponse, NewNotification, NotifyRequest, NotifyResponse, Profile,
        user_service_server::UserServiceServer,
    },
};
use testkit::TestDb;

use super::{Client, NOBODY, events_after};
use crate::{settings::Own, store};

/// How the expense service answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mood {
    #[default]
    Well,
    /// Nothing reaches it.
    Away,
    /// It does what it is asked, but its answer gets lost.
    Silent,
}

/// What the expense service knows.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) mood: Mood,
    /// Members, by room and user, whose balance is not zero.
    pub(super) open_balances: BTreeSet<(i64, i64)>,
    pub(super) closed_members: BTreeSet<(i64, i64)>,
    pub(super) closed_rooms: BTreeSet<i64>,
    pub(super) reopenings: usize,
}

impl Book {
    fn answer<R>(&mut self, act: impl FnOnce(&mut Self) -> Result<R, Fault>) -> Result<R, Fault> {
        if self.mood == Mood::Away {
            return Err(Fault::unavailable("away"));
        }
        let reply = act(self)?;
        if self.mood == Mood::Silent { Err(Fault::unavailable("the answer is lost")) } else { Ok(reply) }
    }

    fn close_member(&mut self, seat: (i64, i64)) -> Result<CloseMemberResponse, Fault> {
        if self.open_balances.contains(&seat) {
            return Err(Fault::conflict("the balance is open"));
        }
        self.closed_members.insert(seat);
        Ok(CloseMemberResponse {})
    }

    fn reopen_member(&mut self, seat: (i64, i64)) -> ReopenMemberResponse {
        self.closed_members.remove(&seat);
        self.reopenings += 1;
        ReopenMemberResponse {}
    }

    fn close_room(&mut self, room_id: i64) -> Result<CloseRoomResponse, Fault> {
        if self.open_balances.iter().any(|(room, _)| *room == room_id) {
            return Err(Fault::conflict("a balance is open"));
        }
        self.closed_rooms.insert(room_id);
        Ok(CloseRoomResponse {})
    }
}

/// Everything a test needs. Dropped, it stops.
pub(super) struct Stage {
    pub(super) served: Served,
    pub(super) clock: Clock,
    pub(super) redis: Redis,
    pub(super) test_db: TestDb,
    book: Arc<Mutex<Book>>,
    notified: Arc<Mutex<Vec<NewNotification>>>,
    _puppets: [puppet::Served; 2],
}

impl Stage {
    /// Starts the service on a fresh database at noon of 2026-03-01, UTC.
    pub(super) async fn open() -> Self {
        Self::open_with_redis(&testkit::redis_url()).await
    }

    /// Starts the service with a Redis somewhere else.
    pub(super) async fn open_with_redis(redis_url: &str) -> Self {
        testkit::trace();
        let test_db = testkit::database(&crate::MIGRATIONS).await;
        let clock = Clock::manual("2026-03-01T12:00:00Z".parse().unwrap());
        let keys = Keys::new(&clock);
        let (book, notified) = (Arc::default(), Arc::default());
        let expenses = expenses(&book).serve().await;
        let users = users(&notified).serve().await;
        let own = Own {
            redis: ephemeral::Settings::at(redis_url),
            user_url: users.url.clone(),
            expense_url: expenses.url.clone(),
            zone: chrono_tz::Asia::Shanghai,
        };
        let host = testing::host(Peer::Room, &test_db.url, &keys, clock.clone()).await.unwrap();
        let served = Served::start(crate::open(host, &own).await.unwrap(), keys);
        let redis = Redis::connect(&own.redis, clock.clone());
        Self { served, clock, redis, test_db, book, notified, _puppets: [expenses, users] }
    }

    /// Gives a client of an ordinary user.
    pub(super) fn user(&self, user_id: i64) -> Client {
        client(&self.served.user(user_id))
    }

    /// Gives a client of a service that calls for itself.
    pub(super) fn service(&self, name: &str) -> Client {
        client(&self.served.service(name))
    }

    /// Opens the book of the expense service.
    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }

    pub(super) fn notified(&self) -> Vec<NewNotification> {
        self.notified.lock().unwrap().clone()
    }

    /// Reads a room as one of its members.
    pub(super) async fn room(&self, user_id: i64, room_id: i64) -> Room {
        self.user(user_id).get_room(GetRoomRequest { room_id }).await.unwrap().into_inner().room.unwrap()
    }

    /// Reads the whole log of a room.
    pub(super) async fn log(&self, room_id: i64) -> Vec<Event> {
        self.service("gateway").list_events(events_after(room_id, 0)).await.unwrap().into_inner().events
    }

    /// Reads the audit rows of a room, oldest first, as action, before and after.
    pub(super) async fn audit(&self, room_id: i64) -> Vec<Record> {
        let db = self.test_db.connect(self.clock.clone()).await;
        let mut conn = db.acquire().await.unwrap();
        let filter = Filter { subject: Some(format!("room:{room_id}")), ..Filter::default() };
        let mut records = audit::list(&mut conn, &filter, None, 100).await.unwrap();
        records.reverse();
        records
    }

    /// Lets the jobs come that wait for their time.
    pub(super) async fn let_jobs_come_due(&self) {
        let mut conn = self.test_db.owner().await;
        sqlx::query!("update outbox set available_at = now()").execute(&mut conn).await.unwrap();
    }

    /// Makes rooms of a user without the door, for tests about many.
    pub(super) async fn count_rooms(&self, user_id: i64, living_rooms: i32) {
        let mut conn = self.test_db.owner().await;
        sqlx::query!("insert into creator (user_id, living_rooms) values ($1, $2)", user_id, living_rooms)
            .execute(&mut conn)
            .await
            .unwrap();
    }

    /// Fills a room up with members from 100 on, without the door.
    pub(super) async fn fill(&self, room_id: i64, members: i64) {
        let mut conn = self.test_db.owner().await;
        for user_id in 100..100 + members {
            let member = crate::domain::Member {
                user_id,
                role: crate::domain::Role::Member,
                joined_at: self.clock.now(),
            };
            store::members::insert(&mut conn, room_id, &member, None).await.unwrap();
        }
    }
}

/// Gives a client of anybody.
pub(super) fn client(visitor: &Visitor) -> Client {
    RoomServiceClient::new(visitor.line())
}

/// Waits until something is as expected, at most ten seconds.
pub(super) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..500 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("not within ten seconds: {what}");
}

fn expenses(book: &Arc<Mutex<Book>>) -> Puppet<ExpenseServiceServer<()>> {
    let (closing, reopening, ending) = (Arc::clone(book), Arc::clone(book), Arc::clone(book));
    Puppet::default()
        .on("CloseMember", move |asked: CloseMemberRequest| {
            let seat = (asked.room_id, asked.user_id);
            closing.lock().unwrap().answer(|book| book.close_member(seat))
        })
        .on("ReopenMember", move |asked: ReopenMemberRequest| {
            let seat = (asked.room_id, asked.user_id);
            reopening.lock().unwrap().answer(|book| Ok(book.reopen_member(seat)))
        })
        .on("CloseRoom", move |asked: CloseRoomRequest| {
            ending.lock().unwrap().answer(|book| book.close_room(asked.room_id))
        })
}

fn users(notified: &Arc<Mutex<Vec<NewNotification>>>) -> Puppet<UserServiceServer<()>> {
    let notified = Arc::clone(notified);
    Puppet::default()
        .on("GetUsers", |asked: GetUsersRequest| {
            let known = asked.ids.into_iter().filter(|id| (1..NOBODY).contains(id));
            Ok(GetUsersResponse { users: known.map(|id| Profile { id, ..Profile::default() }).collect() })
        })
        .on("Notify", move |asked: NotifyRequest| {
            notified.lock().unwrap().extend(asked.notifications);
            Ok(NotifyResponse {})
        })
}
