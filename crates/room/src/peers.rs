//! The other services that this one asks: whether balances are open, and who exists.
//!
//! Calls go on behalf of the caller while his request runs, and for this service alone from jobs. The rule not to be
//! broken: none of them is made inside a transaction.

use fault::Fault;
use proto::{
    expense::v1::{
        CloseMemberRequest, CloseRoomRequest, ReopenMemberRequest,
        expense_service_client::ExpenseServiceClient,
    },
    user::v1::{GetUsersRequest, NotifyRequest, user_service_client::UserServiceClient},
};

use crate::domain::Seat;

/// The other services.
#[derive(Clone, Debug)]
pub(crate) struct Peers {
    expenses: ExpenseServiceClient<rpc::Channel>,
    users: UserServiceClient<rpc::Channel>,
}

impl Peers {
    /// Prepares the connections; they are made when first used.
    pub(crate) fn new(expenses: rpc::Channel, users: rpc::Channel) -> Self {
        Self { expenses: ExpenseServiceClient::new(expenses), users: UserServiceClient::new(users) }
    }

    /// Keeps a member's balance at zero from now on. *Idempotent*. *Errors*: `STATE_CONFLICT` when it is not zero.
    pub(crate) async fn close_member(&self, seat: Seat) -> Result<(), Fault> {
        let request = CloseMemberRequest { room_id: seat.room_id, user_id: seat.user_id };
        self.expenses.clone().close_member(request).await?;
        Ok(())
    }

    /// Lets a member's balance move again. *Idempotent*.
    pub(crate) async fn reopen_member(&self, seat: Seat) -> Result<(), Fault> {
        let request = ReopenMemberRequest { room_id: seat.room_id, user_id: seat.user_id };
        self.expenses.clone().reopen_member(request).await?;
        Ok(())
    }

    /// Keeps all balances of a room at zero for ever. *Idempotent*. *Errors*: `STATE_CONFLICT` when one is not zero.
    pub(crate) async fn close_room(&self, room_id: i64) -> Result<(), Fault> {
        self.expenses.clone().close_room(CloseRoomRequest { room_id }).await?;
        Ok(())
    }

    /// Tells whether there is such a user.
    pub(crate) async fn has_user(&self, user_id: i64) -> Result<bool, Fault> {
        let reply = self.users.clone().get_users(GetUsersRequest { ids: vec![user_id] }).await?;
        Ok(reply.into_inner().users.iter().any(|user| user.id == user_id))
    }

    /// Hands notifications to people. *Idempotent*: by their names.
    pub(crate) async fn notify(&self, request: NotifyRequest) -> Result<(), Fault> {
        self.users.clone().notify(request).await?;
        Ok(())
    }
}
