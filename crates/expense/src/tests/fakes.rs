//! A room service and a user service that know what a test tells them, and remember what they are told.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::Stream;
use proto::{
    event::v1::Event,
    room::v1::{
        room_service_server::{RoomService, RoomServiceServer},
        *,
    },
    user::v1 as user,
    user::v1::user_service_server::{UserService, UserServiceServer},
};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

/// What the fakes know and have heard.
#[derive(Clone, Debug, Default)]
pub(super) struct Known(Arc<Mutex<Facts>>);

#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Members of rooms, and whether each is an admin.
    pub(super) rooms: BTreeMap<i64, BTreeMap<i64, bool>>,
    /// Owners of uploads.
    pub(super) uploads: BTreeMap<i64, i64>,
    /// Names of users.
    pub(super) names: BTreeMap<i64, String>,
    pub(super) events: Vec<Event>,
    pub(super) notifications: Vec<user::NewNotification>,
}

impl Known {
    pub(super) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts both services and gives their addresses: room, user.
    pub(super) async fn serve(&self, stop: &CancellationToken) -> (SocketAddr, SocketAddr) {
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = |name| {
            rpc::Server::builder(name, anywhere).access(rpc::Open).descriptor(proto::FILE_DESCRIPTOR_SET)
        };
        let rooms = server("room").add(RoomServiceServer::new(self.clone())).bind().await.unwrap();
        let users = server("user").add(UserServiceServer::new(self.clone())).bind().await.unwrap();
        let addresses = (rooms.address(), users.address());
        tokio::spawn(rooms.serve(stop.clone()));
        tokio::spawn(users.serve(stop.clone()));
        addresses
    }
}

/// Implements a service of which a test needs only a few methods.
macro_rules! fake {
    ($service:ident { $($own:tt)* } silent { $($method:ident($request:ty) -> $response:ty;)* }) => {
        #[tonic::async_trait]
        impl $service for Known {
            $($own)*
            $(
                async fn $method(&self, _: Request<$request>) -> Result<Response<$response>, Status> {
                    Err(Status::unimplemented("this fake does not know how"))
                }
            )*
        }
    };
}

fake! {
    RoomService {
        async fn get_members(&self, request: Request<GetMembersRequest>) -> Result<Response<GetMembersResponse>, Status> {
            let facts = self.facts();
            let room = facts.rooms.get(&request.into_inner().room_id);
            let room = room.ok_or_else(|| fault::Fault::not_found("room"))?;
            let role = |is_admin| if is_admin { MemberRole::Admin } else { MemberRole::Member };
            let members = room.iter().map(|(user_id, is_admin)| Member {
                user_id: *user_id,
                role: role(*is_admin).into(),
                joined_at: None,
            });
            let members = members.collect();
            Ok(Response::new(GetMembersResponse { room_name: "101".to_owned(), owner_id: 0, members }))
        }
        async fn list_memberships(
            &self,
            request: Request<ListMembershipsRequest>,
        ) -> Result<Response<ListMembershipsResponse>, Status> {
            let facts = self.facts();
            let rooms_of = |user_id: i64| -> Vec<i64> {
                let held = facts.rooms.iter().filter(|(_, members)| members.contains_key(&user_id));
                held.map(|(room_id, _)| *room_id).collect()
            };
            let users = request.into_inner().user_ids.into_iter();
            let memberships = users.map(|user_id| Membership { user_id, room_ids: rooms_of(user_id) }).collect();
            Ok(Response::new(ListMembershipsResponse { memberships }))
        }
        async fn append_events(
            &self,
            request: Request<AppendEventsRequest>,
        ) -> Result<Response<AppendEventsResponse>, Status> {
            self.facts().events.extend(request.into_inner().events);
            Ok(Response::new(AppendEventsResponse {}))
        }
    }
    silent {
        create_room(CreateRoomRequest) -> CreateRoomResponse;
        list_rooms(ListRoomsRequest) -> ListRoomsResponse;
        get_room(GetRoomRequest) -> GetRoomResponse;
        update_room(UpdateRoomRequest) -> UpdateRoomResponse;
        delete_room(DeleteRoomRequest) -> DeleteRoomResponse;
        add_member(AddMemberRequest) -> AddMemberResponse;
        remove_member(RemoveMemberRequest) -> RemoveMemberResponse;
        set_member_role(SetMemberRoleRequest) -> SetMemberRoleResponse;
        transfer_ownership(TransferOwnershipRequest) -> TransferOwnershipResponse;
        create_invite(CreateInviteRequest) -> CreateInviteResponse;
        join_room(JoinRoomRequest) -> JoinRoomResponse;
        list_events(ListEventsRequest) -> ListEventsResponse;
        purge_expired(PurgeExpiredRequest) -> PurgeExpiredResponse;
        get_room_growth(GetRoomGrowthRequest) -> GetRoomGrowthResponse;
    }
}

