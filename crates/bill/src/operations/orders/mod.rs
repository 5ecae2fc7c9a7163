//! What can be done with orders: one verb, one file, from check to commit.
//!
//! Who pays and how is the payment service's. The rules not to be broken: money that comes is judged by one
//! conditional update, so that an order is paid once or cancelled once, never both; what follows from it is a job of
//! the same transaction.

pub(crate) mod apply_refund;
pub(crate) mod close_order;
pub(crate) mod complete_order;
pub(crate) mod create_order;
mod draft;
pub(crate) mod ensure_external_order;
pub(crate) mod expire_orders;
pub(crate) mod fulfil;
pub(crate) mod get_order;
pub(crate) mod list_orders;
pub(crate) mod list_products;
pub(crate) mod mark_paid;
mod pending;
pub(crate) mod prepare_refund;
pub(crate) mod refund_jobs;
pub(crate) mod release_refund;
mod reservation;
mod share_draft;
mod steps;
