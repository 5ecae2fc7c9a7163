//! The body of every refusal of the admin face (checklist 6.4).
//!
//! Status, texts, numbers and what may be told are `problem`'s business.

use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Particulars;

/// The body of every refusal of document 002.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Refusal, example = json!({"code": 6001, "message": "支付记录不存在: payment not found", "data": null}))]
pub(crate) struct Refusal {
    /// The number of document 002 (6001 to 6006) where it has one, else the HTTP status.
    #[schema(example = 6001)]
    code: u16,
    /// A short text in the language of the caller; below status 500 followed by what exactly is wrong, in English,
    /// with the field and the rule where there is one.
    #[schema(example = "支付记录不存在: payment not found")]
    message: String,
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
        let message = particulars.sentence();
        Self { code: particulars.number, message, data: (), request_id: particulars.request_id }
    }
}
