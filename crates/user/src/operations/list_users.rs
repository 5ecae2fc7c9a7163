//! Lists accounts for administrators.

use fault::Fault;
use host::{Call, Page};
use proto::user::v1::{ListUsersRequest, ListUsersResponse};

use crate::{domain::text, service::Service, store::directory, wire};

/// Lists all accounts, or those found. *Shape*: newest first.
pub(crate) async fn list_users(
    service: Service,
    _: Call,
    request: ListUsersRequest,
) -> Result<ListUsersResponse, Fault> {
    let page = Page::of(request.page)?;
    let key =
        Some(request.query).filter(|query| !query.is_empty()).map(|query| text::query(&query)).transpose()?;
    let mut conn = service.db.acquire().await?;
    let (accounts, total) = match key {
        Some(key) => (
            directory::list_found(&mut conn, &key, page).await?,
            directory::count_found(&mut conn, &key).await?,
        ),
        None => (directory::list(&mut conn, page).await?, directory::count(&mut conn).await?),
    };
    Ok(ListUsersResponse {
        users: accounts.into_iter().map(wire::user).collect(),
        page: Some(page.info(total)),
    })
}
