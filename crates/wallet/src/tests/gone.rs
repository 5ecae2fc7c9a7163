//! A client hangs up in the middle: all of it is done or nothing, and his key can be sent again.
//!
//! Requests are dropped after pauses of all lengths, from before they were sent to after they were answered, so that
//! some are cut at every place on their way. Where one was cut is not asked, only what became of it.

use std::{future::Future, time::Duration};

use proto::wallet::v1::{
    CheckLedgerRequest, Direction, FreezeAccountRequest, GetBalanceRequest, HoldState, ListEntriesRequest,
    PostBatchRequest, PostLinkedRequest, PostRequest, ReleaseHoldRequest, Rest, UnfreezeAccountRequest,
};
use tokio::{select, time::sleep};

use super::{
    bank::{Bank, placement, post, settlement, transfer, user},
    premises::{premises, wallet},
    scale,
};

/// How often clients hang up.
fn times() -> i64 {
    scale::of(24, 1_000)
}

/// The pauses after which clients hang up, from none to long enough.
fn pauses() -> impl Iterator<Item = (i64, Duration)> {
    let pause = |n: i64| Duration::from_micros((8_000 * n / times()).unsigned_abs());
    (0..times()).map(move |n| (n, pause(n)))
}

/// Works until the pause is over, then drops the work where it is.
async fn hang_up_after<T>(pause: Duration, work: impl Future<Output = T>) {
    select! {
        _ = work => {}
        () = sleep(pause) => {}
    }
}

/// Counts the transfers whose keys begin so, in one look.
async fn count(bank: &Bank, prefix: &str) -> i64 {
    let mut conn = bank.service.db.acquire().await.unwrap();
    sqlx::query_scalar("select count(id) from transfer where starts_with(idempotency_key, $1)")
        .bind(prefix)
        .fetch_one(&mut *conn)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_is_done_or_not_and_can_be_asked_for_again() {
    let premises = premises().await;
    let mut payment = premises.payment();
    for (n, pause) in pauses() {
        let asked = || PostRequest { transfer: Some(transfer(&format!("k{n}"), &user(7), &user(8), 10)) };
        hang_up_after(pause, payment.post(asked())).await;
        payment.post(asked()).await.unwrap();
    }
    let moved = 10 * times();
    assert_eq!(
        (premises.bank.balance(7).await.0, premises.bank.balance(8).await.0),
        (1_000_000 - moved, moved)
    );
    premises.bank.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_is_dropped_within_the_service_is_done_or_not() {
    let premises = premises().await;
    let bank = &premises.bank;
    for (n, pause) in pauses() {
        let asked = || transfer(&format!("k{n}"), &user(7), &user(8), 10);
        hang_up_after(pause / 2, post(&bank.service, asked())).await;
        post(&bank.service, asked()).await.unwrap();
    }
    assert_eq!(bank.balance(8).await.0, 10 * times());
    bank.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_chain_all_links_are_there_or_none() {
    let premises = premises().await;
    let mut payment = premises.payment();
    for (n, pause) in pauses() {
        let link = |name, from, to| transfer(&format!("{n}/{name}"), &user(from), &user(to), 10);
        let transfers = vec![link("a", 7, 8), link("b", 8, 9), link("c", 9, 10)];
        let asked = || PostLinkedRequest { transfers: transfers.clone() };
        hang_up_after(pause, payment.post_linked(asked())).await;
        let links = count(&premises.bank, &format!("{n}/")).await;
        assert!(links == 0 || links == 3, "{links} of 3 links");
        payment.post_linked(asked()).await.unwrap();
        assert_eq!(count(&premises.bank, &format!("{n}/")).await, 3);
    }
    assert_eq!(premises.bank.balance(10).await.0, 10 * times());
    premises.bank.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_there_or_not_and_can_be_asked_for_again() {
    let premises = premises().await;
    let mut payment = premises.payment();
    for (n, pause) in pauses() {
        let one = |m: i64| transfer(&format!("{n}/{m}"), &user(7), &user(8 + m), 1);
        let transfers: Vec<_> = (0..10).map(one).collect();
        let asked = || PostBatchRequest { transfers: transfers.clone() };
        hang_up_after(pause, payment.post_batch(asked())).await;
        let done = count(&premises.bank, &format!("{n}/")).await;
        assert!(done == 0 || done == 10, "{done} of 10 transfers");
        payment.post_batch(asked()).await.unwrap();
        assert_eq!(count(&premises.bank, &format!("{n}/")).await, 10);
    }
    premises.bank.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_placed_settled_and_released_once_however_often_clients_hang_up() {
    let premises = premises().await;
    let mut payment = premises.payment();
    for (n, pause) in pauses() {
        let place = || placement(&format!("hold {n}"), 100);
        hang_up_after(pause, payment.place_hold(place())).await;
        let hold_id = payment.place_hold(place()).await.unwrap().into_inner().hold_id;
        let settle = || settlement(&format!("settle {n}"), hold_id, 30, Rest::Keep);
        hang_up_after(pause, payment.settle_hold(settle())).await;
        payment.settle_hold(settle()).await.unwrap();
        let release = || ReleaseHoldRequest { hold_id };
        hang_up_after(pause, payment.release_hold(release())).await;
        let hold = payment.release_hold(release()).await.unwrap().into_inner().hold.unwrap();
        assert_eq!((hold.state(), hold.settled_minor), (HoldState::Released, 30));
    }
    let settled = 30 * times();
    assert_eq!(premises.bank.balance(7).await, (1_000_000 - settled, 0));
    premises.bank.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_and_its_audit_row_are_there_together_and_once() {
    let premises = premises().await;
    for (n, pause) in pauses().step_by(4) {
        let mut admin = wallet(&premises.served.admin(1).key(&format!("freeze {n}")));
        let freeze = || FreezeAccountRequest { account: Some(user(7)), reason: "stolen phone".to_owned() };
        hang_up_after(pause, admin.freeze_account(freeze())).await;
        admin.freeze_account(freeze()).await.unwrap();
        assert!(premises.bank.holding(7).await.is_frozen);
        let mut admin = wallet(&premises.served.admin(1).key(&format!("unfreeze {n}")));
        let unfreeze = || UnfreezeAccountRequest { account: Some(user(7)), reason: "found".to_owned() };
        hang_up_after(pause, admin.unfreeze_account(unfreeze())).await;
        admin.unfreeze_account(unfreeze()).await.unwrap();
        assert!(!premises.bank.holding(7).await.is_frozen);
    }
    let acts: i64 = sqlx::query_scalar("select count(id) from audit")
        .fetch_one(&mut premises.bank.test_db.owner().await)
        .await
        .unwrap();
    assert_eq!(acts, times() / 4 * 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_who_hang_up_leave_the_service_able_to_read() {
    let premises = premises().await;
    let (mut payment, mut admin) = (premises.payment(), premises.admin());
    for (_, pause) in pauses() {
        let balance = GetBalanceRequest { user_id: 7, currency: String::new() };
        hang_up_after(pause, payment.get_balance(balance)).await;
        let list = ListEntriesRequest {
            account: Some(user(7)),
            direction: Direction::NewestFirst.into(),
            beyond_number: 0,
            limit: 10,
        };
        hang_up_after(pause, payment.list_entries(list)).await;
        hang_up_after(pause, admin.check_ledger(CheckLedgerRequest {})).await;
    }
    let balance = GetBalanceRequest { user_id: 7, currency: String::new() };
    let balance = premises.payment().get_balance(balance).await.unwrap().into_inner();
    assert_eq!(balance.balance_minor, 1_000_000);
}
