//! The bodies of the checkout face: what is read and what is printed (checklist 4.1, contract section 16).
//!
//! Requests refuse unknown fields.

use chrono_tz::Tz;
use fault::Fault;
use money::Minor;
use proto::{
    bill::v1::{self as bill, ProductKind},
    payment::v1::{self as payment, Method},
    user::v1 as user,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    extract::{text_number, values},
    faces::{
        Face,
        shapes::{amount, amount_schema, text},
        times, words,
    },
};

/// An order of a product (003-E01).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrder {
    product_type: ProductType,
    #[serde(deserialize_with = "values::id")]
    #[schema(example = 1)]
    pub(crate) product_id: i64,
    /// `wechat` or `alipay`.
    #[serde(deserialize_with = "words::method_word")]
    #[schema(value_type = String, example = "wechat")]
    pub(crate) payment_method: Method,
    /// In place of the present membership; the price is less by what is left of that.
    #[serde(default)]
    is_upgrade: bool,
}

/// What kind of thing is ordered.
#[derive(Clone, Copy, Deserialize, Serialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ProductType {
    Membership,
    Points,
}

impl From<ProductType> for ProductKind {
    fn from(kind: ProductType) -> Self {
        match kind {
            ProductType::Membership => Self::Membership,
            ProductType::Points => Self::Points,
        }
    }
}

impl NewOrder {
    /// Refuses an upgrade of what cannot be upgraded.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        if self.is_upgrade && self.product_type != ProductType::Membership {
            return Err(Fault::validation("is_upgrade", "is for memberships alone"));
        }
        Ok(())
    }

    /// Asks for the products among which this one must be.
    pub(crate) fn products(&self) -> bill::ListProductsRequest {
        bill::ListProductsRequest { kind: ProductKind::from(self.product_type).into() }
    }

    /// Asks the order service for the order.
    pub(crate) fn request(&self) -> bill::CreateOrderRequest {
        let product = bill::ProductOrder { product_id: self.product_id, is_upgrade: self.is_upgrade };
        bill::CreateOrderRequest {
            what: Some(bill::create_order_request::What::Product(product)),
            expected_amount_minor: 0,
        }
    }
}

/// An order that waits for its payer (003-E01).
#[derive(Serialize, ToSchema)]
pub(crate) struct Ordered {
    #[schema(example = "ORD202501011200001")]
    order_no: String,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    /// The text of the code to scan.
    #[schema(example = "weixin://wxpay/bizpayurl?pr=xxx")]
    qr_code_url: Option<String>,
    #[schema(example = "2025-01-01T12:15:00")]
    qr_code_expire_at: Option<String>,
    #[schema(example = "2025-01-01T12:30:00")]
    expire_at: Option<String>,
}

impl Ordered {
    /// Prints an order and the code of its payment.
    pub(crate) fn of(order: bill::Order, payment: payment::Payment, zone: Tz) -> Self {
        let handout = payment.handout.unwrap_or_default();
        Self {
            order_no: order.order_no,
            amount: amount(order.amount_minor),
            qr_code_url: text(handout.qr_code),
            qr_code_expire_at: times::local(handout.expires_at, zone),
            expire_at: times::local(order.expires_at, zone),
        }
    }
}

/// Which order (003-E02, 003-E03).
#[derive(Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    #[serde(deserialize_with = "text_number")]
    #[schema(example = "ORD202501011200001")]
    pub(crate) order_no: String,
}

/// How an order stands (003-E02).
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderStatus {
    #[schema(example = "ORD202501011200001")]
    order_no: String,
    /// `pending`, `paid`, `cancelled` or `refunded`.
    #[schema(example = "paid")]
    status: &'static str,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    /// Null before it is paid.
    #[schema(example = "2025-01-01T12:05:00")]
    payment_time: Option<String>,
}

impl OrderStatus {
    /// Prints how an order stands.
    pub(crate) fn of(order: bill::Order, zone: Tz) -> Self {
        Self {
            status: words::order_state(Face::Checkout, order.status()),
            order_no: order.order_no,
            amount: amount(order.amount_minor),
            payment_time: times::local(order.paid_at, zone),
        }
    }
}

/// Something that can be ordered.
#[derive(Serialize, ToSchema)]
pub(crate) struct Product {
    #[schema(example = 1)]
    product_id: i64,
    product_type: ProductType,
    name: String,
    #[schema(schema_with = amount_schema)]
    price: Minor,
    #[schema(example = "CNY")]
    currency: String,
    /// Of a membership.
    #[schema(example = "monthly")]
    plan: Option<String>,
    /// How long a membership lasts.
    #[schema(example = 30)]
    days: Option<i32>,
    /// How many points there are in a pack.
    points: Option<i64>,
}

impl From<bill::Product> for Product {
    fn from(product: bill::Product) -> Self {
        let product_type = match product.kind() {
            ProductKind::Points => ProductType::Points,
            ProductKind::Membership | ProductKind::Unspecified => ProductType::Membership,
        };
        let is_membership = product_type == ProductType::Membership;
        Self {
            product_id: product.id,
            product_type,
            name: product.name,
            price: amount(product.price_minor),
            currency: product.currency,
            plan: text(product.plan),
            days: is_membership.then_some(product.days),
            points: (!is_membership).then_some(product.points),
        }
    }
}

/// The user's membership (contract section 16).
#[derive(Serialize, ToSchema)]
pub(crate) struct Membership {
    /// Null without one.
    #[schema(example = "yearly")]
    plan: Option<String>,
    /// Null when there never was one.
    #[schema(example = "2026-01-01T12:05:00")]
    expires_at: Option<String>,
}

impl Membership {
    /// Prints a membership.
    pub(crate) fn of(membership: user::Membership, zone: Tz) -> Self {
        Self { plan: text(membership.plan), expires_at: times::local(membership.expires_at, zone) }
    }
}

/// The user's points, counted whole (contract section 16).
#[derive(Serialize, ToSchema)]
pub(crate) struct Points {
    #[schema(example = 500)]
    pub(crate) balance: i64,
}
