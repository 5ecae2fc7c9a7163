//! Delivers what was paid for: time of a membership, points, a share that is handed over.
//!
//! A job; each receiver knows the order's number, so that it is delivered once however often the job runs.

use chrono::{DateTime, Utc};
use durable::Tx;
use fault::Fault;
use proto::bill::v1::Bill;

use super::steps;
use crate::{
    domain::order::{Kind, Status},
    operations::{get_bill, stories},
    peers::{Grant, OnlineMoney},
    service::Service,
    store::{
        bills,
        order_parts::{self, Credit, Product},
        orders::{self, Order},
    },
};

/// Delivers an order that is paid and not delivered. Safe to run twice.
pub(crate) async fn fulfil(service: &Service, order_id: i64) -> Result<(), Fault> {
    let (order, credits, products) = {
        let mut conn = service.db.acquire().await?;
        let order = steps::existing(&mut conn, order_id).await?;
        let credits = order_parts::credits(&mut conn, &[order_id]).await?.remove(&order_id);
        (order, credits.unwrap_or_default(), order_parts::products(&mut conn).await?)
    };
    if order.status()? != Status::Paid || order.delivered_at.is_some() {
        return Ok(());
    }
    match order.kind()? {
        Kind::Membership => {
            let product = product(&order, &products)?;
            let grant = Grant {
                order_no: &order.order_no,
                user_id: order.user_id,
                plan: &product.plan,
                days: product.days,
                is_upgrade: order.is_upgrade,
            };
            service.memberships.grant(grant).await?;
        }
        Kind::Points => {
            let points = product(&order, &products)?.points;
            service.points.issue(&order.order_no, order.user_id, points).await?;
        }
        Kind::BillShare => {
            let (bill_id, _) = order.share()?;
            let money = OnlineMoney { order_no: &order.order_no, parts: people(&credits)? };
            service.expenses.settle_online((bill_id, order.user_id), &money).await?;
        }
        Kind::Recharge | Kind::External => {}
    }
    note(service, &order).await
}

/// Names the users who get, or give back, money. *Errors*: internal, for an account that is no user's.
pub(super) fn people(credits: &[Credit]) -> Result<Vec<(i64, i64)>, Fault> {
    let part = |credit: &Credit| Ok((credit.owner.parse().map_err(Fault::internal)?, credit.amount_minor));
    credits.iter().map(part).collect()
}

/// Finds the product of an order. Products are never deleted.
pub(super) fn product<'a>(order: &Order, products: &'a [Product]) -> Result<&'a Product, Fault> {
    let found = products.iter().find(|product| Some(product.id) == order.product_id);
    found.ok_or_else(|| Fault::internal(format!("order {} has no product", order.id)))
}

/// Notes the delivery and tells about it: the owner of his order, the room of a share that is paid (000-V05).
async fn note(service: &Service, order: &Order) -> Result<(), Fault> {
    let bill = match order.kind()? {
        Kind::BillShare => Some(bill(service, order).await?),
        _ => None,
    };
    let now = service.clock.now();
    let mut tx = service.db.begin().await?;
    if orders::deliver(&mut tx, order.id, now).await?.is_none() {
        return tx.rollback().await;
    }
    let delivered = steps::existing(&mut tx, order.id).await?;
    steps::tell(&mut tx, &delivered, now).await?;
    if let Some(bill) = bill {
        tell_room(&mut tx, order, &bill, now).await?;
    }
    tx.commit().await
}

async fn bill(service: &Service, order: &Order) -> Result<Bill, Fault> {
    let row = {
        let mut conn = service.db.acquire().await?;
        bills::find(&mut conn, order.share()?.0).await?
    };
    get_bill::shown(service, &row.ok_or_else(|| Fault::internal("the bill is gone"))?).await
}

async fn tell_room(tx: &mut Tx, order: &Order, bill: &Bill, now: DateTime<Utc>) -> Result<(), Fault> {
    let (_, split_id) = order.share()?;
    let Some(paid) = bill.splits.iter().find(|split| split.id == split_id && split.is_paid) else {
        return Ok(());
    };
    stories::share_paid_online(bill, paid, &order.order_no, now).send(tx, bill.room_id).await
}
