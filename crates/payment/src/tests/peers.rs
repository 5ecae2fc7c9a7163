//! The four services that tasks call, made of closures behind a real guard that notes who came.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering},
    },
};

use fault::Fault;
use host::puppet::Puppet;
use http::{Extensions, HeaderMap};
use identity::{Allow, Guard, Table, testing::Keys};
use proto::{
    bill::v1::{self as bill, bill_service_server::BillServiceServer},
    expense::v1::{self as expense, expense_service_server::ExpenseServiceServer},
    room::v1::{self as room, room_service_server::RoomServiceServer},
    user::v1::{self as user, user_service_server::UserServiceServer},
};
use tokio_util::sync::{CancellationToken, DropGuard};

const PAYMENT: Allow = Allow::Service(&["payment"]);
const TABLE: Table = &[
    ("/dormpay.bill.v1.BillService/RemindUnpaid", PAYMENT),
    ("/dormpay.bill.v1.BillService/PurgeExpired", PAYMENT),
    ("/dormpay.expense.v1.ExpenseService/PurgeExpired", PAYMENT),
    ("/dormpay.room.v1.RoomService/PurgeExpired", PAYMENT),
    ("/dormpay.user.v1.UserService/PurgeExpired", PAYMENT),
];

/// What the peers do and what they saw.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// Reminders for which the bill service is not there, before it is.
    pub(super) away: Arc<AtomicU32>,
    /// Whether the room service cannot clean up.
    pub(super) is_room_broken: Arc<AtomicBool>,
    /// How many batches of sessions have expired.
    pub(super) user_batches: Arc<AtomicI64>,
    asked: Arc<Mutex<Vec<String>>>,
    user_tokens: Arc<AtomicU32>,
}

pub(super) struct Fakes {
    pub(super) url: String,
    pub(super) state: State,
    _stop: DropGuard,
}

struct Doorman {
    guard: Guard,
    state: State,
}

#[async_trait::async_trait]
impl rpc::Gate for Doorman {
    async fn check(&self, method: &str, headers: &HeaderMap) -> Result<Extensions, Fault> {
        let extensions = self.guard.check(method, headers).await?;
        if headers.contains_key("authorization") {
            self.state.user_tokens.fetch_add(1, Ordering::SeqCst);
        }
        self.state.asked.lock().unwrap().push(method.to_owned());
        Ok(extensions)
    }
}

impl Fakes {
    pub(super) async fn serve(keys: &Keys) -> Self {
        let state = State::default();
        let doorman = Doorman { guard: keys.guard(TABLE), state: state.clone() };
        let bound = rpc::Server::builder("peers", SocketAddr::from(([127, 0, 0, 1], 0)))
            .descriptor(proto::FILE_DESCRIPTOR_SET)
            .access(doorman)
            .add(bills(state.clone()))
            .add(rooms(state.clone()))
            .add(users(state.clone()))
            .add(expenses())
            .bind()
            .await
            .unwrap();
        let url = format!("http://{}", bound.address());
        let stop = CancellationToken::new();
        tokio::spawn(bound.serve(stop.clone()));
        Self { url, state, _stop: stop.drop_guard() }
    }

    /// How often a method was asked for, such as `BillService/RemindUnpaid`.
    pub(super) fn asked(&self, method: &str) -> usize {
        self.state.asked.lock().unwrap().iter().filter(|path| path.ends_with(method)).count()
    }

    /// How many calls carried a user's token.
    pub(super) fn user_tokens(&self) -> u32 {
        self.state.user_tokens.load(Ordering::SeqCst)
    }
}

fn bills(state: State) -> Puppet<BillServiceServer<()>> {
    Puppet::default()
        .on("RemindUnpaid", move |_: bill::RemindUnpaidRequest| {
            let left =
                state.away.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            match left {
                Ok(_) => Err(Fault::unavailable("not there yet")),
                Err(_) => Ok(bill::RemindUnpaidResponse { reminders_sent: 2 }),
            }
        })
        .on("PurgeExpired", |_: bill::PurgeExpiredRequest| Ok(bill::PurgeExpiredResponse { rows_deleted: 0 }))
}

fn rooms(state: State) -> Puppet<RoomServiceServer<()>> {
    Puppet::default().on("PurgeExpired", move |_: room::PurgeExpiredRequest| {
        if state.is_room_broken.load(Ordering::SeqCst) {
            return Err(Fault::internal("the rooms are broken"));
        }
        Ok(room::PurgeExpiredResponse { rows_deleted: 0 })
    })
}

fn users(state: State) -> Puppet<UserServiceServer<()>> {
    Puppet::default().on("PurgeExpired", move |_: user::PurgeExpiredRequest| {
        let left = state.user_batches.fetch_sub(1, Ordering::SeqCst);
        Ok(user::PurgeExpiredResponse { rows_deleted: if left > 0 { 1_000 } else { 0 } })
    })
}

fn expenses() -> Puppet<ExpenseServiceServer<()>> {
    Puppet::default().on("PurgeExpired", |_: expense::PurgeExpiredRequest| {
        Ok(expense::PurgeExpiredResponse { rows_deleted: 0 })
    })
}
