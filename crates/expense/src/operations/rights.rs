//! Who may do what with the room and the expense at hand.
//!
//! The rule not to be broken: whoever is not in the room hears that the object does not exist.

use std::sync::Arc;

use fault::Fault;

use crate::{
    service::Service,
    store::{self, Expense, Split},
};
use roster::Members;

/// Passes a member of a room. *Errors*: `NOT_FOUND` for a stranger and for no such room.
pub(super) async fn member(service: &Service, room_id: i64, user_id: i64) -> Result<Arc<Members>, Fault> {
    if room_id <= 0 {
        return Err(Fault::validation("room_id", "must be given"));
    }
    service.roster.of_member(room_id, user_id, "room").await
}

/// Passes a member of the room of an expense and names the room.
///
/// *Errors*: `NOT_FOUND` for a stranger and for no such expense.
pub(super) async fn member_by_expense(
    service: &Service,
    expense_id: i64,
    user_id: i64,
) -> Result<(i64, Arc<Members>), Fault> {
    let room_id = {
        let mut conn = service.db.acquire().await?;
        store::expenses::room_of(&mut conn, expense_id).await?
    };
    let room_id = room_id.ok_or_else(|| Fault::not_found("expense"))?;
    Ok((room_id, service.roster.of_member(room_id, user_id, "expense").await?))
}

/// Passes who may change or delete an expense: its creator, a payer, a room admin.
pub(super) fn edit(expense: &Expense, members: &Members, user_id: i64) -> Result<(), Fault> {
    let is_payer = expense.payers.iter().any(|payer| payer.user_id == user_id);
    if expense.created_by == user_id || is_payer || members.has_admin(user_id) {
        Ok(())
    } else {
        Err(Fault::forbidden("only who recorded or paid the expense or a room admin may do this"))
    }
}

/// Passes who may confirm a share: its debtor, a payee, a room admin.
pub(super) fn confirm(
    expense: &Expense,
    split: &Split,
    members: &Members,
    user_id: i64,
) -> Result<(), Fault> {
    if members.has_admin(user_id) || is_party(expense, split, user_id)? {
        Ok(())
    } else {
        Err(Fault::forbidden("only the debtor, the payee or a room admin may confirm this share"))
    }
}

/// Tells whether a user owes the share or receives it.
pub(super) fn is_party(expense: &Expense, split: &Split, user_id: i64) -> Result<bool, Fault> {
    Ok(split.user_id == user_id || expense.payees_of(split.user_id)?.contains(&user_id))
}
