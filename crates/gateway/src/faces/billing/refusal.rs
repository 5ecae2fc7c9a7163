//! The body of every refusal of the billing face (checklist 6.4).
//!
//! Status, texts, numbers and what may be told are `problem`'s business.

use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Particulars;

/// The body of every refusal of document 004.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Refusal, example = json!({
    "statusCode": 404, "message": "支付记录不存在: payment not found", "error": "Not Found",
    "code": "PAYMENT_NOT_FOUND"
}))]
pub(crate) struct Refusal {
    /// The HTTP status.
    #[schema(example = 404)]
    status_code: u16,
    /// A short text in the language of the caller; below status 500 followed by what exactly is wrong, in English,
    /// with the field and the rule where there is one.
    #[schema(example = "支付记录不存在: payment not found")]
    message: String,
    /// What HTTP calls the status.
    #[schema(example = "Not Found")]
    error: &'static str,
    /// What went wrong, stable in every language.
    #[schema(example = "PAYMENT_NOT_FOUND")]
    code: &'static str,
    /// Names the request in our logs. Only from status 500 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

impl Refusal {
    /// Prints a refusal.
    pub(crate) fn of(particulars: Particulars<'_>) -> Self {
        Self {
            message: particulars.sentence(),
            status_code: particulars.status,
            error: particulars.reason,
            code: particulars.code,
            request_id: particulars.request_id,
        }
    }
}
