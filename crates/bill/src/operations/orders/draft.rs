//! An order that is about to be written: of a product, of a recharge, of an outside business.

use chrono::{DateTime, Utc};
use durable::Tx;
use fault::{Code, Fault};
use money::Minor;
use proto::bill::v1::{Order as WireOrder, ProductOrder};

use super::steps;
use crate::{
    domain::{
        order::{Kind, Status},
        pro_rata::{self, Rest},
    },
    service::Service,
    store::{
        order_parts::{self, Credit, Product},
        orders::{self, Order},
    },
};

/// Characters of chance in an order's number, five bits each.
const TAIL_CHARS: usize = 12;

/// What an order is about.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) kind: Kind,
    pub(super) user_id: i64,
    pub(super) amount_minor: i64,
    pub(super) subject: String,
    pub(super) credits: Vec<Credit>,
    pub(super) about: About,
}

/// What it is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum About {
    Product { product_id: i64, is_upgrade: bool },
    Share { bill_id: i64, split_id: i64, room_id: i64 },
    Recharge,
    Business { merchant_id: i64 },
}

impl Draft {
    /// Writes the order under its own number, or a new one, and tells its owner.
    pub(super) async fn write(
        self,
        service: &Service,
        tx: &mut Tx,
        order_no: Option<&str>,
    ) -> Result<WireOrder, Fault> {
        let now = service.clock.now();
        let mut order = Order {
            id: service.clock.new_id(),
            order_no: order_no.map_or_else(|| new_no(service, now), str::to_owned),
            kind: self.kind.as_str().to_owned(),
            user_id: self.user_id,
            amount_minor: self.amount_minor,
            currency: "CNY".to_owned(),
            subject: self.subject,
            status: Status::Pending.as_str().to_owned(),
            refunded_minor: 0,
            created_at: now,
            expires_at: now.checked_add_signed(service.order_life).unwrap_or(now),
            paid_at: None,
            payment_no: None,
            delivered_at: None,
            cancel_reason: String::new(),
            refund_reason: String::new(),
            product_id: None,
            is_upgrade: false,
            bill_id: None,
            split_id: None,
            room_id: None,
            merchant_id: None,
            version: 1,
        };
        self.about.note(&mut order);
        orders::insert(tx, &order).await?;
        order_parts::insert_credits(tx, order.id, &self.credits).await?;
        steps::tell(tx, &order, now).await
    }
}

impl About {
    const fn note(self, order: &mut Order) {
        match self {
            Self::Product { product_id, is_upgrade } => {
                order.product_id = Some(product_id);
                order.is_upgrade = is_upgrade;
            }
            Self::Share { bill_id, split_id, room_id } => {
                order.bill_id = Some(bill_id);
                order.split_id = Some(split_id);
                order.room_id = Some(room_id);
            }
            Self::Recharge => {}
            Self::Business { merchant_id } => order.merchant_id = Some(merchant_id),
        }
    }
}

/// `ORD`, the local time, chance: unique, and nobody guesses it (contract section 4).
fn new_no(service: &Service, now: DateTime<Utc>) -> String {
    let local = now.with_timezone(&service.zone).format("%Y%m%d%H%M%S");
    format!("ORD{local}{}", service.clock.code(TAIL_CHARS))
}

/// A product at its price, or at the price of an upgrade (003-E01).
///
/// *Errors*: `NOT_FOUND` for no such product, `VALIDATION_ERROR` for an upgrade to what is none, `STATE_CONFLICT`
/// without a membership to upgrade.
pub(super) async fn product(service: &Service, user_id: i64, asked: ProductOrder) -> Result<Draft, Fault> {
    let products = {
        let mut conn = service.db.acquire().await?;
        order_parts::products(&mut conn).await?
    };
    let offered = products.iter().find(|product| product.id == asked.product_id && product.is_offered);
    let product = offered.ok_or_else(|| Fault::not_found("product"))?;
    let kind = if product.kind == Kind::Points.as_str() { Kind::Points } else { Kind::Membership };
    let amount_minor = if asked.is_upgrade {
        upgrade(service, user_id, product, &products).await?
    } else {
        product.price_minor
    };
    let credit = Credit { kind: "revenue".to_owned(), owner: String::new(), amount_minor };
    let about = About::Product { product_id: product.id, is_upgrade: asked.is_upgrade };
    Ok(Draft { kind, user_id, amount_minor, subject: product.name.clone(), credits: vec![credit], about })
}

/// Prices an upgrade: a plan that costs more than every plan of which something is left.
async fn upgrade(
    service: &Service,
    user_id: i64,
    product: &Product,
    products: &[Product],
) -> Result<i64, Fault> {
    if product.kind != Kind::Membership.as_str() {
        return Err(Fault::validation("is_upgrade", "only a membership can be upgraded"));
    }
    let membership = service.memberships.of(user_id).await?;
    if membership.plan.is_empty() {
        return Err(Fault::conflict("there is no membership to upgrade"));
    }
    let plan = |plan: &str| products.iter().find(|product| product.plan == plan);
    let mut rests = Vec::with_capacity(membership.parts.len());
    for part in &membership.parts {
        let Some(present) = plan(&part.plan) else { continue };
        if present.price_minor >= product.price_minor {
            return Err(Fault::validation("product_id", "must cost more than the present plan"));
        }
        let (price_minor, days) = (present.price_minor, present.days);
        rests.push(Rest { price_minor, days, days_left: part.whole_days_left });
    }
    pro_rata::upgrade_price(product.price_minor, &rests)
}

/// Money for the owner's own balance. *Errors*: `VALIDATION_ERROR` naming `amount`.
pub(super) fn recharge(user_id: i64, amount_minor: i64) -> Result<Draft, Fault> {
    let amount_minor = input::amount("amount", Minor::new(amount_minor))?.get();
    let credit = Credit { kind: "user".to_owned(), owner: user_id.to_string(), amount_minor };
    Ok(Draft {
        kind: Kind::Recharge,
        user_id,
        amount_minor,
        subject: "钱包充值".to_owned(),
        credits: vec![credit],
        about: About::Recharge,
    })
}

/// Passes an amount that the caller expects; none said passes.
///
/// *Errors*: `PAYMENT_AMOUNT_ERROR` (contract section 11: 004's `amount` that is not the price).
pub(super) fn expected(said_minor: i64, amount_minor: i64) -> Result<(), Fault> {
    if said_minor == 0 || said_minor == amount_minor {
        return Ok(());
    }
    let (said, price) = (Minor::new(said_minor), Minor::new(amount_minor));
    Err(Fault::new(Code::PaymentAmountError, format!("the price is {price}, not {said}"))
        .with_field("amount"))
}
