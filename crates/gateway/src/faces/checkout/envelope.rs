//! The envelopes of the checkout face (checklist 6.4): a bare object for what is shown, `{code, msg, data}` for acts.
//!
//! Refusals are printed by `refusal`.

use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::messages::Message;
use crate::{faces::json::json, problem::Problem, visit::Visit};

/// The code of a success (003-E03).
const SUCCESS: u16 = 200;

/// An answer without an envelope.
#[derive(Debug)]
pub(crate) struct Bare<T>(pub(crate) T);

/// What a handler gives that shows something.
pub(crate) type Reply<T> = Result<Bare<T>, Problem>;

/// An answer to an act that leaves nothing to show.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Done {
    #[schema(example = 200)]
    code: u16,
    #[schema(example = "订单已取消")]
    msg: &'static str,
    /// Always null.
    #[schema(value_type = Option<Object>)]
    data: (),
}

impl Done {
    /// Says what was done.
    pub(crate) fn said(message: Message) -> Self {
        Self { code: SUCCESS, msg: message.text().in_language(Visit::language()), data: () }
    }
}

impl<T: Serialize> IntoResponse for Bare<T> {
    fn into_response(self) -> Response {
        json(&self.0)
    }
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        json(&self)
    }
}
