//! What follows from a refund, carried out by jobs: taking back what was set aside, or giving it back.
//!
//! Each receiver knows the refund's number. The rule not to be broken: all of it is safe to run twice.

use fault::{Code, Fault};

use super::{fulfil, prepare_refund, steps};
use crate::{
    domain::order::Kind,
    peers::OnlineMoney,
    service::Service,
    store::{
        order_parts::Credit,
        order_refunds::{self, Refund, State},
        orders::{self, Order},
    },
    workers::orders as jobs,
};

/// A refund with its order and who gives the money back.
struct Whole {
    order: Order,
    refund: Refund,
    parts: Vec<Credit>,
}

async fn find(service: &Service, refund_no: &str) -> Result<Option<Whole>, Fault> {
    let mut conn = service.db.acquire().await?;
    let Some(refund) = order_refunds::find(&mut conn, refund_no).await? else { return Ok(None) };
    let order = steps::existing(&mut conn, refund.order_id).await?;
    let parts = order_refunds::parts(&mut conn, refund_no).await?;
    Ok(Some(Whole { order, refund, parts }))
}

/// Takes back what an applied refund had set aside; days of a membership are taken already.
pub(crate) async fn take_back(service: &Service, refund_no: &str) -> Result<(), Fault> {
    let Some(Whole { order, refund, parts }) = find(service, refund_no).await? else { return Ok(()) };
    if refund.state()? != State::Applied {
        return Ok(());
    }
    match (order.kind()?, refund.hold_id) {
        (Kind::Points, Some(hold_id)) => service.points.settle(refund_no, &order.order_no, hold_id).await,
        (Kind::BillShare, _) => {
            let money = OnlineMoney { order_no: &order.order_no, parts: fulfil::people(&parts)? };
            service.expenses.take_back_online(refund_no, &money).await
        }
        _ => Ok(()),
    }
}

/// Gives a refund up that is not applied, and has what it set aside given back.
pub(crate) async fn release(service: &Service, refund_no: &str) -> Result<(), Fault> {
    step(service, refund_no, &[State::Preparing, State::Prepared]).await
}

/// Gives a refund up whose preparation nobody finished.
pub(crate) async fn give_up(service: &Service, refund_no: &str) -> Result<(), Fault> {
    step(service, refund_no, &[State::Preparing]).await
}

async fn step(service: &Service, refund_no: &str, from: &[State]) -> Result<(), Fault> {
    let mut tx = service.db.begin().await?;
    let Some(refund) = order_refunds::find(&mut tx, refund_no).await? else { return tx.rollback().await };
    orders::lock(&mut tx, refund.order_id).await?;
    let now = service.clock.now();
    if order_refunds::step(&mut tx, refund_no, (from, State::Released), None, now).await? {
        jobs::undo_refund(&mut tx, &refund).await?;
    }
    tx.commit().await
}

/// Gives back what a released refund had set aside.
pub(crate) async fn undo(service: &Service, refund_no: &str) -> Result<(), Fault> {
    let Some(Whole { order, refund, .. }) = find(service, refund_no).await? else { return Ok(()) };
    if refund.state()? != State::Released {
        return Ok(());
    }
    match order.kind()? {
        Kind::Membership if refund.days > 0 => service.memberships.give_back(refund_no).await,
        Kind::Points if refund.points > 0 => free(service, &order, &refund).await,
        _ => Ok(()),
    }
}

/// Frees points. Whether they were held may be unknown; asked again, the wallet names the hold of the first time.
async fn free(service: &Service, order: &Order, refund: &Refund) -> Result<(), Fault> {
    let hold_id = match refund.hold_id {
        Some(hold_id) => hold_id,
        None => match service.points.hold(prepare_refund::hold(order, refund)).await {
            Ok(hold_id) => hold_id,
            Err(fault) if matches!(fault.code(), Code::InsufficientBalance | Code::AccountFrozen) => {
                return Ok(());
            }
            Err(fault) => return Err(fault),
        },
    };
    service.points.release(hold_id).await
}
