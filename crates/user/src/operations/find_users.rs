//! Finds people: by the beginning of a name, and names for ids.

use fault::{Code, Fault};
use host::Call;
use proto::user::v1::{GetUsersRequest, GetUsersResponse, SearchUsersRequest, SearchUsersResponse};

use crate::{domain::text, service::Service, store::directory, wire};

const SEARCH_MAX: i32 = 50;
const IDS_MAX: usize = 1_000;

/// Searches enabled users; an e-mail address must be whole.
pub(crate) async fn search_users(
    service: Service,
    _: Call,
    request: SearchUsersRequest,
) -> Result<SearchUsersResponse, Fault> {
    let key = text::query(&request.query)?;
    if !(1..=SEARCH_MAX).contains(&request.limit) {
        return Err(Fault::validation("limit", format!("must be from 1 to {SEARCH_MAX}")));
    }
    let mut conn = service.db.acquire().await?;
    let found = directory::search(&mut conn, &key, i64::from(request.limit)).await?;
    Ok(SearchUsersResponse { users: found.into_iter().map(wire::profile).collect() })
}

/// Gives names for ids; unknown ids are left out.
pub(crate) async fn get_users(
    service: Service,
    _: Call,
    request: GetUsersRequest,
) -> Result<GetUsersResponse, Fault> {
    if request.ids.len() > IDS_MAX {
        return Err(Fault::new(Code::BatchLimitExceeded, format!("ids: at most {IDS_MAX} at once")));
    }
    let mut conn = service.db.acquire().await?;
    let found = directory::profiles(&mut conn, &request.ids).await?;
    Ok(GetUsersResponse { users: found.into_iter().map(wire::profile).collect() })
}
