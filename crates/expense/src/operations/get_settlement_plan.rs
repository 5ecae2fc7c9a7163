//! Plans how a room gets even with the fewest transfers. Any member may ask.

use std::collections::BTreeMap;

use fault::Fault;
use money::Currency;
use proto::expense::v1::{GetSettlementPlanResponse, Plan, PlanMethod};

use super::rights;
use crate::{
    domain::{Part, settle},
    service::Service,
    store, wire,
};

/// Plans the transfers for each currency of the room. *Errors*: `NOT_FOUND` for a stranger.
///
/// *Shape*: sorted by currency; CNY is always there.
pub(crate) async fn get_settlement_plan(
    service: &Service,
    user_id: i64,
    room_id: i64,
) -> Result<GetSettlementPlanResponse, Fault> {
    rights::member(service, room_id, user_id).await?;
    let stored = {
        let mut conn = service.db.acquire().await?;
        store::balances::read(&mut conn, room_id).await?
    };
    let mut nets: BTreeMap<Currency, Vec<Part>> = BTreeMap::from([(Currency::CNY, Vec::new())]);
    for balance in stored {
        nets.entry(balance.currency).or_default().push(Part::new(balance.user_id, balance.net()));
    }
    // The search over all subsets of people takes a processor for a while, so it stays off the event loop.
    let plans = tokio::task::spawn_blocking(move || {
        nets.into_iter().map(|(currency, nets)| plan(currency, &nets)).collect::<Result<Vec<_>, _>>()
    });
    Ok(GetSettlementPlanResponse { plans: plans.await.map_err(Fault::internal)?? })
}

fn plan(currency: Currency, nets: &[Part]) -> Result<Plan, Fault> {
    let planned = settle::plan(nets)?;
    let method = match planned.method {
        settle::Method::ProvenMinimal => PlanMethod::ProvenMinimal,
        settle::Method::Heuristic => PlanMethod::Heuristic,
    };
    Ok(Plan {
        currency: currency.as_str().to_owned(),
        method: method.into(),
        transfers: planned.transfers.into_iter().map(wire::transfer).collect(),
    })
}
