//! Accounts, roles and the audit trail, for administrators (contract sections 7, 11, 16).

use std::cmp::Reverse;

use axum::extract::State;
use futures::future::join_all;
use proto::user::v1::{ListUsersRequest, SetDisabledRequest};

use super::{
    bodies::{
        admin::{AuditEntry, AuditQuery, ManagedAccount, SetRole, SetStatus, UsersQuery},
        shapes::page,
    },
    envelope::{Answer, Listing, Reply},
    messages::Message,
};
use crate::{
    app::App,
    callers::Operator,
    extract::{Json, Path, Query},
    peers::{Told as _, required},
    problem::Problem,
};

/// Lists accounts.
#[utoipa::path(get, path = "/api/admin/users", tag = "admin",
    responses((status = OK, body = Listing<ManagedAccount>)))]
pub(crate) async fn list_users(
    _: Operator,
    State(app): State<App>,
    Query(query): Query<UsersQuery>,
) -> Result<Listing<ManagedAccount>, Problem> {
    let request =
        ListUsersRequest { page: page(query.page, query.limit), query: query.q.unwrap_or_default() };
    let reply = app.peers.user().list_users(request).await.told()?;
    Listing::of(reply.users.into_iter().map(ManagedAccount::from).collect(), reply.page)
}

/// Changes a user's global role and permissions.
#[utoipa::path(put, path = "/api/admin/users/{id}/role", tag = "admin",
    responses((status = OK, body = Answer<ManagedAccount>)))]
pub(crate) async fn set_role(
    _: Operator,
    State(app): State<App>,
    Path(id): Path<i64>,
    Json(body): Json<SetRole>,
) -> Reply<ManagedAccount> {
    let reply = app.peers.user().set_role(body.request(id)).await.told()?;
    Ok(Answer::said(Message::UserRoleChanged, required(reply.user, "user")?.into()))
}

/// Shuts an account, which ends its sessions within a second, or opens it again.
#[utoipa::path(put, path = "/api/admin/users/{id}/status", tag = "admin",
    responses((status = OK, body = Answer<ManagedAccount>)))]
pub(crate) async fn set_status(
    _: Operator,
    State(app): State<App>,
    Path(id): Path<i64>,
    Json(body): Json<SetStatus>,
) -> Reply<ManagedAccount> {
    let request = SetDisabledRequest { user_id: id, disabled: body.disabled };
    let reply = app.peers.user().set_disabled(request).await.told()?;
    Ok(Answer::said(Message::UserStatusChanged, required(reply.user, "user")?.into()))
}

/// Lists what operators and money did, newest first, over all services. To page on, give `before`.
#[utoipa::path(get, path = "/api/admin/audit", tag = "admin",
    responses((status = OK, body = Answer<Vec<AuditEntry>>)))]
pub(crate) async fn audit(
    _: Operator,
    State(app): State<App>,
    Query(query): Query<AuditQuery>,
) -> Reply<Vec<AuditEntry>> {
    let request = query.request();
    let asked = app.peers.audits().into_iter().map(|mut audit| {
        let request = request.clone();
        async move { audit.list_entries(request).await.told() }
    });
    let mut entries = Vec::new();
    for reply in join_all(asked).await {
        entries.extend(reply?.entries);
    }
    entries.sort_by_key(|entry| Reverse(entry.at.map(|at| (at.seconds, at.nanos, entry.id))));
    entries.truncate(query.rows_max());
    Ok(Answer::read(entries.into_iter().map(AuditEntry::from).collect()))
}
