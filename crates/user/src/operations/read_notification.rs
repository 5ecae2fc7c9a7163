//! Marks a notification of the caller as read.

use fault::Fault;
use host::{Answer, Call};
use proto::user::v1::{ReadNotificationRequest, ReadNotificationResponse};

use crate::{service::Service, store::notifications, wire};

/// Marks as read; a second time changes nothing. *Errors*: `NOT_FOUND`, also for somebody else's.
pub(crate) async fn read_notification(
    service: Service,
    call: Call,
    request: ReadNotificationRequest,
) -> Result<Answer<ReadNotificationResponse>, Fault> {
    let user_id = call.caller.user()?.id;
    let mut tx = service.db.begin().await?;
    if let Some(replay) = call.claim(&mut tx).await? {
        return Ok(replay);
    }
    let now = service.clock().now();
    let row = notifications::read(&mut tx, user_id, request.notification_id, now).await?;
    let row = row.ok_or_else(|| Fault::not_found("notification"))?;
    let reply = ReadNotificationResponse { notification: Some(wire::notification(row)) };
    let answer = call.store(&mut tx, reply).await?;
    tx.commit().await?;
    Ok(answer)
}