fake! {
    UserService {
        type DownloadStream = Pin<Box<dyn Stream<Item = Result<user::DownloadResponse, Status>> + Send>>;

        async fn get_users(
            &self,
            request: Request<user::GetUsersRequest>,
        ) -> Result<Response<user::GetUsersResponse>, Status> {
            let facts = self.facts();
            let ids = request.into_inner().ids.into_iter();
            let named = ids.filter_map(|id| facts.names.get(&id).map(|name| (id, name.clone())));
            let profile = |(id, name): (i64, String)| user::Profile {
                id,
                username: format!("user{id}"),
                full_name: name,
                avatar: String::new(),
            };
            Ok(Response::new(user::GetUsersResponse { users: named.map(profile).collect() }))
        }
        async fn get_upload(
            &self,
            request: Request<user::GetUploadRequest>,
        ) -> Result<Response<user::GetUploadResponse>, Status> {
            let id = request.into_inner().upload_id;
            let owner_id = self.facts().uploads.get(&id).copied();
            let owner_id = owner_id.ok_or_else(|| fault::Fault::not_found("upload"))?;
            let upload = user::UploadInfo { id, owner_id, ..user::UploadInfo::default() };
            Ok(Response::new(user::GetUploadResponse { upload: Some(upload) }))
        }
        async fn notify(
            &self,
            request: Request<user::NotifyRequest>,
        ) -> Result<Response<user::NotifyResponse>, Status> {
            self.facts().notifications.extend(request.into_inner().notifications);
            Ok(Response::new(user::NotifyResponse {}))
        }
        async fn upload(
            &self,
            _: Request<Streaming<user::UploadRequest>>,
        ) -> Result<Response<user::UploadResponse>, Status> {
            Err(Status::unimplemented("this fake does not know how"))
        }
    }
    silent {
        register(user::RegisterRequest) -> user::RegisterResponse;
        login(user::LoginRequest) -> user::LoginResponse;
        refresh(user::RefreshRequest) -> user::RefreshResponse;
        logout(user::LogoutRequest) -> user::LogoutResponse;
        get_me(user::GetMeRequest) -> user::GetMeResponse;
        update_me(user::UpdateMeRequest) -> user::UpdateMeResponse;
        change_password(user::ChangePasswordRequest) -> user::ChangePasswordResponse;
        search_users(user::SearchUsersRequest) -> user::SearchUsersResponse;
        list_notifications(user::ListNotificationsRequest) -> user::ListNotificationsResponse;
        read_notification(user::ReadNotificationRequest) -> user::ReadNotificationResponse;
        download(user::DownloadRequest) -> Self::DownloadStream;
        list_users(user::ListUsersRequest) -> user::ListUsersResponse;
        set_role(user::SetRoleRequest) -> user::SetRoleResponse;
        set_disabled(user::SetDisabledRequest) -> user::SetDisabledResponse;
        get_user_growth(user::GetUserGrowthRequest) -> user::GetUserGrowthResponse;
        check_sessions(user::CheckSessionsRequest) -> user::CheckSessionsResponse;
        check_password(user::CheckPasswordRequest) -> user::CheckPasswordResponse;
        purge_expired(user::PurgeExpiredRequest) -> user::PurgeExpiredResponse;
    }
}
