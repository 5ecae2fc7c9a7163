//! What the service can do: one verb, one file, from check to commit.
//!
//! An operation is given the service and the call; the door decodes and encodes. The rule not to be broken: intents
//! are committed before another service is asked, outcomes after it.

mod allocation;
pub(crate) mod confirm_share;
pub(crate) mod create_bill;
mod draft;
pub(crate) mod get_bill;
pub(crate) mod list_bills;
pub(crate) mod open_dispute;
pub(crate) mod orders;
pub(crate) mod purge_expired;
pub(crate) mod remind_unpaid;
pub(crate) mod resubmit_bill;
pub(crate) mod review_bill;
mod seal;
mod stories;
pub(crate) mod user_stats;

pub(crate) use self::{allocation::release, seal::finish_approval};
