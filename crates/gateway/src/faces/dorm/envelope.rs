//! The envelopes of the dorm face (000-B02, 000-B04).
//!
//! Reads have no `message`, removals and confirmations no `data`. Refusals are printed by `problem`.

use axum::response::{IntoResponse, Response};
use fault::Fault;
use proto::page::v1::Info;
use serde::Serialize;
use utoipa::ToSchema;

use super::messages::Message;
use crate::{faces::json::json, problem::Problem, visit::Visit};

/// An answer with data; what was done is said in `message`, a read says nothing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Answer<T> {
    #[schema(example = true)]
    success: bool,
    data: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "操作成功")]
    message: Option<&'static str>,
}

/// An answer without data.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Done {
    #[schema(example = true)]
    success: bool,
    #[schema(value_type = String, example = "操作成功")]
    message: &'static str,
}

/// One page of rows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listing<T> {
    #[schema(example = true)]
    success: bool,
    data: Vec<T>,
    pagination: Pagination,
}

/// Where a page stands among all.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Pagination {
    /// From 1.
    #[schema(example = 1)]
    page: i32,
    /// Rows on a full page, 1 to 100.
    #[schema(example = 10)]
    limit: i32,
    /// Rows on all pages.
    #[schema(example = 1)]
    total: i64,
    #[serde(rename = "totalPages")]
    #[schema(example = 1)]
    total_pages: i64,
}

/// What a handler gives that answers with data.
pub(crate) type Reply<T> = Result<Answer<T>, Problem>;

impl<T> Answer<T> {
    /// Answers a read.
    pub(crate) const fn read(data: T) -> Self {
        Self { success: true, data, message: None }
    }

    /// Answers an act and says what was done.
    pub(crate) fn said(message: Message, data: T) -> Self {
        Self { success: true, data, message: Some(message.text().in_language(Visit::language())) }
    }
}

impl Done {
    /// Answers an act that leaves nothing to show.
    pub(crate) fn said(message: Message) -> Self {
        Self { success: true, message: message.text().in_language(Visit::language()) }
    }
}

impl<T> Listing<T> {
    /// Answers with the rows of a page.
    ///
    /// *Errors*: an internal fault when the service left out where the page stands.
    pub(crate) fn of(data: Vec<T>, info: Option<Info>) -> Result<Self, Problem> {
        let info = info.ok_or_else(|| Fault::internal("a page came without its place"))?;
        let size = i64::from(info.size.max(1));
        let pagination = Pagination {
            page: info.number,
            limit: info.size,
            total: info.total_rows,
            total_pages: info.total_rows.saturating_add(size - 1).div_euclid(size),
        };
        Ok(Self { success: true, data, pagination })
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        json(&self)
    }
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        json(&self)
    }
}

impl<T: Serialize> IntoResponse for Listing<T> {
    fn into_response(self) -> Response {
        json(&self)
    }
}
