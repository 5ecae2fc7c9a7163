//! The other side of the counter: for tests and people who want to see and steer what the providers do.
//!
//! None of it exists at a real provider. The rule not to be broken: bad input is answered with the field and the rule.

pub(crate) mod api;
pub(crate) mod faults;
pub(crate) mod page;
mod shapes;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use fault::Fault;
use http::StatusCode;
use serde_json::json;

/// Why a request is refused: the status, the field and the rule that it breaks.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    field: String,
    rule: String,
}

impl Refusal {
    /// Bad input.
    pub(crate) fn bad(field: &str, rule: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, field: field.to_owned(), rule: rule.into() }
    }

    /// What is named is not there.
    pub(crate) fn missing(field: &str, rule: &str) -> Self {
        Self { status: StatusCode::NOT_FOUND, field: field.to_owned(), rule: rule.to_owned() }
    }

    /// What is asked for does not fit the state.
    pub(crate) fn conflict(field: &str, rule: &str) -> Self {
        Self { status: StatusCode::CONFLICT, field: field.to_owned(), rule: rule.to_owned() }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        tracing::error!(error = %fault, inside = fault.internal_context(), "a control request could not be done");
        let rule = "the sandbox could not do it; its log says why".to_owned();
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, field: String::new(), rule }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let message = format!("{}: {}", self.field, self.rule);
        let error = json!({ "field": self.field, "rule": self.rule, "message": message });
        (self.status, Json(json!({ "error": error }))).into_response()
    }
}
