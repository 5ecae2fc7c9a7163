//! What is read and printed of payments through Alipay (002-E11 to E16).

use fault::Fault;
use money::Minor;
use proto::{bill::v1 as bill, payment::v1 as payment};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    extract::{text_number, values},
    faces::shapes::{amount_input_schema, client_address, text},
};

/// A payment through Alipay to be made (002-E11).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewTrade {
    /// The caller's number of the order.
    #[serde(deserialize_with = "values::id")]
    pub(crate) order_id: i64,
    /// An order that nobody knows is made, in the name of the caller.
    #[serde(deserialize_with = "text_number")]
    #[schema(min_length = 6, max_length = 32, example = "ORD20250115001")]
    pub(crate) order_no: String,
    #[schema(min_length = 1, max_length = 100, example = "商品名称")]
    pub(crate) subject: String,
    #[serde(deserialize_with = "values::positive")]
    #[schema(schema_with = amount_input_schema)]
    pub(crate) amount: Minor,
    /// Where the payer's browser comes back to; a host of the list of the platform.
    #[serde(default)]
    #[schema(example = "http://example.com/return")]
    pub(crate) return_url: Option<String>,
    /// Hears of the success, signed.
    #[serde(default)]
    #[schema(example = "http://example.com/notify")]
    pub(crate) notify_url: Option<String>,
}

impl NewTrade {
    /// Refuses addresses before anything is made.
    pub(crate) fn check(&self, app: &App) -> Result<(), Fault> {
        app.links.returning("returnUrl", self.return_url.as_deref())?;
        app.links.notified("notifyUrl", self.notify_url.as_deref())?;
        Ok(())
    }

    /// Asks the payment service to make it.
    ///
    /// *Errors*: validation, for an address that is not allowed.
    pub(crate) fn request(
        self,
        order: &bill::Order,
        app: &App,
    ) -> Result<payment::CreatePaymentRequest, Fault> {
        Ok(payment::CreatePaymentRequest {
            order_id: order.id,
            method: payment::Method::Alipay.into(),
            channel: payment::Channel::Web.into(),
            expected_amount_minor: self.amount.get(),
            return_url: app.links.returning("returnUrl", self.return_url.as_deref())?,
            notify_url: app.links.notified("notifyUrl", self.notify_url.as_deref())?,
            client_ip: client_address(),
            ..payment::CreatePaymentRequest::default()
        })
    }
}

/// What leads the payer to Alipay.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Trade {
    /// A form that posts itself; null once it can no longer be paid.
    #[schema(example = "<form>...</form>")]
    payment_form: Option<String>,
    #[schema(example = "https://openapi.alipay.com/...")]
    payment_url: Option<String>,
}

impl From<payment::Handout> for Trade {
    fn from(handout: payment::Handout) -> Self {
        Self { payment_form: text(handout.payment_form), payment_url: text(handout.payment_url) }
    }
}

/// What is to go back through Alipay (002-E14).
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct TradeRefund {
    /// The number of the order.
    #[serde(deserialize_with = "text_number")]
    #[param(example = "ORD20250115001")]
    pub(crate) out_trade_no: String,
    #[serde(deserialize_with = "values::positive_of_text")]
    #[param(schema_with = amount_input_schema)]
    pub(crate) refund_amount: Minor,
    #[param(min_length = 1, max_length = 256)]
    pub(crate) refund_reason: String,
}
