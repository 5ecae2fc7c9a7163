//! Taking values out of a request, strictly: what is unknown, doubled or malformed is refused by name and rule.
//!
//! Named like axum's own extractors so that the API description finds them. Rules about the subject (lengths,
//! sums, who is a member) do not live here: the services own them.

mod form;
mod json;
mod number;
mod path;
mod query;
mod refusal;
pub(crate) mod values;

pub(crate) use self::{
    form::{Form, UPLOAD_BYTES_MAX},
    json::{BATCH_BYTES_MAX, BodyBytesMax, Json, parse as parse_json, read as read_body},
    number::{Number, given_number, given_text_number, is_number, text_number},
    path::Path,
    query::Query,
};
