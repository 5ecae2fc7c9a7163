//! A withdrawal as the payment service leads it: set aside for the user, found by its key, booked to the channel.

use chrono::TimeDelta;
use fault::Code;
use host::timestamp;
use proto::wallet::v1::{
    GetHoldRequest, HoldState, HoldWithdrawalRequest, ListTransactionsRequest, ReleaseHoldRequest, Rest,
    SettleHoldRequest, TransactionType,
};

use super::{ANNA, SECRET, Stage, client, fault};
use crate::tests::bank::alipay;

const KEY: &str = "withdrawal:WDR1";

fn wanted(stage: &Stage) -> HoldWithdrawalRequest {
    HoldWithdrawalRequest {
        idempotency_key: KEY.to_owned(),
        user_id: ANNA,
        amount_minor: 4_000,
        payment_password: SECRET.to_owned(),
        reference: "WDR1".to_owned(),
        memo: "个人消费".to_owned(),
        expires_at: Some(timestamp(stage.clock.now() + TimeDelta::days(365))),
    }
}

fn by_key(key: &str) -> GetHoldRequest {
    GetHoldRequest { hold_id: 0, idempotency_key: key.to_owned() }
}

#[tokio::test]
async fn a_withdrawal_is_found_by_its_key_booked_once_and_listed_as_one() {
    let stage = Stage::rich_anna(10_000).await;
    let mut payment = client(&stage.served.service("payment"));
    assert_eq!(fault(payment.get_hold(by_key(KEY)).await).code(), Code::NotFound);
    let held = stage.payment_for(ANNA).hold_withdrawal(wanted(&stage)).await.unwrap().into_inner();
    let found = payment.get_hold(by_key(KEY)).await.unwrap().into_inner().hold.unwrap();
    assert_eq!((found.id, found.state(), found.amount_minor), (held.hold_id, HoldState::Open, 4_000));
    let settle = SettleHoldRequest {
        idempotency_key: format!("{KEY}:payout"),
        hold_id: held.hold_id,
        amount_minor: 0,
        rest: Rest::Release.into(),
        to: Some(alipay()),
        kind: "withdraw".to_owned(),
        reference: "WDR1".to_owned(),
        memo: "个人消费".to_owned(),
    };
    for _ in 0..2 {
        payment.settle_hold(settle.clone()).await.unwrap();
    }
    assert_eq!(stage.balance(ANNA).await, 6_000);
    let asked = ListTransactionsRequest {
        user_id: ANNA,
        r#type: TransactionType::Withdraw.into(),
        ..ListTransactionsRequest::default()
    };
    let rows = stage.of(ANNA).list_transactions(asked).await.unwrap().into_inner().transactions;
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((row.r#type(), row.amount_minor), (TransactionType::Withdraw, -4_000));
    assert_eq!((row.balance_after_minor, row.counterparty_user_id), (6_000, 0));
    assert_eq!((row.reference.as_str(), row.memo.as_str()), ("WDR1", "个人消费"));
}

#[tokio::test]
async fn what_was_given_back_is_still_found_and_never_listed() {
    let stage = Stage::rich_anna(10_000).await;
    let mut payment = client(&stage.served.service("payment"));
    let hold_id = stage.payment_for(ANNA).hold_withdrawal(wanted(&stage)).await.unwrap().into_inner().hold_id;
    payment.release_hold(ReleaseHoldRequest { hold_id }).await.unwrap();
    let found = payment.get_hold(by_key(KEY)).await.unwrap().into_inner().hold.unwrap();
    assert_eq!((found.id, found.state()), (hold_id, HoldState::Released));
    let asked = ListTransactionsRequest { user_id: ANNA, ..ListTransactionsRequest::default() };
    let rows = stage.of(ANNA).list_transactions(asked).await.unwrap().into_inner().transactions;
    assert_eq!(rows.len(), 1, "the recharge alone");
    let by_owner = stage.payment_for(ANNA).get_hold(by_key(KEY)).await;
    assert_eq!(fault(by_owner).code(), Code::Forbidden, "for services alone");
}
