//! The expense service: the truth of who owes whom.
//!
//! It owns expenses, who paid them, everybody's shares and what of them has been handed over, the history of every
//! change, settlements, balances, disputes, imports, and the division that bills bring about. Bills themselves,
//! rooms and people belong to other services.
//!
//! An expense is living or deleted. A share is open, then confirmed; an open dispute freezes it. A bill takes parts
//! of expenses (allocated), gives them back (released), or fixes their division (sealed).
//!
//! Rules not to be broken: payers and shares of an expense add up to its amount; the balance table equals what the
//! rows add up to at any instant; nothing is handed over twice, whether confirmed by expense or by bill.

pub mod access;
pub mod domain;
mod news;

mod store;
mod wire;

/// The migrations of this service's database.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();
