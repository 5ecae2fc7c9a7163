//! Lists the entries of an account, page by page.
//!
//! Read only. A page is a range of numbers, so the last one costs what the first one does. An account that does not
//! exist yet has none.

use fault::Fault;
use identity::Caller;
use proto::wallet::v1::{Direction, ListEntriesRequest, ListEntriesResponse};

use super::rights;
use crate::{
    answers,
    domain::Account,
    service::Service,
    store::{accounts, entries},
    wire,
};

const LIMIT_MAX: i32 = 100;

/// Lists entries beyond a number, in either direction.
///
/// *Errors*: `NOT_FOUND` for an account of somebody else; validation of `account`, `direction`, `beyond_number`,
/// `limit`.
pub(crate) async fn run(
    service: &Service,
    caller: &Caller,
    asked: &ListEntriesRequest,
) -> Result<ListEntriesResponse, Fault> {
    let account = wire::account("account", asked.account.as_ref())?;
    rights::may_read(caller, account)?;
    if !(1..=LIMIT_MAX).contains(&asked.limit) {
        return Err(Fault::validation("limit", format!("must be from 1 to {LIMIT_MAX}")));
    }
    if asked.beyond_number < 0 {
        return Err(Fault::validation("beyond_number", "must not be negative"));
    }
    if asked.direction() == Direction::Unspecified {
        return Err(Fault::validation("direction", "must be newest first or oldest first"));
    }
    let limit = i64::from(asked.limit);
    let Some(id) = id(service, account).await? else { return Ok(ListEntriesResponse::default()) };
    let mut conn = service.db.acquire().await?;
    // One more than asked for tells whether there are more.
    let more = limit.saturating_add(1);
    let found = match (asked.direction(), asked.beyond_number) {
        (Direction::NewestFirst, 0) => entries::newest_first(&mut conn, id, i64::MAX, more).await?,
        (Direction::NewestFirst, below) => entries::newest_first(&mut conn, id, below, more).await?,
        (Direction::Unspecified | Direction::OldestFirst, above) => {
            entries::oldest_first(&mut conn, id, above, more).await?
        }
    };
    let limit = usize::try_from(limit).map_err(Fault::internal)?;
    let has_more = found.len() > limit;
    Ok(ListEntriesResponse { entries: found.into_iter().take(limit).map(answers::entry).collect(), has_more })
}

async fn id(service: &Service, account: Account) -> Result<Option<i64>, Fault> {
    if let Some(id) = service.names.get(&account) {
        return Ok(Some(id));
    }
    let mut conn = service.db.acquire().await?;
    let found = accounts::ids(&mut conn, &[account]).await?;
    service.names.put(found.iter().copied());
    Ok(found.first().map(|(_, id)| *id))
}
