//! Fixes the division of an approved bill in the expenses behind it. The bill service asks.

use durable::Tx;
use fault::Fault;
use host::Call;
use money::Minor;
use prost::Message as _;
use proto::expense::v1::{AllocatedShare, SealBillRequest};
use serde_json::json;

use super::{
    record::{self, Act},
    seal_division::{self, Division},
};
use crate::{
    domain::Part,
    service::Service,
    store::{
        self, Action, Expense,
        bills::{Bill, State},
        changes::Movements,
        expenses::Change,
        insertion::Entry,
    },
    wire,
};
use news::{News, Occasion};

/// Divides the expenses of a bill so that each user's parts add up to his share of it, for ever.
///
/// *Errors*: `NOT_FOUND`, `VALIDATION_ERROR` on
/// `shares`, `STATE_CONFLICT` for a released bill, other shares than those sealed before, or a user who has left.
/// *Idempotent*: by bill id and shares. *Locks*: the room.
pub(crate) async fn seal_bill(
    service: &Service,
    call: &Call,
    request: &SealBillRequest,
) -> Result<(), Fault> {
    let actor_user_id = call.caller.scope();
    let targets = targets(&request.shares)?;
    let (mut tx, bill) = lock(service, request.bill_id).await?;
    match bill.state {
        State::Allocated => {}
        State::Sealed => return same(&mut tx, &bill, &targets).await,
        State::Released => return Err(Fault::conflict(format!("bill {} holds no expenses", bill.id))),
    }
    let expense_ids: Vec<i64> = bill.items.iter().map(|item| item.expense_id).collect();
    let expenses = store::expenses::find_many(tx.conn(), &expense_ids).await?;
    let sealed = store::bills::parts_of_expenses(tx.conn(), &expense_ids).await?;
    let division = seal_division::divide(&service.clock, &bill, &expenses, &sealed, &targets)?;

    let occasion = Occasion { room_id: bill.room_id, at: service.clock.now(), actor_user_id };
    redivide(&mut tx, occasion, &expenses, &division).await?;
    store::bill_shares::lower_debts(tx.conn(), &division.lowered).await?;
    store::bills::write_division(tx.conn(), bill.id, &division.parts, &division.shares).await?;
    if !store::bills::step(tx.conn(), bill.id, State::Allocated, State::Sealed).await? {
        return Err(Fault::conflict(format!("bill {} was changed meanwhile", bill.id)));
    }
    audit(&mut tx, call, &bill, &targets).await?;
    tx.commit().await
}

/// Locks the room of a bill and reads the bill. *Errors*: `NOT_FOUND`.
pub(super) async fn lock(service: &Service, bill_id: i64) -> Result<(Tx, Bill), Fault> {
    let known = {
        let mut conn = service.db.acquire().await?;
        store::bills::find(&mut conn, bill_id).await?
    };
    let known = known.filter(|bill| bill.room_id != 0);
    let room_id = known.ok_or_else(|| Fault::not_found("bill"))?.room_id;
    let mut tx = service.db.begin().await?;
    store::ledger::lock(tx.conn(), room_id).await?;
    let bill = store::bills::find(tx.conn(), bill_id).await?.ok_or_else(|| Fault::not_found("bill"))?;
    Ok((tx, bill))
}

fn targets(shares: &[AllocatedShare]) -> Result<Vec<Part>, Fault> {
    let mut targets: Vec<Part> =
        shares.iter().map(|share| Part::new(share.user_id, Minor::new(share.amount_minor))).collect();
    targets.sort_unstable();
    if targets.windows(2).any(|pair| matches!(pair, [one, next] if one.user_id == next.user_id)) {
        return Err(Fault::validation("shares", "name a user twice"));
    }
    Ok(targets)
}

/// Passes a second sealing with the shares of the first.
async fn same(tx: &mut Tx, bill: &Bill, targets: &[Part]) -> Result<(), Fault> {
    let shares = store::bill_shares::shares(tx.conn(), &[bill.id]).await?;
    let sealed: Vec<Part> =
        shares.iter().map(|share| Part::new(share.user_id, Minor::new(share.amount_minor))).collect();
    if sealed == targets {
        return Ok(());
    }
    Err(Fault::conflict(format!("bill {} is approved with other shares", bill.id)))
}

async fn redivide(
    tx: &mut Tx,
    occasion: Occasion,
    before: &[Expense],
    division: &Division,
) -> Result<(), Fault> {
    let mut movements = Movements::default();
    let mut news = News::default();
    let change =
        Change { action: Action::DividedByBill, actor_user_id: occasion.actor_user_id, at: occasion.at };
    for (old, new) in before.iter().zip(&division.expenses) {
        movements.take_back(old)?;
        movements.add(new)?;
        let new = Expense { version: old.version.saturating_add(1), updated_at: occasion.at, ..new.clone() };
        if old.splits != new.splits {
            let uid = format!("expense:{}:updated:{}", new.id, new.version);
            let payload = proto::event::v1::event::Payload::ExpenseUpdated(wire::expense(&new));
            news = news.event(occasion, uid, payload);
        }
        let snapshot = wire::expense(&new).encode_to_vec();
        store::expenses::replace(tx.conn(), old, &Entry { expense: new, snapshot }, change).await?;
    }
    store::ledger::lock(tx.conn(), occasion.room_id).await?.admit(movements.users())?;
    store::balances::apply(tx.conn(), occasion.room_id, &movements).await?;
    news.send(tx.conn(), occasion.room_id).await
}

async fn audit(tx: &mut Tx, call: &Call, bill: &Bill, targets: &[Part]) -> Result<(), Fault> {
    let shares: Vec<_> = targets
        .iter()
        .map(|target| json!({ "user_id": target.user_id, "amount_minor": target.amount.get() }))
        .collect();
    let act = Act {
        action: "bill.sealed",
        subject: format!("bill:{}", bill.id),
        before: None,
        after: Some(json!({ "room_id": bill.room_id, "currency": bill.currency.as_str(), "shares": shares })),
    };
    record::act(tx.conn(), call, act).await
}
