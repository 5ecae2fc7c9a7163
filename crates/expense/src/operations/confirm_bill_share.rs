//! Confirms that a share of a sealed bill has been handed over: by its debtor, its payee or a room admin.
//!
//! What is confirmed are the shares of the expenses behind it, each as far as the bill holds it.

use durable::{Connection, Tx};
use fault::Fault;
use host::Call;
use money::Minor;
use proto::{
    event::v1::{SplitConfirmed, event::Payload},
    expense::v1::ConfirmBillShareResponse,
    user::v1::{NotificationFacts, NotificationType},
};
use serde_json::json;

use super::{
    confirm_split::moved,
    handing_over::{self, Word},
    record::{self, Act},
    seal_bill::lock,
};
use crate::{
    service::Service,
    store::{
        self, Settlement,
        bill_shares::Share,
        bills::{Bill, State},
    },
    wire,
};
use news::{News, Occasion};
use roster::Members;

/// Confirms all that is open of a user's share of a bill.
///
/// *Errors*: `NOT_FOUND`, also for a stranger; `FORBIDDEN`; `STATE_CONFLICT` when the bill is not approved, the
/// share is frozen or owes nothing. *Idempotent*: a share that is paid stays as it is. *Locks*: the room.
pub(crate) async fn confirm_bill_share(
    service: &Service,
    call: &Call,
    bill_id: i64,
    user_id: i64,
) -> Result<ConfirmBillShareResponse, Fault> {
    let caller_id = call.caller.user()?.id;
    let members = member_by_bill(service, bill_id, caller_id).await?;
    let (mut tx, bill) = lock(service, bill_id).await?;
    let share = find_share(tx.conn(), &bill, user_id).await?;
    may_confirm(&mut tx, &members, &share, caller_id).await?;
    let occasion = Occasion { room_id: bill.room_id, at: service.clock.now(), actor_user_id: caller_id };
    let word = Word { clock: &service.clock, occasion, date: service.today(), bill_id: Some(bill_id) };
    let (settlements, news) = hand_over(&mut tx, word, &share).await?;
    if !settlements.is_empty() {
        let movements = moved(&settlements)?;
        store::ledger::lock(tx.conn(), bill.room_id).await?.admit(movements.users())?;
        store::settlements::insert(tx.conn(), &settlements).await?;
        store::balances::apply(tx.conn(), bill.room_id, &movements).await?;
        tell((&mut tx, call), occasion, &members, (&bill, &share), (news, &settlements)).await?;
    }
    let share = find_share(tx.conn(), &bill, user_id).await?;
    tx.commit().await?;
    let transfers = settlements.iter().map(|settlement| wire::transfer(settlement.transfer)).collect();
    Ok(ConfirmBillShareResponse { share: Some(wire::bill_share(&share)), transfers })
}

/// Passes a member of the room of a bill. *Errors*: `NOT_FOUND` for a stranger and for no such bill.
pub(super) async fn member_by_bill(
    service: &Service,
    bill_id: i64,
    user_id: i64,
) -> Result<std::sync::Arc<Members>, Fault> {
    let bill = {
        let mut conn = service.db.acquire().await?;
        store::bills::find(&mut conn, bill_id).await?
    };
    let bill = bill.filter(|bill| bill.room_id != 0).ok_or_else(|| Fault::not_found("bill"))?;
    service.roster.of_member(bill.room_id, user_id, "bill").await
}

/// Finds a user's share of a sealed bill. *Errors*: `STATE_CONFLICT`, `NOT_FOUND`.
pub(super) async fn find_share(conn: &mut Connection, bill: &Bill, user_id: i64) -> Result<Share, Fault> {
    if bill.state != State::Sealed {
        return Err(Fault::conflict(format!("bill {} is not approved", bill.id)));
    }
    let shares = store::bill_shares::shares(conn, &[bill.id]).await?;
    shares.into_iter().find(|share| share.user_id == user_id).ok_or_else(|| Fault::not_found("split"))
}

