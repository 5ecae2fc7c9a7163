//! The envelope of the admin face (002-B02, checklist 6.4): `code`, `message`, `data`.
//!
//! Refusals are printed by `refusal`.

use axum::response::{IntoResponse, Response};
use fault::Fault;
use proto::page::v1::{Info, Request};
use serde::Serialize;
use utoipa::ToSchema;

use super::messages::Message;
use crate::{faces::json::json, problem::Problem, visit::Visit};

/// The document's word for a success.
const SUCCESS: u16 = 200;

/// An answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Answer<T> {
    #[schema(example = 200)]
    code: u16,
    #[schema(example = "查询成功")]
    message: &'static str,
    data: T,
}

/// One page of rows (contract section 4).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listing<T> {
    records: Vec<T>,
    /// Rows on all pages.
    #[schema(example = 1)]
    total: i64,
    /// From 1.
    #[schema(example = 1)]
    page: i32,
    /// Rows on a full page, 1 to 100.
    #[schema(example = 10)]
    size: i32,
    #[schema(example = 1)]
    pages: i64,
}

/// What a handler gives.
pub(crate) type Reply<T> = Result<Answer<T>, Problem>;

impl<T> Answer<T> {
    /// Answers and says what was done.
    pub(crate) fn said(message: Message, data: T) -> Self {
        Self { code: SUCCESS, message: message.text().in_language(Visit::language()), data }
    }
}

impl<T> Listing<T> {
    /// Makes the rows of a page.
    ///
    /// *Errors*: an internal fault when the service left out where the page stands.
    pub(crate) fn of(records: Vec<T>, info: Option<Info>) -> Result<Self, Problem> {
        let info = info.ok_or_else(|| Fault::internal("a page came without its place"))?;
        let size = i64::from(info.size.max(1));
        Ok(Self {
            records,
            total: info.total_rows,
            page: info.number,
            size: info.size,
            pages: info.total_rows.saturating_add(size - 1).div_euclid(size),
        })
    }

    /// Makes a page of nothing.
    pub(crate) const fn empty(page: Request) -> Self {
        Self { records: Vec::new(), total: 0, page: page.number, size: page.size, pages: 0 }
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        json(&self)
    }
}
