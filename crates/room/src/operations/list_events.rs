//! Reads events of a room again, for whoever has missed some (contract section 10). Members and services may.

use fault::Fault;
use host::Call;
use prost::Message as _;
use proto::{
    event::v1::Event,
    room::v1::{ListEventsRequest, ListEventsResponse},
};
use sqlx::PgConnection;

use crate::{
    domain::{
        Seat,
        event::{PAGE_BYTES_MAX, PAGE_MAX},
        no_room,
    },
    service::Service,
    store::{events, members},
};

/// Lists events after a number or after a named event, in order, as many as asked for or as fit into one answer. There
/// are more while the last one listed is below `last_seq`; some are lost for good when `oldest_seq` is greater than
/// the number after which they were asked for, plus one.
///
/// *Errors*: `NOT_FOUND` for a stranger, and for a name that is not of this room or no longer kept;
/// `VALIDATION_ERROR`. Services also read the log of a deleted room.
pub(crate) async fn list_events(
    service: &Service,
    call: &Call,
    request: ListEventsRequest,
) -> Result<ListEventsResponse, Fault> {
    check(&request)?;
    let mut conn = service.db.acquire().await?;
    if let Some(user) = &call.caller.user {
        let seat = Seat { room_id: request.room_id, user_id: user.id };
        if !members::exists(&mut conn, seat).await? {
            return Err(no_room());
        }
    }
    let after_seq = start(&mut conn, &request).await?;
    let page = (i64::from(request.limit), PAGE_BYTES_MAX);
    let messages = events::after(&mut conn, request.room_id, after_seq, page).await?;
    // Read after the events, so that the newest number is never older than the last of them.
    let reach = events::reach(&mut conn, request.room_id).await?.ok_or_else(no_room)?;
    let events = messages.into_iter().map(|message| Event::decode(message.as_slice()));
    let events = events.collect::<Result<Vec<_>, _>>().map_err(Fault::internal)?;
    Ok(ListEventsResponse { events, last_seq: reach.last_seq, oldest_seq: reach.oldest_seq })
}

async fn start(conn: &mut PgConnection, request: &ListEventsRequest) -> Result<i64, Fault> {
    if request.after_uid.is_empty() {
        return Ok(request.after_seq);
    }
    let seq = events::seq_of(conn, request.room_id, &request.after_uid).await?;
    seq.ok_or_else(|| Fault::not_found("event"))
}

fn check(request: &ListEventsRequest) -> Result<(), Fault> {
    if !(1..=PAGE_MAX).contains(&request.limit) {
        return Err(Fault::validation("limit", format!("must be from 1 to {PAGE_MAX}")));
    }
    if request.after_seq < 0 {
        return Err(Fault::validation("after_seq", "must not be negative"));
    }
    if request.after_seq > 0 && !request.after_uid.is_empty() {
        return Err(Fault::validation("after_uid", "must not be given together with after_seq"));
    }
    Ok(())
}
