//! What is true of bills and orders without asking anybody: their states, how totals are divided, what is paid.
//!
//! Pure: no database, no network, no clock. The rule not to be broken: shares add up to the total, and a step that is
//! not in the table of legal steps does not happen.

pub(crate) mod division;
pub(crate) mod order;
pub(crate) mod pro_rata;
pub(crate) mod progress;
pub(crate) mod status;
