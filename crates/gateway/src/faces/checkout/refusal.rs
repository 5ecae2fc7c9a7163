//! The body of every refusal of the checkout face (checklist 6.4).
//!
//! Status, texts, numbers and what may be told are `problem`'s business.

use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Particulars;

/// The body of every refusal of document 003.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Refusal, example = json!({"code": 404, "msg": "资源不存在: order not found", "data": null}))]
pub(crate) struct Refusal {
    /// The HTTP status.
    #[schema(example = 404)]
    code: u16,
    /// A short text in the language of the caller; below status 500 followed by what exactly is wrong, in English,
    /// with the field and the rule where there is one.
    #[schema(example = "资源不存在: order not found")]
    msg: String,
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
        let msg = particulars.sentence();
        Self { code: particulars.status, msg, data: (), request_id: particulars.request_id }
    }
}
