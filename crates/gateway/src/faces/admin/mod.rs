//! The admin face, document 002.
//!
//! `routes` is the list of everything; one file per resource decodes and prints; `bodies` are the shapes, `names`
//! the words and numbers of this face. Nothing is decided here.

pub(crate) mod about;
mod acts;
mod alipay;
mod bodies;
mod envelope;
mod messages;
mod names;
mod order_no;
mod orders;
mod payments;
pub(crate) mod refusal;
mod routes;
mod trades;

pub(crate) use self::routes::routes;
