//! Notifications of the caller (contract sections 11 and 15).

use axum::extract::State;
use proto::user::v1::{ListNotificationsRequest, ReadNotificationRequest};

use super::{
    bodies::{
        notifications::{Notification, NotificationsQuery},
        shapes::page,
    },
    envelope::{Answer, Listing, Reply},
    messages::Message,
};
use crate::{
    app::App,
    callers::Member,
    extract::{Path, Query},
    peers::{Told as _, required},
    problem::Problem,
};

/// Lists the caller's notifications, newest first.
#[utoipa::path(get, path = "/api/notifications", tag = "notifications",
    responses((status = OK, body = Listing<Notification>)))]
pub(crate) async fn list(
    _: Member,
    State(app): State<App>,
    Query(query): Query<NotificationsQuery>,
) -> Result<Listing<Notification>, Problem> {
    let request = ListNotificationsRequest { page: page(query.page, query.limit), unread_only: query.unread };
    let reply = app.peers.user().list_notifications(request).await.told()?;
    Listing::of(reply.notifications.into_iter().map(Notification::from).collect(), reply.page)
}

/// Marks a notification as read.
#[utoipa::path(post, path = "/api/notifications/{id}/read", tag = "notifications",
    responses((status = OK, body = Answer<Notification>)))]
pub(crate) async fn read(_: Member, State(app): State<App>, Path(id): Path<i64>) -> Reply<Notification> {
    let request = ReadNotificationRequest { notification_id: id };
    let reply = app.peers.user().read_notification(request).await.told()?;
    Ok(Answer::said(Message::NotificationRead, required(reply.notification, "notification")?.into()))
}
