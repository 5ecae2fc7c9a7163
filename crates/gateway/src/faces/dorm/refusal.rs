//! The body of every refusal of the dorm face (000-B03), which the frames of the WebSocket use too.
//!
//! Status, texts and what may be told are `problem`'s business.

use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Particulars;

/// The body of every refusal (000-B03).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem, example = json!({
    "success": false, "message": "请求参数验证失败",
    "error": "splits: shares add up to 100.01, expected 100.00", "code": "VALIDATION_ERROR"
}))]
pub(crate) struct Refusal {
    /// Always false.
    success: bool,
    /// A short text in the language of the caller.
    #[schema(example = "请求参数验证失败")]
    message: &'static str,
    /// What exactly is wrong, in English; names the field and the rule where there is one.
    #[schema(example = "splits: shares add up to 100.01, expected 100.00")]
    error: String,
    /// What went wrong, stable in every language.
    #[schema(example = "VALIDATION_ERROR")]
    code: &'static str,
    /// Names the request in our logs. Only from status 500 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

impl Refusal {
    /// Prints a refusal.
    pub(crate) fn of(particulars: Particulars<'_>) -> Self {
        Self {
            success: false,
            message: particulars.message,
            error: particulars.detail.to_owned(),
            code: particulars.code,
            request_id: particulars.request_id,
        }
    }
}
