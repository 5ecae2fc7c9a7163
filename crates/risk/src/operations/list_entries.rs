//! Shows one list, a page at a time.

use fault::Fault;
use host::Call;
use proto::risk::v1::{ListEntriesRequest, ListEntriesResponse};

use super::{encode, kind};
use crate::{service::Service, store::entries};

/// Fifty of the longest reasons fit into one message.
const LIMIT_MAX: i32 = 50;

/// Reads entries of a list by user id, after one and up to a limit.
///
/// *Errors*: `FORBIDDEN`; validation of `kind`, `after_user_id` and `limit`.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &ListEntriesRequest,
) -> Result<ListEntriesResponse, Fault> {
    call.caller.admin()?;
    let kind = kind(asked.kind)?;
    if asked.after_user_id < 0 {
        return Err(Fault::validation("after_user_id", "must not be negative"));
    }
    let limit = match asked.limit {
        0 => LIMIT_MAX,
        limit if (1..=LIMIT_MAX).contains(&limit) => limit,
        _ => return Err(Fault::validation("limit", format!("must be from 1 to {LIMIT_MAX}"))),
    };
    let mut conn = service.db.acquire().await?;
    let found = entries::page(&mut conn, kind, asked.after_user_id, i64::from(limit)).await?;
    Ok(ListEntriesResponse { entries: found.into_iter().map(encode).collect() })
}
