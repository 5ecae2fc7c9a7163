//! The door: decodes, calls one operation, encodes. Decides nothing.
//!
//! Whatever writes runs detached, so that a client that hangs up cannot cut it in half.

use std::future::Future;

use fault::Fault;
use host::{Answer, Call};
use prost::Message;
use proto::room::v1::{
    AddMemberRequest, AddMemberResponse, AppendEventsRequest, AppendEventsResponse, CreateInviteRequest,
    CreateInviteResponse, CreateRoomRequest, CreateRoomResponse, DeleteRoomRequest, DeleteRoomResponse,
    GetMembersRequest, GetMembersResponse, GetRoomGrowthRequest, GetRoomGrowthResponse, GetRoomRequest,
    GetRoomResponse, JoinRoomRequest, JoinRoomResponse, ListEventsRequest, ListEventsResponse,
    ListMembershipsRequest, ListMembershipsResponse, ListRoomsRequest, ListRoomsResponse,
    PurgeExpiredRequest, PurgeExpiredResponse, RemoveMemberRequest, RemoveMemberResponse,
    SetMemberRoleRequest, SetMemberRoleResponse, TransferOwnershipRequest, TransferOwnershipResponse,
    UpdateRoomRequest, UpdateRoomResponse,
    room_service_server::{RoomService, RoomServiceServer},
};
use tonic::{Request, Response, Status};

use crate::{domain::Seat, operations, service::Service};

/// A whole operation is tried so often when the database says that another try may do.
const ATTEMPTS: u32 = 3;
const PATH: &str = "/dormpay.room.v1.RoomService/";

type Reply<R> = Result<Response<R>, Status>;

/// Makes the gRPC service.
pub(crate) fn rooms(service: Service) -> RoomServiceServer<Door> {
    RoomServiceServer::new(Door(service))
}

/// Serves rooms.
#[derive(Clone, Debug)]
pub(crate) struct Door(Service);

/// Takes what a request brings.
fn taken<M: Message>(request: Request<M>, method: &str) -> (Call, M) {
    (Call::of(&request, &format!("{PATH}{method}")), request.into_inner())
}

impl Door {
    /// Runs an operation that writes, detached and in several attempts.
    async fn write<M, R, F>(
        &self,
        request: Request<M>,
        method: &str,
        operation: impl Fn(Service, Call, M) -> F + Send + 'static,
    ) -> Reply<R>
    where
        M: Message + Clone + 'static,
        R: Send + 'static,
        F: Future<Output = Result<Answer<R>, Fault>> + Send + 'static,
    {
        let (call, message) = taken(request, method);
        let service = self.0.clone();
        let work = rpc::attempts(ATTEMPTS, move || operation(service.clone(), call.clone(), message.clone()));
        Ok(rpc::detached(work).await?.into())
    }
}

#[tonic::async_trait]
impl RoomService for Door {
    async fn create_room(&self, request: Request<CreateRoomRequest>) -> Reply<CreateRoomResponse> {
        self.write(request, "CreateRoom", |service, call, message| async move {
            operations::create_room(&service, &call, message).await
        })
        .await
    }

    async fn list_rooms(&self, request: Request<ListRoomsRequest>) -> Reply<ListRoomsResponse> {
        let (call, message) = taken(request, "ListRooms");
        Ok(Response::new(operations::list_rooms(&self.0, &call, message).await?))
    }

    async fn get_room(&self, request: Request<GetRoomRequest>) -> Reply<GetRoomResponse> {
        let (call, message) = taken(request, "GetRoom");
        Ok(Response::new(operations::get_room(&self.0, &call, message.room_id).await?))
    }

    async fn update_room(&self, request: Request<UpdateRoomRequest>) -> Reply<UpdateRoomResponse> {
        self.write(request, "UpdateRoom", |service, call, message| async move {
            operations::update_room(&service, &call, message).await
        })
        .await
    }

    async fn delete_room(&self, request: Request<DeleteRoomRequest>) -> Reply<DeleteRoomResponse> {
        self.write(request, "DeleteRoom", |service, call, message| async move {
            operations::delete_room(&service, &call, message.room_id).await
        })
        .await
    }

    async fn add_member(&self, request: Request<AddMemberRequest>) -> Reply<AddMemberResponse> {
        self.write(request, "AddMember", |service, call, message| async move {
            operations::add_member(&service, &call, message).await
        })
        .await
    }

    async fn remove_member(&self, request: Request<RemoveMemberRequest>) -> Reply<RemoveMemberResponse> {
        self.write(request, "RemoveMember", |service, call, message| async move {
            let seat = Seat { room_id: message.room_id, user_id: message.user_id };
            operations::remove_member(&service, &call, seat).await
        })
        .await
    }

    async fn set_member_role(&self, request: Request<SetMemberRoleRequest>) -> Reply<SetMemberRoleResponse> {
        self.write(request, "SetMemberRole", |service, call, message| async move {
            operations::set_member_role(&service, &call, message).await
        })
        .await
    }

    async fn transfer_ownership(
        &self,
        request: Request<TransferOwnershipRequest>,
    ) -> Reply<TransferOwnershipResponse> {
        self.write(request, "TransferOwnership", |service, call, message| async move {
            operations::transfer_ownership(&service, &call, message).await
        })
        .await
    }

    async fn create_invite(&self, request: Request<CreateInviteRequest>) -> Reply<CreateInviteResponse> {
        self.write(request, "CreateInvite", |service, call, message| async move {
            operations::create_invite(&service, &call, message).await
        })
        .await
    }

    async fn join_room(&self, request: Request<JoinRoomRequest>) -> Reply<JoinRoomResponse> {
        self.write(request, "JoinRoom", |service, call, message| async move {
            operations::join_room(&service, &call, message).await
        })
        .await
    }

    async fn list_events(&self, request: Request<ListEventsRequest>) -> Reply<ListEventsResponse> {
        let (call, message) = taken(request, "ListEvents");
        Ok(Response::new(operations::list_events(&self.0, &call, message).await?))
    }

    async fn get_members(&self, request: Request<GetMembersRequest>) -> Reply<GetMembersResponse> {
        Ok(Response::new(operations::get_members(&self.0, request.get_ref().room_id).await?))
    }

    async fn list_memberships(
        &self,
        request: Request<ListMembershipsRequest>,
    ) -> Reply<ListMembershipsResponse> {
        Ok(Response::new(operations::list_memberships(&self.0, request.into_inner()).await?))
    }

    async fn append_events(&self, request: Request<AppendEventsRequest>) -> Reply<AppendEventsResponse> {
        self.write(request, "AppendEvents", |service, _, message| async move {
            operations::append_events(&service, message).await
        })
        .await
    }

    async fn purge_expired(&self, request: Request<PurgeExpiredRequest>) -> Reply<PurgeExpiredResponse> {
        self.write(request, "PurgeExpired", |service, _, _| async move {
            operations::purge_expired(&service).await
        })
        .await
    }

    async fn get_room_growth(&self, request: Request<GetRoomGrowthRequest>) -> Reply<GetRoomGrowthResponse> {
        let (_, GetRoomGrowthRequest {}) = taken(request, "GetRoomGrowth");
        Ok(Response::new(operations::get_room_growth(&self.0).await?))
    }
}
