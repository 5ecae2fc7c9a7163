//! How the billing face answers (checklist 6.4): with the bare object, or a bare list whose total stands in
//! `X-Total-Count`.
//!
//! Refusals are printed by `refusal`.

use axum::response::{IntoResponse, Response};
use fault::Fault;
use http::{HeaderName, HeaderValue};
use proto::page::v1::Info;
use serde::Serialize;

use crate::{faces::json::json, problem::Problem};

const X_TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");

/// An object as it is.
#[derive(Debug)]
pub(crate) struct Bare<T>(pub(crate) T);

/// One page of rows.
#[derive(Debug)]
pub(crate) struct Rows<T> {
    rows: Vec<T>,
    total: i64,
}

/// What a handler gives that shows one object.
pub(crate) type Reply<T> = Result<Bare<T>, Problem>;

impl<T> Rows<T> {
    /// Makes the rows of a page.
    ///
    /// *Errors*: an internal fault when the service left out where the page stands.
    pub(crate) fn of(rows: Vec<T>, info: Option<Info>) -> Result<Self, Problem> {
        let info = info.ok_or_else(|| Fault::internal("a page came without its place"))?;
        Ok(Self { rows, total: info.total_rows })
    }
}

impl<T: Serialize> IntoResponse for Bare<T> {
    fn into_response(self) -> Response {
        json(&self.0)
    }
}

impl<T: Serialize> IntoResponse for Rows<T> {
    fn into_response(self) -> Response {
        let mut response = json(&self.rows);
        response.headers_mut().insert(X_TOTAL_COUNT, HeaderValue::from(self.total));
        response
    }
}
