//! Bodies of a payment that is simulated (001-E05).

use chrono_tz::Tz;
use money::Minor;
use proto::{bill::v1 as bill, payment::v1 as payment};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    extract::{given_text_number, values},
    faces::{
        Face,
        shapes::{amount, amount_schema, text},
        times, words,
    },
};

/// Lets the sandbox pay (001-E05).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Mock {
    #[serde(deserialize_with = "values::id")]
    #[schema(example = 12_345)]
    pub(crate) user_id: i64,
    /// Repeated in the answer; the provider gives numbers of its own.
    #[serde(default, deserialize_with = "given_text_number")]
    #[schema(value_type = Option<String>, example = "MOCK202401160001")]
    pub(crate) mock_transaction_id: Option<String>,
    /// Not looked at: what arrives is what the sandbox signs.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    #[expect(dead_code, reason = "the document has it")]
    mock_notify_data: Option<Map<String, Value>>,
    #[serde(default)]
    #[expect(dead_code, reason = "the document has it")]
    test_remark: Option<String>,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mocked {
    #[schema(example = "PAY202401160001")]
    payment_id: String,
    payment_no: String,
    order_id: i64,
    order_no: String,
    #[schema(example = "pending")]
    original_status: &'static str,
    #[schema(example = "success")]
    new_status: &'static str,
    mock_transaction_id: Option<String>,
    #[schema(example = "2024-01-16T16:30:00")]
    paid_time: Option<String>,
    mock_data: MockData,
    related_order_status: RelatedOrder,
}

/// What was simulated.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MockData {
    is_test_payment: bool,
    #[schema(example = "alipay")]
    mock_channel: &'static str,
    #[schema(schema_with = amount_schema)]
    actual_amount: Minor,
    processing_time: Option<String>,
}

/// What became of the order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RelatedOrder {
    order_id: i64,
    #[schema(example = "paid")]
    order_status: &'static str,
    status_update_time: Option<String>,
}

impl Mocked {
    /// Prints a payment that was simulated.
    pub(crate) fn of(given: Option<String>, paid: payment::Payment, order: &bill::Order, zone: Tz) -> Self {
        Self {
            original_status: "pending",
            new_status: words::state_001(paid.status()),
            mock_data: MockData {
                is_test_payment: true,
                mock_channel: words::method(Face::Payments, paid.method()),
                actual_amount: amount(paid.paid_minor),
                processing_time: times::local(paid.updated_at, zone),
            },
            related_order_status: RelatedOrder {
                order_id: order.id,
                order_status: words::order_state(Face::Payments, order.status()),
                status_update_time: times::local(order.paid_at, zone),
            },
            payment_id: paid.payment_no.clone(),
            payment_no: paid.payment_no,
            order_id: paid.order_id,
            order_no: paid.order_no,
            mock_transaction_id: given.or_else(|| text(paid.transaction_id)),
            paid_time: times::local(paid.paid_at, zone),
        }
    }
}