async fn may_confirm(tx: &mut Tx, members: &Members, share: &Share, caller_id: i64) -> Result<(), Fault> {
    let is_party = share.user_id == caller_id || share.payee_user_ids.contains(&caller_id);
    if !is_party && !members.has_admin(caller_id) {
        return Err(Fault::forbidden("only the debtor, the payee or a room admin may confirm this share"));
    }
    if share.debt_minor == 0 {
        return Err(Fault::conflict("nothing is owed for this share"));
    }
    match store::disputes::freezing_bill_share(tx.conn(), share.bill_id, share.user_id).await? {
        Some(dispute) => Err(Fault::conflict(format!(
            "the share is frozen by dispute {dispute} until a room admin decides"
        ))),
        None => Ok(()),
    }
}

/// Hands over what is open of the parts behind a share, and notes it in expenses and parts.
async fn hand_over(tx: &mut Tx, word: Word<'_>, share: &Share) -> Result<(Vec<Settlement>, News), Fault> {
    let parts = store::bill_shares::parts_of_user(tx.conn(), share.bill_id, share.user_id).await?;
    let open: Vec<_> = parts.into_iter().filter(|part| part.paid < part.debt).collect();
    let expense_ids: Vec<i64> = open.iter().map(|part| part.expense_id).collect();
    let mut expenses = store::expenses::find_many(tx.conn(), &expense_ids).await?;
    let (mut settlements, mut news) = (Vec::new(), News::default());
    for (part, expense) in open.iter().zip(&mut expenses) {
        let due = part.debt.checked_sub(part.paid).unwrap_or_default();
        let handed = handing_over::hand_over(word, expense, part.user_id, due)?;
        store::bill_shares::mark_parts_paid(tx.conn(), part.expense_id, part.user_id, Some(share.bill_id))
            .await?;
        let split = expense.splits.iter().find(|split| split.user_id == part.user_id);
        let Some(split) = split.filter(|_| !handed.is_empty()) else { continue };
        store::expenses::confirm_split(tx.conn(), expense, split).await?;
        let payload = SplitConfirmed {
            expense_id: expense.id,
            split: Some(wire::split(split)),
            confirmed_by: word.occasion.actor_user_id,
        };
        let uid = format!("split:{}:confirmed:{}", split.id, split.paid.get());
        news = news.event(word.occasion, uid, Payload::SplitPaymentConfirmed(payload));
        settlements.extend(handed);
    }
    let confirmed = (word.occasion.actor_user_id, word.occasion.at);
    store::bill_shares::confirm_shares(tx.conn(), &expense_ids, share.user_id, confirmed).await?;
    Ok((settlements, news))
}

/// Tells the payees and writes the audit row.
pub(super) async fn tell(
    (tx, call): (&mut Tx, &Call),
    occasion: Occasion,
    members: &Members,
    (bill, share): (&Bill, &Share),
    (mut news, settlements): (News, &[Settlement]),
) -> Result<(), Fault> {
    for payee in &share.payee_user_ids {
        let received =
            settlements.iter().filter(|it| it.transfer.to_user_id == *payee).map(|it| it.transfer.amount);
        let amount = Minor::sum(received).unwrap_or_default();
        if amount.is_zero() {
            continue;
        }
        let facts = NotificationFacts {
            room_id: occasion.room_id,
            room_name: members.room_name.clone(),
            bill_id: bill.id,
            amount_minor: amount.get(),
            currency: bill.currency.as_str().to_owned(),
            actor_user_id: occasion.actor_user_id,
            ..NotificationFacts::default()
        };
        let uid = format!("bill_share_paid:{}:{}:{}", bill.id, share.user_id, share.paid_minor);
        news = news.notify([*payee], NotificationType::SharePaid, &uid, &facts);
    }
    news.send(tx.conn(), occasion.room_id).await?;
    let amounts = settlements.iter().map(|settlement| settlement.transfer.amount);
    let act = Act {
        action: "bill_share.confirmed",
        subject: format!("bill:{}", bill.id),
        before: None,
        after: Some(json!({
            "user_id": share.user_id,
            "currency": bill.currency.as_str(),
            "handed_over_minor": Minor::sum(amounts).unwrap_or_default().get(),
        })),
    };
    record::act(tx.conn(), call, act).await
}
