//! Notes that money of an order went to those to whom a share of a bill is owed. The bill service tells.
//!
//! The money has moved already, so nothing is refused: a disputed share takes it, and what does not fit the debts any
//! more is noted beside them.

use durable::Tx;
use fault::Fault;
use host::Call;
use money::Minor;
use news::{News, Occasion};
use proto::{
    event::v1::{SplitConfirmed, event::Payload},
    expense::v1::SettleShareOnlineRequest,
};

use super::{
    confirm_bill_share::{find_share, tell},
    confirm_split::moved,
    handing_over::{self, Word},
    online_money::{self, Between, ByPerson},
    seal_bill::lock,
};
use crate::{
    service::Service,
    store::{self, Settlement, bill_shares::Share, online::Order},
    wire,
};

/// Settles a share by the money of an order.
///
/// *Errors*: `NOT_FOUND`, `VALIDATION_ERROR`, `STATE_CONFLICT` when the bill is not approved. *Idempotent*: by the
/// order. *Locks*: the room.
pub(crate) async fn settle_share_online(
    service: &Service,
    call: &Call,
    request: &SettleShareOnlineRequest,
) -> Result<(), Fault> {
    let people = online_money::read(&request.parts)?;
    let total = online_money::total(&people)?;
    let members = service.roster.members(room_of(service, request.bill_id).await?).await?;
    let (mut tx, bill) = lock(service, request.bill_id).await?;
    let at = service.clock.now();
    let order = Order {
        order_no: request.order_no.clone(),
        bill_id: bill.id,
        user_id: request.user_id,
        amount_minor: total.get(),
    };
    if !store::online::insert_order(tx.conn(), &order, at).await? {
        return tx.rollback().await;
    }
    let share = find_share(tx.conn(), &bill, request.user_id).await?;
    let occasion = Occasion { room_id: bill.room_id, at, actor_user_id: share.user_id };
    let word = Word { clock: &service.clock, occasion, date: service.today(), bill_id: Some(bill.id) };
    let (mut settlements, news) = hand_over(&mut tx, word, &share, (&order.order_no, total)).await?;
    let mut settled = ByPerson::new();
    for settlement in &settlements {
        let sum = settled.entry(settlement.transfer.to_user_id).or_default();
        *sum = sum.saturating_add(settlement.transfer.amount.get());
    }
    let between = Between { word, bill_id: bill.id, currency: bill.currency, giver_id: share.user_id };
    settlements.extend(online_money::level(between, &people, &settled));
    store::settlements::insert(tx.conn(), &settlements).await?;
    store::online::link(tx.conn(), &order.order_no, &settlements).await?;
    store::balances::apply(tx.conn(), bill.room_id, &moved(&settlements)?).await?;
    tell((&mut tx, call), occasion, &members, (&bill, &share), (news, &settlements)).await?;
    tx.commit().await
}

async fn room_of(service: &Service, bill_id: i64) -> Result<i64, Fault> {
    let mut conn = service.db.acquire().await?;
    let bill = store::bills::find(&mut conn, bill_id).await?.filter(|bill| bill.room_id != 0);
    Ok(bill.ok_or_else(|| Fault::not_found("bill"))?.room_id)
}

/// Hands over what the money is enough for, part by part.
async fn hand_over(
    tx: &mut Tx,
    word: Word<'_>,
    share: &Share,
    (order_no, total): (&str, Minor),
) -> Result<(Vec<Settlement>, News), Fault> {
    let parts = store::bill_shares::parts_of_user(tx.conn(), share.bill_id, share.user_id).await?;
    let open: Vec<_> = parts.into_iter().filter(|part| part.paid < part.debt).collect();
    let expense_ids: Vec<i64> = open.iter().map(|part| part.expense_id).collect();
    let mut expenses = store::expenses::find_many(tx.conn(), &expense_ids).await?;
    let (mut settlements, mut news, mut left) = (Vec::new(), News::default(), total);
    for (part, expense) in open.iter().zip(&mut expenses) {
        let due = part.debt.checked_sub(part.paid).unwrap_or_default().min(left);
        let handed = handing_over::hand_over(word, expense, part.user_id, due)?;
        let amount = Minor::sum(handed.iter().map(|it| it.transfer.amount)).unwrap_or_default();
        left = left.checked_sub(amount).unwrap_or_default();
        let place = (share.bill_id, part.expense_id, part.user_id);
        store::online::move_part(tx.conn(), place, amount.get()).await?;
        let split = expense.splits.iter().find(|split| split.user_id == part.user_id);
        let Some(split) = split.filter(|_| !handed.is_empty()) else { continue };
        store::expenses::confirm_split(tx.conn(), expense, split).await?;
        let split = wire::split(split);
        let uid = format!("split:{}:confirmed:{order_no}", split.id);
        let confirmed_by = word.occasion.actor_user_id;
        let payload = SplitConfirmed { expense_id: expense.id, split: Some(split), confirmed_by };
        news = news.event(word.occasion, uid, Payload::SplitPaymentConfirmed(payload));
        settlements.extend(handed);
    }
    let confirmed = (word.occasion.actor_user_id, word.occasion.at);
    store::bill_shares::confirm_shares(tx.conn(), &expense_ids, share.user_id, confirmed).await?;
    Ok((settlements, news))
}
