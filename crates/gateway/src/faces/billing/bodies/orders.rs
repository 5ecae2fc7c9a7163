//! Bodies of orders (004-E08, 004-E09).

use money::Minor;
use proto::bill::v1::{self as bill, create_order_request::What};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use utoipa::ToSchema;

use crate::{
    extract::values,
    faces::{
        Face,
        billing::names::printed,
        shapes::{amount, amount_input_schema, amount_schema, text},
        words,
    },
};

/// An order of a plan (004-E09).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewOrder {
    /// The id of a product, as a number or a text.
    #[serde(deserialize_with = "plan_id")]
    #[schema(value_type = i64, example = 1)]
    plan_id: i64,
    /// The price of the plan.
    #[serde(deserialize_with = "values::positive")]
    #[schema(schema_with = amount_input_schema)]
    amount: Minor,
}

impl NewOrder {
    /// Asks the bill service to make it.
    pub(crate) fn request(&self) -> bill::CreateOrderRequest {
        let product = bill::ProductOrder { product_id: self.plan_id, is_upgrade: false };
        bill::CreateOrderRequest {
            what: Some(What::Product(product)),
            expected_amount_minor: self.amount.get(),
        }
    }
}

/// Reads an id that pages hold as a number or as a text.
fn plan_id<'de, D: Deserializer<'de>>(reader: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Id {
        Number(i64),
        Text(String),
    }
    let id = match Id::deserialize(reader) {
        Ok(Id::Number(number)) => values::id_of_text(&number.to_string()),
        Ok(Id::Text(text)) => values::id_of_text(&text),
        Err(_) => None,
    };
    id.ok_or_else(|| D::Error::custom(values::ID_RULE))
}

/// Why an order is cancelled (004-E08).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cancellation {
    #[schema(max_length = 1000)]
    pub(crate) reason: String,
}

/// An order (004-M01).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Order {
    #[schema(example = 1)]
    id: i64,
    order_no: String,
    user_id: i64,
    /// The product; null for what is no product.
    #[schema(example = 1)]
    plan_id: Option<i64>,
    subject: String,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    #[schema(example = "CNY")]
    currency: String,
    /// `pending`, `paid`, `completed`, `cancelled` or `refunded`.
    #[schema(example = "pending")]
    status: &'static str,
    /// May be paid until then.
    #[schema(example = "2025-01-20T10:30:00.000Z")]
    expires_at: Option<String>,
    /// Null while it is not paid.
    paid_at: Option<String>,
    /// Null unless it was cancelled.
    cancel_reason: Option<String>,
    /// What went back.
    #[schema(schema_with = amount_schema)]
    refunded_amount: Minor,
    /// Null unless something went back.
    refund_reason: Option<String>,
    created_at: Option<String>,
}

impl From<bill::Order> for Order {
    fn from(order: bill::Order) -> Self {
        Self {
            status: words::order_state(Face::Billing, order.status()),
            id: order.id,
            user_id: order.user_id,
            plan_id: (order.product_id != 0).then_some(order.product_id),
            amount: amount(order.amount_minor),
            expires_at: printed(order.expires_at),
            paid_at: printed(order.paid_at),
            cancel_reason: text(order.cancel_reason),
            refunded_amount: amount(order.refunded_minor),
            refund_reason: text(order.refund_reason),
            created_at: printed(order.created_at),
            order_no: order.order_no,
            subject: order.subject,
            currency: order.currency,
        }
    }
}
