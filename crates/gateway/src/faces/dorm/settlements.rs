//! Money handed over between members and recorded by hand (an addition beside the settlement plan).

use axum::extract::State;
use proto::expense::v1 as expense;

use super::{
    bodies::{
        balances::{NewSettlement, Settlement},
        shapes::PageQuery,
    },
    envelope::{Answer, Done, Listing, Reply},
    messages::Message,
};
use crate::{
    app::App,
    callers::Member,
    extract::{Json, Path, Query},
    peers::{Told as _, required},
    problem::Problem,
};

/// Lists a room's settlements, newest first.
#[utoipa::path(get, path = "/api/rooms/{id}/settlements", tag = "balances",
    responses((status = OK, body = Listing<Settlement>)))]
pub(crate) async fn list(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(query): Query<PageQuery>,
) -> Result<Listing<Settlement>, Problem> {
    let request = expense::ListSettlementsRequest { room_id: id, page: query.request() };
    let reply = app.peers.expense().list_settlements(request).await.told()?;
    Listing::of(reply.settlements.into_iter().map(Settlement::from).collect(), reply.page)
}

/// Records money that one member handed to another. For both of them and room admins.
#[utoipa::path(post, path = "/api/rooms/{id}/settlements", tag = "balances",
    responses((status = OK, body = Answer<Settlement>)))]
pub(crate) async fn record(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
    Json(body): Json<NewSettlement>,
) -> Reply<Settlement> {
    let reply = app.peers.expense().record_settlement(body.request(id)).await.told()?;
    Ok(Answer::said(Message::SettlementRecorded, required(reply.settlement, "settlement")?.into()))
}

/// Takes a settlement back. For whoever recorded it, its taker and room admins.
#[utoipa::path(delete, path = "/api/rooms/{id}/settlements/{sid}", tag = "balances",
    params(("id" = i64, Path), ("sid" = i64, Path)), responses((status = OK, body = Done)))]
pub(crate) async fn delete(
    _: Member,
    State(app): State<App>,
    Path((id, settlement_id)): Path<(i64, i64)>,
) -> Result<Done, Problem> {
    let request = expense::DeleteSettlementRequest { room_id: id, settlement_id };
    app.peers.expense().delete_settlement(request).await.told()?;
    Ok(Done::said(Message::SettlementDeleted))
}
