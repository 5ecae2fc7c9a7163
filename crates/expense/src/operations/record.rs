//! What a change leaves beside its rows: the audit row (every movement of money and every act of an admin, contract
//! section 11) and the reply under the caller's key.
//!
//! Both are written in the transaction of the change. The rule not to be broken: a refused request stores nothing.

use durable::audit;
use fault::Fault;
use host::Call;
use serde_json::Value;
use sqlx::PgConnection;

/// What was done to what.
#[derive(Debug)]
pub(super) struct Act {
    pub(super) action: &'static str,
    /// As `noun:id`.
    pub(super) subject: String,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

/// Writes what the caller did, in the caller's transaction.
pub(super) async fn act(conn: &mut PgConnection, call: &Call, act: Act) -> Result<(), Fault> {
    audit::append(conn, call.audit(act.action, act.subject, (act.before, act.after))).await
}

/// Stores the reply under the call's key and commits.
pub(super) async fn answer<R: prost::Message>(
    mut tx: durable::Tx,
    call: &Call,
    reply: R,
) -> Result<host::Answer<R>, Fault> {
    let answer = call.store(&mut tx, reply).await?;
    tx.commit().await?;
    Ok(answer)
}
