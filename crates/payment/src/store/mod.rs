//! What is remembered: the only SQL of this service.
//!
//! The state of tasks, keys, jobs and audit rows is kept by `durable`. The rule not to be broken: whoever changes a
//! payment or one of its refunds has locked the payment's row before.

pub(crate) mod due;
pub(crate) mod events;
pub(crate) mod frozen;
pub(crate) mod lists;
pub(crate) mod payments;
pub(crate) mod refund_lists;
pub(crate) mod refunds;
pub(crate) mod withdrawals;
