//! Disputes of one share of an expense or a bill (contract sections 5 and 15).

use axum::extract::State;
use proto::{bill::v1 as bill, expense::v1 as expense};

use super::{
    bodies::disputes::{Dispute, DisputesQuery, NewDispute, ResolveDispute},
    envelope::{Answer, Reply},
    messages::Message,
};
use crate::{
    app::App,
    callers::Member,
    extract::{Json, Path, Query},
    peers::{Told as _, required},
};

/// Disputes a share of an expense; only that share is frozen. For its debtor and its payee.
#[utoipa::path(post, path = "/api/expenses/{id}/disputes", tag = "disputes",
    responses((status = OK, body = Answer<Dispute>)))]
pub(crate) async fn open_on_expense(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
    Json(body): Json<NewDispute>,
) -> Reply<Dispute> {
    let request =
        expense::OpenDisputeRequest { expense_id: id, split_id: body.split_id, reason: body.reason };
    let reply = app.peers.expense().open_dispute(request).await.told()?;
    Ok(Answer::said(Message::DisputeOpened, required(reply.dispute, "dispute")?.into()))
}

/// Disputes a share of a bill; only that share is frozen. For its debtor and its payee.
#[utoipa::path(post, path = "/api/bills/{id}/disputes", tag = "disputes",
    responses((status = OK, body = Answer<Dispute>)))]
pub(crate) async fn open_on_bill(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
    Json(body): Json<NewDispute>,
) -> Reply<Dispute> {
    let request = bill::OpenDisputeRequest { bill_id: id, split_id: body.split_id, reason: body.reason };
    let reply = app.peers.bill().open_dispute(request).await.told()?;
    Ok(Answer::said(Message::DisputeOpened, required(reply.dispute, "dispute")?.into()))
}

/// Lists a room's disputes, newest first, at most 100.
#[utoipa::path(get, path = "/api/rooms/{id}/disputes", tag = "disputes",
    responses((status = OK, body = Answer<Vec<Dispute>>)))]
pub(crate) async fn list(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(query): Query<DisputesQuery>,
) -> Reply<Vec<Dispute>> {
    let request = expense::ListDisputesRequest { room_id: id, open_only: query.status.is_some() };
    let reply = app.peers.expense().list_disputes(request).await.told()?;
    Ok(Answer::read(reply.disputes.into_iter().map(Dispute::from).collect()))
}

/// Decides a dispute. For room admins who are no party to it.
#[utoipa::path(post, path = "/api/disputes/{id}/resolve", tag = "disputes",
    responses((status = OK, body = Answer<Dispute>)))]
pub(crate) async fn resolve(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
    Json(body): Json<ResolveDispute>,
) -> Reply<Dispute> {
    let reply = app.peers.expense().resolve_dispute(body.request(id)).await.told()?;
    Ok(Answer::said(Message::DisputeResolved, required(reply.dispute, "dispute")?.into()))
}
