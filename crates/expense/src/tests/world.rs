//! One running expense service with a database of its own, a room of four, and people who call.

use std::net::SocketAddr;

use chrono::{TimeZone as _, Utc};
use clock::Clock;
use fault::{Code, Fault};
use host::{
    Peer,
    testing::{Line, Served, Visitor},
};
use identity::testing::Keys;
use proto::expense::v1::{expense_service_client::ExpenseServiceClient, *};
use testkit::TestDb;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{Response, Status};

use super::fakes::Known;
use crate::{MIGRATIONS, Settings};

/// The room of every test: 11 is its only admin, 12 to 14 are members.
pub(super) const ROOM: i64 = 100;
pub(super) const ADMIN: i64 = 11;
pub(super) const ANNA: i64 = 12;
pub(super) const BEN: i64 = 13;
pub(super) const CARA: i64 = 14;
/// Somebody of another room, of which he is the admin.
pub(super) const STRANGER: i64 = 99;
pub(super) const OTHER_ROOM: i64 = 900;

pub(super) type Client = ExpenseServiceClient<Line>;

/// Everything a test needs.
pub(super) struct World {
    pub(super) served: Served,
    pub(super) known: Known,
    pub(super) clock: Clock,
    pub(super) test_db: TestDb,
    _stop: DropGuard,
}

impl World {
    pub(super) async fn new() -> Self {
        testkit::trace();
        let test_db = testkit::database(&MIGRATIONS).await;
        let clock = Clock::manual(Utc.with_ymd_and_hms(2026, 3, 2, 8, 0, 0).unwrap());
        let keys = Keys::new(&clock);
        let stop = CancellationToken::new();
        let known = Known::default();
        known.facts().rooms.insert(ROOM, [(ADMIN, true), (ANNA, false), (BEN, false), (CARA, false)].into());
        known.facts().rooms.insert(OTHER_ROOM, [(STRANGER, true)].into());
        let (room, user) = known.serve(&stop).await;
        let host = host::testing::settings(Peer::Expense, &test_db.url, &keys);
        let settings = Settings {
            host: host::Settings { user_url: url(user), ..host },
            room_url: url(room),
            zone: chrono_tz::Asia::Shanghai,
        };
        let host = host::Host::prepare(settings.host.clone(), clock.clone()).await.unwrap();
        let host = host.sessions(identity::Liveness::local(identity::testing::AllLive));
        let open = crate::open(host, &settings).await.unwrap();
        let served = Served::start(open, keys);
        Self { served, known, clock, test_db, _stop: stop.drop_guard() }
    }

    pub(super) fn user(&self, user_id: i64) -> Client {
        client(&self.served.user(user_id))
    }

    /// The bill service on behalf of a user.
    pub(super) fn bill_for(&self, user_id: i64) -> Client {
        let visitor = self.served.user(user_id);
        client(&visitor.with(identity::SERVICE_AUTHORIZATION, &self.served.keys.service("bill")))
    }

    pub(super) fn service(&self, name: &str) -> Client {
        client(&self.served.service(name))
    }

    pub(super) fn with_key(&self, user_id: i64, key: &str) -> Client {
        client(&self.served.user(user_id).key(key))
    }

    /// Records an expense and gives it back.
    pub(super) async fn record(&self, user_id: i64, expense: NewExpense) -> Expense {
        create(&mut self.user(user_id), expense).await.unwrap()
    }

    /// Gives the living expense as a member sees it.
    pub(super) async fn expense(&self, expense_id: i64) -> Expense {
        let reply = self.user(ADMIN).get_expense(GetExpenseRequest { expense_id }).await;
        reply.unwrap().into_inner().expense.unwrap()
    }

    /// Gives what is due to each member, in CNY.
    pub(super) async fn nets(&self) -> Vec<(i64, i64)> {
        let reply = self.user(ADMIN).get_balances(GetBalancesRequest { room_id: ROOM }).await.unwrap();
        let balances = reply.into_inner().balances.into_iter();
        balances.filter(|row| row.currency == "CNY").map(|row| (row.user_id, row.balance_minor)).collect()
    }
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

fn client(visitor: &Visitor) -> Client {
    ExpenseServiceClient::new(visitor.line()).max_encoding_message_size(8 * 1024 * 1024)
}

/// An expense of the room that its author paid, divided equally among all four.
pub(super) fn expense(amount_minor: i64) -> NewExpense {
    NewExpense {
        room_id: ROOM,
        title: "Electricity".to_owned(),
        amount_minor,
        category: "utilities".to_owned(),
        date: "2026-03-01".to_owned(),
        split_type: SplitType::Equal.into(),
        ..NewExpense::default()
    }
}

/// Shares of given amounts.
pub(super) fn custom(shares: &[(i64, i64)]) -> Vec<SplitInput> {
    let share = |(user_id, amount): &(i64, i64)| SplitInput {
        user_id: *user_id,
        amount_minor: Some(*amount),
        ..SplitInput::default()
    };
    shares.iter().map(share).collect()
}

pub(super) fn payers(payers: &[(i64, i64)]) -> Vec<Payer> {
    payers.iter().map(|(user_id, amount)| Payer { user_id: *user_id, amount_minor: *amount }).collect()
}

pub(super) async fn create(client: &mut Client, expense: NewExpense) -> Result<Expense, Fault> {
    let reply = client.create_expense(CreateExpenseRequest { expense: Some(expense) }).await?;
    Ok(reply.into_inner().expense.unwrap())
}

pub(super) async fn confirm(client: &mut Client, expense: &Expense, user_id: i64) -> Result<Split, Fault> {
    let request = ConfirmSplitRequest { expense_id: expense.id, split_id: split_of(expense, user_id).id };
    Ok(client.confirm_split(request).await?.into_inner().split.unwrap())
}

pub(super) fn split_of(expense: &Expense, user_id: i64) -> Split {
    *expense.splits.iter().find(|split| split.user_id == user_id).unwrap()
}

/// Gives the refusal: its code and detail.
pub(super) fn refusal<T: std::fmt::Debug>(result: Result<Response<T>, Status>) -> (Code, String) {
    let fault = Fault::from(result.unwrap_err());
    (fault.code(), fault.detail().to_owned())
}

/// Gives the code of a refusal.
pub(super) fn code<T: std::fmt::Debug>(result: Result<Response<T>, Status>) -> Code {
    refusal(result).0
}
