//! The bodies of the dorm face, one file per resource: what is read and what is printed (checklist 1.2).
//!
//! Requests refuse unknown fields. What an answer may hold beyond the document is left out when it is empty. The
//! WebSocket prints the same structs. No database and no rule lives here.

pub(crate) mod admin;
pub(crate) mod balances;
pub(crate) mod bills;
pub(crate) mod disputes;
pub(crate) mod expenses;
pub(crate) mod imports;
pub(crate) mod new_expense;
pub(crate) mod notifications;
pub(crate) mod payments;
pub(crate) mod refunds;
pub(crate) mod rooms;
pub(crate) mod shapes;
pub(crate) mod stats;
pub(crate) mod tasks;
pub(crate) mod uploads;
pub(crate) mod users;
