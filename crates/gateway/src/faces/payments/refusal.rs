//! The body of every refusal of the payments face (checklist 6.4).
//!
//! Status, texts and what may be told are `problem`'s business.

use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Particulars;

/// The body of every refusal: the envelope of 001-B02 without data.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Refusal, example = json!({
    "success": false, "responseCode": "PAYMENT_AMOUNT_ERROR",
    "responseMessage": "支付金额错误: amount: must have at most two decimals", "data": null
}))]
pub(crate) struct Refusal {
    /// Always false.
    success: bool,
    /// What went wrong, stable in every language.
    #[schema(example = "PAYMENT_AMOUNT_ERROR")]
    response_code: &'static str,
    /// A short text in the language of the caller; below status 500 followed by what exactly is wrong, in English,
    /// with the field and the rule where there is one.
    #[schema(example = "支付金额错误: amount: must have at most two decimals")]
    response_message: String,
    /// Always null.
    #[schema(value_type = Option<Object>)]
    data: (),
    /// Names the request in our logs. Only from status 500 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

impl Refusal {
    /// Prints a refusal.
    pub(crate) fn of(particulars: Particulars<'_>) -> Self {
        let response_message = particulars.sentence();
        let Particulars { code, request_id, .. } = particulars;
        Self { success: false, response_code: code, response_message, data: (), request_id }
    }
}
