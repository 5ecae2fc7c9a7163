//! Who owes whom, how to settle it, and why (contract sections 11 and 15).

use axum::extract::State;
use money::Currency;
use proto::expense::v1 as expense;

use super::{
    bodies::balances::{Balance, ExplainQuery, Explanation, Plan},
    envelope::{Answer, Reply},
};
use crate::{
    app::App,
    callers::Member,
    extract::{Path, Query},
    peers::Told as _,
};

/// Lists what each member is owed or owes, per currency; adds up to zero per currency.
#[utoipa::path(get, path = "/api/rooms/{id}/balances", tag = "balances",
    responses((status = OK, body = Answer<Vec<Balance>>)))]
pub(crate) async fn balances(_: Member, State(app): State<App>, Path(id): Path<i64>) -> Reply<Vec<Balance>> {
    let reply = app.peers.expense().get_balances(expense::GetBalancesRequest { room_id: id }).await.told()?;
    let people = app.peers.people(reply.balances.iter().map(|balance| balance.user_id)).await?;
    let balances = reply.balances.into_iter().map(|balance| Balance::of(balance, &people)).collect();
    Ok(Answer::read(balances))
}

/// Plans the fewest transfers that settle the room, per currency.
#[utoipa::path(get, path = "/api/rooms/{id}/settlement", tag = "balances",
    responses((status = OK, body = Answer<Vec<Plan>>)))]
pub(crate) async fn plan(_: Member, State(app): State<App>, Path(id): Path<i64>) -> Reply<Vec<Plan>> {
    let request = expense::GetSettlementPlanRequest { room_id: id };
    let reply = app.peers.expense().get_settlement_plan(request).await.told()?;
    Ok(Answer::read(reply.plans.into_iter().map(Plan::from).collect()))
}

/// Traces a member's balance in one currency to its expenses and settlements.
#[utoipa::path(get, path = "/api/rooms/{id}/settlement/explain", tag = "balances",
    responses((status = OK, body = Answer<Explanation>)))]
pub(crate) async fn explain(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(query): Query<ExplainQuery>,
) -> Reply<Explanation> {
    let currency = query.currency.unwrap_or_else(|| Currency::CNY.as_str().to_owned());
    let request =
        expense::ExplainBalanceRequest { room_id: id, user_id: query.user_id, currency: currency.clone() };
    let reply = app.peers.expense().explain_balance(request).await.told()?;
    let explanation = reply.explanations.into_iter().next().map(Explanation::from);
    Ok(Answer::read(explanation.unwrap_or_else(|| Explanation::nothing(query.user_id, currency))))
}
