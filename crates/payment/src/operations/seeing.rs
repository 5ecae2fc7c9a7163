//! Who may see and do what with a payment, and how it is found.
//!
//! The rule not to be broken: somebody else's payment looks exactly like one that does not exist.

use durable::audit::Actor;
use fault::{Code, Fault};
use host::{Answer, Call};
use identity::Caller;
use sqlx::PgConnection;

use crate::store::payments::{self, Row};

/// What operators hold who may look.
pub(crate) const READ: &str = "payment:read";
/// What operators hold who may act.
pub(crate) const WRITE: &str = "payment:write";

/// Says that there is no such payment, or none that the caller may see.
pub(crate) fn missing() -> Fault {
    Fault::new(Code::PaymentNotFound, "payment not found")
}

/// Tells whether the caller may act for everybody by this permission.
pub(crate) fn holds(caller: &Caller, permission: &str) -> bool {
    caller.user.as_ref().is_some_and(|user| user.has(permission))
}

/// Tells whether the caller is this user.
pub(crate) fn is(caller: &Caller, user_id: i64) -> bool {
    caller.user.as_ref().is_some_and(|user| user.id == user_id)
}

/// Tells whether the caller may see what belongs to a user: himself, a holder of `payment:read`, a service alone.
pub(crate) fn may_see(caller: &Caller, user_id: i64) -> bool {
    is(caller, user_id) || holds(caller, READ) || (caller.user.is_none() && caller.via.is_some())
}

/// Finds a payment by its id, or by its number if the id is 0.
pub(crate) async fn find(conn: &mut PgConnection, id: i64, payment_no: &str) -> Result<Row, Fault> {
    let found =
        if id == 0 { payments::by_no(conn, payment_no).await? } else { payments::by_id(conn, id).await? };
    found.filter(|row| row.deleted_at.is_none()).ok_or_else(missing)
}

/// Finds a payment on which the caller may act: the owner or a holder of `payment:write`.
pub(crate) async fn find_to_act(
    conn: &mut PgConnection,
    caller: &Caller,
    (id, payment_no): (i64, &str),
) -> Result<Row, Fault> {
    let row = find(conn, id, payment_no).await?;
    if is(caller, row.user_id) || holds(caller, WRITE) { Ok(row) } else { Err(missing()) }
}

/// Passes a holder of `payment:write`; gives his id. *Errors*: `AUTH_REQUIRED`, `FORBIDDEN`.
pub(crate) fn operator(call: &Call) -> Result<i64, Fault> {
    let user = call.caller.user()?;
    user.require(WRITE)?;
    Ok(user.id)
}

/// Gives the actor's word for history: `user:12`, `service:gateway`, `system`.
pub(crate) fn word(actor: &Actor) -> String {
    match actor {
        Actor::User(id) => format!("user:{id}"),
        Actor::Service(name) => format!("service:{name}"),
        Actor::System => "system".to_owned(),
    }
}

/// Answers for the first time.
pub(crate) const fn fresh<R>(reply: R) -> Answer<R> {
    Answer { reply, is_replay: false }
}
