//! What is true of a bill without asking anybody: its states, how its total is divided, how far it is paid.
//!
//! Pure: no database, no network, no clock. The rule not to be broken: shares add up to the total, and a step that is
//! not in the table of legal steps does not happen.

pub(crate) mod division;
pub(crate) mod progress;
pub(crate) mod status;
