//! The methods of `MembershipService`, one line of meaning each.

use proto::user::v1::{
    GetMembershipRequest, GetMembershipResponse, GrantMembershipRequest, GrantMembershipResponse,
    ReturnMembershipRequest, ReturnMembershipResponse, TakeBackMembershipRequest, TakeBackMembershipResponse,
    membership_service_server::MembershipService,
};
use tonic::{Request, Response, Status};

use super::Door;
use crate::operations::{grant_membership, membership, return_membership, take_back_membership};

macro_rules! path {
    ($method:literal) => {
        concat!("/dormpay.user.v1.MembershipService/", $method)
    };
}

type Reply<R> = Result<Response<R>, Status>;

#[tonic::async_trait]
impl MembershipService for Door {
    async fn get_membership(&self, request: Request<GetMembershipRequest>) -> Reply<GetMembershipResponse> {
        self.read(request, membership::get_membership).await
    }

    async fn grant_membership(
        &self,
        request: Request<GrantMembershipRequest>,
    ) -> Reply<GrantMembershipResponse> {
        self.write(path!("GrantMembership"), request, grant_membership::grant_membership).await
    }

    async fn take_back_membership(
        &self,
        request: Request<TakeBackMembershipRequest>,
    ) -> Reply<TakeBackMembershipResponse> {
        self.write(path!("TakeBackMembership"), request, take_back_membership::take_back_membership).await
    }

    async fn return_membership(
        &self,
        request: Request<ReturnMembershipRequest>,
    ) -> Reply<ReturnMembershipResponse> {
        self.write(path!("ReturnMembership"), request, return_membership::return_membership).await
    }
}
