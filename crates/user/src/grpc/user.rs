//! The methods of `UserService`, one line of meaning each.

use futures::stream::BoxStream;
use proto::user::v1::{
    ChangePasswordRequest, ChangePasswordResponse, CheckPasswordRequest, CheckPasswordResponse,
    CheckSessionsRequest, CheckSessionsResponse, DownloadRequest, DownloadResponse, GetMeRequest,
    GetMeResponse, GetUploadRequest, GetUploadResponse, GetUserGrowthRequest, GetUserGrowthResponse,
    GetUsersRequest, GetUsersResponse, ListNotificationsRequest, ListNotificationsResponse, ListUsersRequest,
    ListUsersResponse, LoginRequest, LoginResponse, LogoutRequest, LogoutResponse, NotifyRequest,
    NotifyResponse, PurgeExpiredRequest, PurgeExpiredResponse, ReadNotificationRequest,
    ReadNotificationResponse, RefreshRequest, RefreshResponse, RegisterRequest, RegisterResponse,
    SearchUsersRequest, SearchUsersResponse, SetDisabledRequest, SetDisabledResponse, SetRoleRequest,
    SetRoleResponse, UpdateMeRequest, UpdateMeResponse, UploadRequest, UploadResponse,
    user_service_server::UserService,
};
use tonic::{Request, Response, Status, Streaming};

use super::Door;
use crate::operations::{
    change_password, check_own_password, check_sessions, find_users, get_growth, get_me, get_upload,
    list_notifications, list_users, login, logout, notify, purge, read_notification, refresh, register,
    set_disabled, set_role, update_me,
};

macro_rules! path {
    ($method:literal) => {
        concat!("/dormpay.user.v1.UserService/", $method)
    };
}

#[tonic::async_trait]
impl UserService for Door {
    type DownloadStream = BoxStream<'static, Result<DownloadResponse, Status>>;

    async fn register(
        &self,
        request: Request<RegisterRequest>,
    ) -> Result<Response<RegisterResponse>, Status> {
        self.write(path!("Register"), request, register::register).await
    }

    async fn login(&self, request: Request<LoginRequest>) -> Result<Response<LoginResponse>, Status> {
        self.write(path!("Login"), request, login::login).await
    }

    async fn refresh(&self, request: Request<RefreshRequest>) -> Result<Response<RefreshResponse>, Status> {
        self.write(path!("Refresh"), request, refresh::refresh).await
    }

    async fn logout(&self, request: Request<LogoutRequest>) -> Result<Response<LogoutResponse>, Status> {
        self.write(path!("Logout"), request, logout::logout).await
    }

    async fn get_me(&self, request: Request<GetMeRequest>) -> Result<Response<GetMeResponse>, Status> {
        self.read(request, get_me::get_me).await
    }

    async fn update_me(
        &self,
        request: Request<UpdateMeRequest>,
    ) -> Result<Response<UpdateMeResponse>, Status> {
        self.write(path!("UpdateMe"), request, update_me::update_me).await
    }

    async fn change_password(
        &self,
        request: Request<ChangePasswordRequest>,
    ) -> Result<Response<ChangePasswordResponse>, Status> {
        self.write(path!("ChangePassword"), request, change_password::change_password).await
    }

    async fn check_password(
        &self,
        request: Request<CheckPasswordRequest>,
    ) -> Result<Response<CheckPasswordResponse>, Status> {
        self.read(request, check_own_password::check_own_password).await
    }

    async fn search_users(
        &self,
        request: Request<SearchUsersRequest>,
    ) -> Result<Response<SearchUsersResponse>, Status> {
        self.read(request, find_users::search_users).await
    }

    async fn list_notifications(
        &self,
        request: Request<ListNotificationsRequest>,
    ) -> Result<Response<ListNotificationsResponse>, Status> {
        self.read(request, list_notifications::list_notifications).await
    }

    async fn read_notification(
        &self,
        request: Request<ReadNotificationRequest>,
    ) -> Result<Response<ReadNotificationResponse>, Status> {
        self.write(path!("ReadNotification"), request, read_notification::read_notification).await
    }

    async fn get_users(
        &self,
        request: Request<GetUsersRequest>,
    ) -> Result<Response<GetUsersResponse>, Status> {
        self.read(request, find_users::get_users).await
    }

    async fn get_upload(
        &self,
        request: Request<GetUploadRequest>,
    ) -> Result<Response<GetUploadResponse>, Status> {
        self.read(request, get_upload::get_upload).await
    }

    async fn list_users(
        &self,
        request: Request<ListUsersRequest>,
    ) -> Result<Response<ListUsersResponse>, Status> {
        self.read(request, list_users::list_users).await
    }

    async fn set_role(&self, request: Request<SetRoleRequest>) -> Result<Response<SetRoleResponse>, Status> {
        self.write(path!("SetRole"), request, set_role::set_role).await
    }

    async fn set_disabled(
        &self,
        request: Request<SetDisabledRequest>,
    ) -> Result<Response<SetDisabledResponse>, Status> {
        self.write(path!("SetDisabled"), request, set_disabled::set_disabled).await
    }

    async fn get_user_growth(
        &self,
        request: Request<GetUserGrowthRequest>,
    ) -> Result<Response<GetUserGrowthResponse>, Status> {
        self.read(request, get_growth::get_growth).await
    }

    async fn check_sessions(
        &self,
        request: Request<CheckSessionsRequest>,
    ) -> Result<Response<CheckSessionsResponse>, Status> {
        self.read(request, check_sessions::check_sessions).await
    }

    async fn notify(&self, request: Request<NotifyRequest>) -> Result<Response<NotifyResponse>, Status> {
        self.write(path!("Notify"), request, notify::notify).await
    }

    async fn purge_expired(
        &self,
        request: Request<PurgeExpiredRequest>,
    ) -> Result<Response<PurgeExpiredResponse>, Status> {
        self.write(path!("PurgeExpired"), request, purge::purge_expired).await
    }

    async fn upload(
        &self,
        request: Request<Streaming<UploadRequest>>,
    ) -> Result<Response<UploadResponse>, Status> {
        self.receive(path!("Upload"), request).await
    }

    async fn download(
        &self,
        request: Request<DownloadRequest>,
    ) -> Result<Response<Self::DownloadStream>, Status> {
        self.send(request).await
    }
}
