//! Tells other services which sessions live.

use fault::{Code, Fault};
use host::Call;
use proto::user::v1::{CheckSessionsRequest, CheckSessionsResponse};

use crate::{service::Service, store::sessions};

const IDS_MAX: usize = 1_000;

/// Picks the living sessions. Always asks the database, so that the asker's second is the whole delay.
pub(crate) async fn check_sessions(
    service: Service,
    _: Call,
    request: CheckSessionsRequest,
) -> Result<CheckSessionsResponse, Fault> {
    if request.session_ids.len() > IDS_MAX {
        return Err(Fault::new(Code::BatchLimitExceeded, format!("session_ids: at most {IDS_MAX} at once")));
    }
    let mut conn = service.db.acquire().await?;
    let live_session_ids = sessions::living(&mut conn, &request.session_ids, service.clock().now()).await?;
    Ok(CheckSessionsResponse { live_session_ids })
}
