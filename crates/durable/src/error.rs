//! What a database error means to a caller.
//!
//! One function decides by SQLSTATE; a broken constraint becomes a fault of the caller's choice by its name.
//! Nothing here knows a table. The rule not to be broken: text of the database stays internal.

use std::fmt::Display;

use fault::{Code, Fault};
use sqlx::error::DatabaseError;

/// Turns a database error into a fault.
///
/// *Errors*: serialisation failure, deadlock and an id made twice are retryable `STATE_CONFLICT`; a lock not
/// got in time is `LOCK_TIMEOUT`; pool, network, shutdown, read-only and statement time-out are
/// `SERVICE_UNAVAILABLE` with a second to wait; all else is `DATABASE_ERROR` with the text kept internal.
pub fn fault_of(error: sqlx::Error) -> Fault {
    match &error {
        sqlx::Error::Database(database) => from_sqlstate(database.as_ref()),
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed
        | sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_) => away(error),
        _ => Fault::new(Code::DatabaseError, error.to_string()),
    }
}

fn from_sqlstate(error: &dyn DatabaseError) -> Fault {
    let state = error.code().unwrap_or_default();
    let context = format!("{state}: {error}");
    match (state.as_ref(), state.get(..2).unwrap_or_default()) {
        ("40001" | "40P01", _) => again(context),
        ("23505", _) if error.constraint().is_some_and(|name| name.ends_with("_pkey")) => again(context),
        ("55P03", _) => Fault::new(Code::LockTimeout, "somebody else is working on this; try again")
            .with_retry_after(1)
            .with_internal(context),
        ("57014" | "25006" | "25P02" | "25P03" | "3D000", _) | (_, "08" | "53" | "57") => away(context),
        _ => Fault::new(Code::DatabaseError, context),
    }
}

fn again(context: impl Display) -> Fault {
    Fault::conflict("somebody else changed this at the same moment; try again")
        .with_retry_after(1)
        .with_internal(context)
        .with_retryable()
}

fn away(context: impl Display) -> Fault {
    Fault::unavailable("the database is away for the moment").with_internal(context)
}

/// Tells whether the server refused with one of these SQLSTATEs.
pub(crate) fn has_state(error: &sqlx::Error, states: &[&str]) -> bool {
    let state = error.as_database_error().and_then(DatabaseError::code);
    state.is_some_and(|state| states.contains(&state.as_ref()))
}

/// Names the fault that a broken constraint stands for.
pub trait OnConstraint<T> {
    /// Turns a violation of this one constraint into `make()`, every other error into [`fault_of`] it.
    fn on_constraint(self, name: &str, make: impl FnOnce() -> Fault) -> Result<T, Fault>;

    /// Turns a violation of a constraint that `find` knows into its fault, every other error into
    /// [`fault_of`] it. For statements that can break several.
    fn on_constraints(self, find: impl FnOnce(&str) -> Option<Fault>) -> Result<T, Fault>;

    /// Turns every error into [`fault_of`] it.
    fn or_fault(self) -> Result<T, Fault>;
}

impl<T> OnConstraint<T> for Result<T, sqlx::Error> {
    fn on_constraint(self, name: &str, make: impl FnOnce() -> Fault) -> Result<T, Fault> {
        self.on_constraints(|broken| (broken == name).then(make))
    }

    fn on_constraints(self, find: impl FnOnce(&str) -> Option<Fault>) -> Result<T, Fault> {
        self.map_err(|error| {
            let constraint = error.as_database_error().and_then(DatabaseError::constraint);
            constraint.and_then(find).unwrap_or_else(|| fault_of(error))
        })
    }

    fn or_fault(self) -> Result<T, Fault> {
        self.map_err(fault_of)
    }
}
