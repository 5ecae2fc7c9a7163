//! Lists the caller's notifications.

use fault::Fault;
use host::{Call, Page};
use proto::user::v1::{ListNotificationsRequest, ListNotificationsResponse};

use crate::{service::Service, store::notifications, wire};

/// Lists notifications, all or the unread. *Shape*: newest first.
pub(crate) async fn list_notifications(
    service: Service,
    call: Call,
    request: ListNotificationsRequest,
) -> Result<ListNotificationsResponse, Fault> {
    let user_id = call.caller.user()?.id;
    let page = Page::of(request.page)?;
    let mut conn = service.db.acquire().await?;
    let rows = notifications::list(&mut conn, user_id, request.unread_only, page).await?;
    let (all, unread) = notifications::count(&mut conn, user_id).await?;
    let total = if request.unread_only { unread } else { all };
    Ok(ListNotificationsResponse {
        notifications: rows.into_iter().map(wire::notification).collect(),
        page: Some(page.info(total)),
        unread_total: unread,
    })
}
