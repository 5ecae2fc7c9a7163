//! The envelope of the payments face (001-B02, checklist 6.4): always complete.
//!
//! Refusals are printed by `refusal`.

use axum::response::{IntoResponse, Response};
use fault::Fault;
use proto::page::v1::Info;
use serde::Serialize;
use utoipa::ToSchema;

use super::messages::Message;
use crate::{
    faces::json::{self, json},
    problem::Problem,
    visit::Visit,
};

const SUCCESS: &str = "SUCCESS";

/// An answer with data.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer<T> {
    #[schema(example = true)]
    success: bool,
    #[schema(example = "SUCCESS")]
    response_code: &'static str,
    #[schema(example = "查询成功")]
    response_message: &'static str,
    data: T,
}

/// An answer without data.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Done {
    #[schema(example = true)]
    success: bool,
    #[schema(example = "SUCCESS")]
    response_code: &'static str,
    #[schema(example = "操作成功")]
    response_message: &'static str,
    /// Always null.
    #[schema(value_type = Option<Object>)]
    data: (),
}

/// One page of rows (contract section 4).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listing<T> {
    list: Vec<T>,
    /// Rows on all pages.
    #[schema(example = 1)]
    total: i64,
    /// From 1.
    #[schema(example = 1)]
    page_num: i32,
    /// Rows on a full page, 1 to 100.
    #[schema(example = 20)]
    page_size: i32,
    #[schema(example = 1)]
    pages: i64,
}

/// What a handler gives that answers with data.
pub(crate) type Reply<T> = Result<Answer<T>, Problem>;

/// An answer that says whether it came out of a cache.
pub(crate) type Cached<T> = json::Cached<Answer<T>>;

impl<T> Answer<T> {
    /// Answers and says what was done.
    pub(crate) fn said(message: Message, data: T) -> Self {
        let response_message = message.text().in_language(Visit::language());
        Self { success: true, response_code: SUCCESS, response_message, data }
    }

    /// Adds whether the data came out of a cache (contract section 8).
    pub(crate) fn cached(self, is_hit: bool) -> Cached<T> {
        json::cached(self, is_hit)
    }
}

impl Done {
    /// Answers an act that leaves nothing to show.
    pub(crate) fn said(message: Message) -> Self {
        let response_message = message.text().in_language(Visit::language());
        Self { success: true, response_code: SUCCESS, response_message, data: () }
    }
}

impl<T> Listing<T> {
    /// Makes the rows of a page.
    ///
    /// *Errors*: an internal fault when the service left out where the page stands.
    pub(crate) fn of(list: Vec<T>, info: Option<Info>) -> Result<Self, Problem> {
        let info = info.ok_or_else(|| Fault::internal("a page came without its place"))?;
        let size = i64::from(info.size.max(1));
        Ok(Self {
            list,
            total: info.total_rows,
            page_num: info.number,
            page_size: info.size,
            pages: info.total_rows.saturating_add(size - 1).div_euclid(size),
        })
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
