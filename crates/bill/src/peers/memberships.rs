//! Memberships, which the user service keeps.

use fault::Fault;
use proto::user::v1::{
    GetMembershipRequest, GrantMembershipRequest, Membership, ReturnMembershipRequest,
    TakeBackMembershipRequest, membership_service_client::MembershipServiceClient,
};

/// The keeper of memberships. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Memberships(MembershipServiceClient<rpc::Channel>);

/// Time of a plan that an order bought.
#[derive(Clone, Debug)]
pub(crate) struct Grant<'a> {
    pub(crate) order_no: &'a str,
    pub(crate) user_id: i64,
    pub(crate) plan: &'a str,
    pub(crate) days: i32,
    pub(crate) is_upgrade: bool,
}

impl Memberships {
    /// Prepares the connection; it is made when first used.
    pub(crate) fn new(channel: rpc::Channel) -> Self {
        Self(MembershipServiceClient::new(channel))
    }

    /// Reads what a user has left.
    pub(crate) async fn of(&self, user_id: i64) -> Result<Membership, Fault> {
        let reply =
            self.0.clone().get_membership(GetMembershipRequest { user_id }).await.map_err(Fault::from)?;
        Ok(reply.into_inner().membership.unwrap_or_default())
    }

    /// Grants time. *Idempotent*: by the order.
    pub(crate) async fn grant(&self, grant: Grant<'_>) -> Result<(), Fault> {
        let request = GrantMembershipRequest {
            user_id: grant.user_id,
            plan: grant.plan.to_owned(),
            days: grant.days,
            order_no: grant.order_no.to_owned(),
            is_upgrade: grant.is_upgrade,
        };
        self.0.clone().grant_membership(request).await.map_err(Fault::from)?;
        Ok(())
    }

    /// Takes days back. *Idempotent*: by the refund.
    pub(crate) async fn take_back(&self, order_no: &str, refund_no: &str, days: i32) -> Result<(), Fault> {
        let (order_no, refund_no) = (order_no.to_owned(), refund_no.to_owned());
        let request = TakeBackMembershipRequest { order_no, refund_no, days };
        self.0.clone().take_back_membership(request).await.map_err(Fault::from)?;
        Ok(())
    }

    /// Gives back the days that a refund took. *Idempotent*: by the refund.
    pub(crate) async fn give_back(&self, refund_no: &str) -> Result<(), Fault> {
        let request = ReturnMembershipRequest { refund_no: refund_no.to_owned() };
        self.0.clone().return_membership(request).await.map_err(Fault::from)?;
        Ok(())
    }
}
