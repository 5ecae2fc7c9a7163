//! Tells whether the caller may see an upload because it is a receipt in one of his rooms.

use fault::{Code, Fault};

use super::rights;
use crate::{service::Service, store};

/// Passes a member of a room in which a living expense has this receipt. *Errors*: `NOT_FOUND`.
pub(crate) async fn check_receipt(service: &Service, user_id: i64, upload_id: i64) -> Result<(), Fault> {
    let rooms = {
        let mut conn = service.db.acquire().await?;
        store::expenses::rooms_of_receipt(&mut conn, upload_id).await?
    };
    for room_id in rooms {
        match rights::member(service, room_id, user_id).await {
            Ok(_) => return Ok(()),
            Err(fault) if fault.code() == Code::NotFound => {}
            Err(fault) => return Err(fault),
        }
    }
    Err(Fault::not_found("upload"))
}
