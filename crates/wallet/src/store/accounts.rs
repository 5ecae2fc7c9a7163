//! The statements of accounts.
//!
//! Plain functions on a connection; rights are asked before.

use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

/// What an account holds. *Units*: hundredths; what is held is part of the balance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holding {
    pub(crate) balance_minor: i64,
    pub(crate) held_minor: i64,
    pub(crate) version: i64,
}

/// Reads a user's account in one currency; one that does not exist yet is none.
pub(crate) async fn of_user(
    conn: &mut PgConnection,
    user_id: i64,
    currency: &str,
) -> Result<Option<Holding>, Fault> {
    sqlx::query_as!(
        Holding,
        "select balance_minor, held_minor, version
         from account
         where user_id = $1 and kind = 'user' and currency = $2",
        user_id,
        currency,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}
