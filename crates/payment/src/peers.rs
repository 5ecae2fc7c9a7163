//! The services that tasks ask to do something.
//!
//! Every call here is safe to repeat: a reminder goes out once a day, and what is deleted stays deleted. So a peer that
//! is away for some seconds is waited for, here and in no other layer. The rule not to be broken: tasks speak for the
//! service alone and carry nobody's token.

use std::{future::Future, time::Duration};

use fault::{Code, Fault};
use host::Host;
use proto::{
    bill::v1::{self as bill, bill_service_client::BillServiceClient},
    expense::v1::{self as expense, expense_service_client::ExpenseServiceClient},
    room::v1::{self as room, room_service_client::RoomServiceClient},
    user::v1::{self as user, user_service_client::UserServiceClient},
};
use tokio::time::sleep;

use crate::Settings;

/// A purge may have much to delete.
const BUDGET: Duration = Duration::from_secs(10);
/// The pause after the first try; it doubles. All tries together end within half a minute of pauses.
const PAUSE: Duration = Duration::from_secs(1);
const TRIES_MAX: u32 = 5;

/// Channels to the peers. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Peers {
    user: UserServiceClient<rpc::Channel>,
    room: RoomServiceClient<rpc::Channel>,
    expense: ExpenseServiceClient<rpc::Channel>,
    bill: BillServiceClient<rpc::Channel>,
    pause: Duration,
}

/// A service that keeps what expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeper {
    User,
    Room,
    Expense,
    Bill,
}

impl Keeper {
    pub(crate) const ALL: [Self; 4] = [Self::User, Self::Room, Self::Expense, Self::Bill];
}

impl Peers {
    /// Prepares the channels; nobody needs to be there yet.
    pub(crate) fn new(host: &Host, settings: &Settings) -> Result<Self, Fault> {
        let channel = |url: &str| Ok::<_, Fault>(host.channel(url)?.with_budget(BUDGET));
        Ok(Self {
            user: UserServiceClient::new(channel(&settings.host.user_url)?),
            room: RoomServiceClient::new(channel(&settings.room_url)?),
            expense: ExpenseServiceClient::new(channel(&settings.expense_url)?),
            bill: BillServiceClient::new(channel(&settings.bill_url)?),
            pause: PAUSE,
        })
    }

    /// Waits less for a peer that is away. For tests.
    #[cfg(test)]
    pub(crate) fn with_pause(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// Has everybody reminded who owes a share of an approved bill; gives how many reminders went out.
    pub(crate) async fn remind_unpaid(&self) -> Result<i64, Fault> {
        self.patiently(|| async {
            let reply = self.bill.clone().remind_unpaid(bill::RemindUnpaidRequest {}).await?;
            Ok(reply.into_inner().reminders_sent)
        })
        .await
    }

    /// Has a service delete what has expired; gives how many rows it deleted. Zero means that nothing is left.
    pub(crate) async fn purge_expired(&self, keeper: Keeper) -> Result<i64, Fault> {
        self.patiently(|| self.purge_once(keeper)).await
    }

    async fn purge_once(&self, keeper: Keeper) -> Result<i64, Fault> {
        Ok(match keeper {
            Keeper::User => {
                self.user.clone().purge_expired(user::PurgeExpiredRequest {}).await?.into_inner().rows_deleted
            }
            Keeper::Room => {
                self.room.clone().purge_expired(room::PurgeExpiredRequest {}).await?.into_inner().rows_deleted
            }
            Keeper::Expense => {
                let reply = self.expense.clone().purge_expired(expense::PurgeExpiredRequest {}).await?;
                reply.into_inner().rows_deleted
            }
            Keeper::Bill => {
                self.bill.clone().purge_expired(bill::PurgeExpiredRequest {}).await?.into_inner().rows_deleted
            }
        })
    }

    /// Asks again while nobody is there, a few times.
    async fn patiently<T, F>(&self, ask: impl Fn() -> F + Sync) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Fault>> + Send,
    {
        let mut pause = self.pause;
        for _ in 1..TRIES_MAX {
            match ask().await {
                Err(fault) if fault.code() == Code::ServiceUnavailable => sleep(pause).await,
                outcome => return outcome,
            }
            pause = pause.saturating_mul(2);
        }
        ask().await
    }
}
