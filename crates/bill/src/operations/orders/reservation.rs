//! What a refund of an order is to take back, worked out before it is set aside.
//!
//! Nothing is written here. The rule not to be broken: refunds never add up to more than the order, neither in money
//! nor in what was delivered.

use chrono::{DateTime, Utc};
use fault::{Code, Fault};
use money::Minor;

use super::fulfil;
use crate::{
    domain::{
        order::{Kind, Status},
        pro_rata::{self, Refunded},
    },
    store::{
        order_parts::{Credit, Product},
        order_refunds::{Refund, State},
        orders::Order,
    },
};

/// What is known of an order before a refund.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) order: Order,
    pub(super) credits: Vec<Credit>,
    /// Refunds that took or may still take something.
    pub(super) standing: Vec<Refund>,
    /// What each account gave back in them.
    pub(super) given: Vec<Credit>,
    pub(super) products: Vec<Product>,
}

/// What a refund is asked for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) refund_no: String,
    pub(super) amount_minor: i64,
    pub(super) reason: String,
}

impl Known {
    /// Works out a refund and who gives the money back.
    ///
    /// *Errors*: `REFUND_NOT_ALLOWED` unless the order is paid, `STATE_CONFLICT` while it is being delivered,
    /// `REFUND_AMOUNT_EXCEEDED` above what is left.
    pub(super) fn refund(&self, asked: Asked, now: DateTime<Utc>) -> Result<(Refund, Vec<Credit>), Fault> {
        let order = &self.order;
        if order.status()? != Status::Paid {
            let detail = format!("order {} is {}; only a paid one is refunded", order.order_no, order.status);
            return Err(Fault::new(Code::RefundNotAllowed, detail));
        }
        if order.delivered_at.is_none() {
            let detail = "what was paid for is still being delivered; try again in a moment";
            return Err(Fault::conflict(detail).with_retry_after(5));
        }
        let before_minor = sum(self.standing.iter().map(|refund| refund.amount_minor))?;
        let left = order.amount_minor.saturating_sub(before_minor);
        if asked.amount_minor > left {
            let (left, wanted) = (Minor::new(left), Minor::new(asked.amount_minor));
            let detail = format!("{left} is left of the order, {wanted} is asked for");
            return Err(Fault::new(Code::RefundAmountExceeded, detail).with_field("amount"));
        }
        let refunded =
            Refunded { amount_minor: order.amount_minor, before_minor, now_minor: asked.amount_minor };
        let (days, points) = self.goods(refunded)?;
        let refund = Refund {
            refund_no: asked.refund_no,
            order_id: order.id,
            amount_minor: asked.amount_minor,
            state: State::Preparing.as_str().to_owned(),
            reason: asked.reason,
            days,
            points,
            hold_id: None,
            created_at: now,
        };
        Ok((refund, self.givers(asked.amount_minor)))
    }

    fn goods(&self, refunded: Refunded) -> Result<(i32, i64), Fault> {
        match self.order.kind()? {
            Kind::Membership => {
                let days = i64::from(fulfil::product(&self.order, &self.products)?.days);
                let taken = sum(self.standing.iter().map(|refund| i64::from(refund.days)))?;
                let days = pro_rata::taken_back(days, taken, refunded)?;
                Ok((i32::try_from(days).map_err(Fault::internal)?, 0))
            }
            Kind::Points => {
                let points = fulfil::product(&self.order, &self.products)?.points;
                let taken = sum(self.standing.iter().map(|refund| refund.points))?;
                Ok((0, pro_rata::taken_back(points, taken, refunded)?))
            }
            Kind::BillShare | Kind::Recharge | Kind::External => Ok((0, 0)),
        }
    }

    /// Who gives an amount back: the last who got something first.
    fn givers(&self, amount_minor: i64) -> Vec<Credit> {
        let is_of =
            |credit: &Credit, given: &Credit| credit.kind == given.kind && credit.owner == given.owner;
        let left: Vec<i64> = self
            .credits
            .iter()
            .map(|credit| {
                let given = self.given.iter().find(|given| is_of(credit, given));
                credit.amount_minor.saturating_sub(given.map_or(0, |given| given.amount_minor))
            })
            .collect();
        let taken = pro_rata::from_the_end(&left, amount_minor);
        let part = |(credit, amount_minor): (&Credit, i64)| Credit { amount_minor, ..credit.clone() };
        self.credits.iter().zip(taken).filter(|(_, taken)| *taken > 0).map(part).collect()
    }
}

fn sum(amounts: impl Iterator<Item = i64>) -> Result<i64, Fault> {
    let sum =
        Minor::sum(amounts.map(Minor::new)).ok_or_else(|| Fault::internal("a sum of refunds overflows"))?;
    Ok(sum.get())
}
