//! Lists accounts for administrators.

use fault::Fault;
use proto::user::v1::{ListUsersRequest, ListUsersResponse};

use super::{find_users::looking_for, page::Page};
use crate::{call::Call, domain::text, service::Service, store::directory, wire};

/// Lists all accounts, or those found. *Shape*: newest first.
pub(crate) async fn list_users(
    service: Service,
    _: Call,
    request: ListUsersRequest,
) -> Result<ListUsersResponse, Fault> {
    let page = Page::of(request.page)?;
    let query = if request.query.is_empty() { None } else { Some(looking_for(text::query(&request.query)?)) };
    let mut conn = service.db.acquire().await?;
    let accounts = directory::list(&mut conn, query.as_ref(), page.bounds()).await?;
    let total = directory::count(&mut conn, query.as_ref()).await?;
    Ok(ListUsersResponse {
        users: accounts.into_iter().map(wire::user).collect(),
        page: Some(page.info(total)),
    })
}
