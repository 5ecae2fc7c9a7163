//! Transfers, payments and withdrawals that users ask for: whose, how much, and with which proof.

use chrono::TimeDelta;
use fault::{Code, Fault};
use futures::future::join_all;
use host::timestamp;
use proto::wallet::v1::{
    Account, FreezeAccountRequest, HoldWithdrawalRequest, PayRequest, ReleaseHoldRequest, Rest,
    SettleHoldRequest, TransferRequest,
};

use super::{ANNA, BEN, NOBODY, SECRET, Stage, client, fault, gift, refused_for};
use crate::tests::bank::{alipay, user};

fn revenue() -> Account {
    Account {
        kind: proto::wallet::v1::AccountKind::Revenue.into(),
        owner: String::new(),
        asset: "CNY".to_owned(),
    }
}

fn payment(stage: &Stage, amount_minor: i64, password: &str) -> PayRequest {
    PayRequest {
        idempotency_key: format!("pay {}", stage.clock.new_uuid()),
        user_id: ANNA,
        to: Some(revenue()),
        amount_minor,
        payment_password: password.to_owned(),
        ..PayRequest::default()
    }
}

fn withdrawal(stage: &Stage, key: &str, amount_minor: i64, password: &str) -> HoldWithdrawalRequest {
    HoldWithdrawalRequest {
        idempotency_key: key.to_owned(),
        user_id: ANNA,
        amount_minor,
        payment_password: password.to_owned(),
        expires_at: Some(timestamp(stage.clock.now() + TimeDelta::days(1))),
        ..HoldWithdrawalRequest::default()
    }
}

async fn pay(stage: &Stage, amount_minor: i64, password: &str) -> Result<(), Fault> {
    stage.payment_for(ANNA).pay(payment(stage, amount_minor, password)).await.map(|_| ()).map_err(Fault::from)
}

#[tokio::test]
async fn a_transfer_moves_money_between_two_users_and_says_what_is_left() {
    let stage = Stage::rich_anna(10_000).await;
    let done = stage.give(2_550, SECRET).await.unwrap().transaction.unwrap();
    assert_eq!(
        (done.amount_minor, done.balance_after_minor, done.counterparty_user_id),
        (-2_550, 7_450, BEN)
    );
    assert_eq!(
        (done.reference.as_str(), done.memo.as_str(), done.currency.as_str()),
        ("rent", "March", "CNY")
    );
    assert_eq!((stage.balance(ANNA).await, stage.balance(BEN).await), (7_450, 2_550));
}

#[tokio::test]
async fn the_same_key_moves_money_once_and_another_request_under_it_is_refused() {
    let stage = Stage::rich_anna(10_000).await;
    let mut anna = client(&stage.served.user(ANNA).key(&"k".repeat(255)));
    let first = anna.transfer(gift(100, SECRET)).await.unwrap().into_inner();
    let again = anna.transfer(gift(100, SECRET)).await.unwrap();
    assert_eq!(again.metadata().get("idempotent-replayed").unwrap(), "true");
    assert_eq!(again.into_inner(), first);
    assert_eq!(fault(anna.transfer(gift(101, SECRET)).await).code(), Code::IdempotencyConflict);
    assert_eq!(stage.balance(BEN).await, 100);
    let (one, two) = (stage.give(5, SECRET).await.unwrap(), stage.give(5, SECRET).await.unwrap());
    assert_ne!(one, two, "without a key each is another one");
}

#[tokio::test]
async fn a_bad_transfer_names_its_field_and_moves_nothing() {
    let stage = Stage::rich_anna(10_000).await;
    let good = gift(100, SECRET);
    let long = |chars| "x".repeat(chars);
    let cases: Vec<(TransferRequest, Code, &str)> = vec![
        (TransferRequest { amount_minor: 0, ..good.clone() }, Code::ValidationError, "amount"),
        (TransferRequest { amount_minor: -5, ..good.clone() }, Code::ValidationError, "amount"),
        (TransferRequest { amount_minor: i64::MIN, ..good.clone() }, Code::ValidationError, "amount"),
        (TransferRequest { amount_minor: i64::MAX, ..good.clone() }, Code::ValidationError, "amount"),
        (TransferRequest { amount_minor: 5_000_001, ..good.clone() }, Code::PaymentLimitExceeded, "amount"),
        (TransferRequest { to_user_id: ANNA, ..good.clone() }, Code::ValidationError, "to_user_id"),
        (TransferRequest { to_user_id: NOBODY, ..good.clone() }, Code::NotFound, "to_user_id"),
        (TransferRequest { to_user_id: 0, ..good.clone() }, Code::ValidationError, "to_user_id"),
        (TransferRequest { to_user_id: -3, ..good.clone() }, Code::ValidationError, "to_user_id"),
        (TransferRequest { user_id: BEN, to_user_id: ANNA, ..good.clone() }, Code::Forbidden, ""),
        (TransferRequest { reason: long(101), ..good.clone() }, Code::ValidationError, "reason"),
        (TransferRequest { description: long(1_001), ..good.clone() }, Code::ValidationError, "description"),
        (TransferRequest { reason: "a\u{7}".to_owned(), ..good.clone() }, Code::ValidationError, "reason"),
        (TransferRequest { amount_minor: 10_001, ..good.clone() }, Code::InsufficientBalance, ""),
        (gift(100, ""), Code::PaymentPasswordError, "payment_password"),
        (gift(100, "river-43"), Code::PaymentPasswordError, "payment_password"),
    ];
    for (request, code, field) in cases {
        let fault = fault(stage.of(ANNA).transfer(request.clone()).await);
        assert_eq!(refused_for(&fault), (code, field), "{request:?}: {fault:?}");
    }
    assert_eq!((stage.balance(ANNA).await, stage.balance(BEN).await), (10_000, 0));
}

#[tokio::test]
async fn an_administrator_moves_nobody_elses_money() {
    let stage = Stage::rich_anna(10_000).await;
    assert_eq!(fault(stage.admin().transfer(gift(1, SECRET)).await).code(), Code::Forbidden);
}

#[tokio::test]
async fn a_frozen_wallet_gives_nothing_and_takes_all() {
    let stage = Stage::rich_anna(10_000).await;
    let freeze = FreezeAccountRequest { account: Some(user(ANNA)), reason: "odd".to_owned() };
    stage.admin().freeze_account(freeze).await.unwrap();
    assert_eq!(stage.give(1, SECRET).await.unwrap_err().code(), Code::AccountFrozen);
    assert_eq!(pay(&stage, 1, "").await.unwrap_err().code(), Code::AccountFrozen);
    stage.fund(ANNA, 5).await;
    assert_eq!(stage.balance(ANNA).await, 10_005);
}

#[tokio::test]
async fn a_day_has_a_limit_and_a_refused_debit_does_not_count() {
    let stage = Stage::rich_anna(30_000_000).await;
    for _ in 0..3 {
        stage.give(5_000_000, SECRET).await.unwrap();
    }
    let too_much = gift(30_000_001, SECRET);
    fault(stage.of(ANNA).transfer(too_much).await);
    stage.give(4_999_999, SECRET).await.unwrap();
    let fault = stage.give(2, SECRET).await.unwrap_err();
    assert_eq!(refused_for(&fault), (Code::PaymentLimitExceeded, "amount"));
    assert!(fault.detail().contains("at most 0.01"), "{fault}");
    stage.give(1, SECRET).await.unwrap();
    // 16:00 UTC is midnight of the business zone.
    stage.clock.advance(TimeDelta::hours(4));
    stage.give(5_000_000, SECRET).await.unwrap();
}

#[tokio::test]
async fn debits_at_once_never_pass_the_limit_of_a_day() {
    let stage = Stage::rich_anna(100_000_000).await;
    stage.give(1, SECRET).await.unwrap();
    let gifts = (0..20).map(|_| stage.give(2_500_000, SECRET));
    let done = join_all(gifts).await;
    assert_eq!(done.iter().filter(|reply| reply.is_ok()).count(), 7);
    assert_eq!(stage.balance(BEN).await, 17_500_001);
}

#[tokio::test]
async fn small_payments_need_no_password_until_their_day_is_full() {
    let stage = Stage::rich_anna(1_000_000).await;
    for _ in 0..5 {
        pay(&stage, 20_000, "").await.unwrap();
    }
    let full = pay(&stage, 1, "").await.unwrap_err();
    assert_eq!(refused_for(&full), (Code::PaymentPasswordError, "payment_password"));
    assert!(full.detail().contains("limit"), "{full}");
    pay(&stage, 1, SECRET).await.unwrap();
    stage.clock.advance(TimeDelta::days(1));
    let large = pay(&stage, 20_001, "").await.unwrap_err();
    assert_eq!(refused_for(&large), (Code::PaymentPasswordError, "payment_password"));
    pay(&stage, 20_000, "").await.unwrap();
    assert_eq!(stage.balance(ANNA).await, 1_000_000 - 120_001);
}

#[tokio::test]
async fn a_payment_does_not_go_to_another_users_wallet() {
    let stage = Stage::rich_anna(1_000).await;
    let request = PayRequest { to: Some(user(BEN)), ..payment(&stage, 5, SECRET) };
    assert_eq!(
        refused_for(&fault(stage.payment_for(ANNA).pay(request).await)),
        (Code::ValidationError, "to")
    );
}

#[tokio::test]
async fn only_the_payment_service_pays_and_withdraws_and_only_for_the_user_himself() {
    let stage = Stage::rich_anna(1_000).await;
    let alone = fault(stage.of(ANNA).pay(payment(&stage, 5, SECRET)).await);
    assert_eq!(alone.code(), Code::Forbidden);
    let other = fault(stage.payment_for(BEN).pay(payment(&stage, 5, SECRET)).await);
    assert_eq!(other.code(), Code::Forbidden);
    let mut nobody = client(&stage.served.service("payment"));
    assert_eq!(fault(nobody.pay(payment(&stage, 5, SECRET)).await).code(), Code::AuthRequired);
}

#[tokio::test]
async fn a_withdrawal_is_held_then_paid_out_or_given_back() {
    let stage = Stage::rich_anna(10_000).await;
    let hold = async |key: &str| {
        let request = withdrawal(&stage, key, 4_000, SECRET);
        stage.payment_for(ANNA).hold_withdrawal(request).await.unwrap().into_inner().hold_id
    };
    let (first, second) = (hold("w1").await, hold("w2").await);
    assert_eq!(hold("w1").await, first);
    assert_eq!(stage.give(2_001, SECRET).await.unwrap_err().code(), Code::InsufficientBalance);
    let mut payment = client(&stage.served.service("payment"));
    let settlement = SettleHoldRequest {
        idempotency_key: "w1 out".to_owned(),
        hold_id: first,
        rest: Rest::Release.into(),
        to: Some(alipay()),
        kind: "withdraw".to_owned(),
        ..SettleHoldRequest::default()
    };
    payment.settle_hold(settlement).await.unwrap();
    payment.release_hold(ReleaseHoldRequest { hold_id: second }).await.unwrap();
    assert_eq!(stage.balance(ANNA).await, 6_000);
    stage.give(6_000, SECRET).await.unwrap();
}

#[tokio::test]
async fn a_withdrawal_always_needs_the_password() {
    let stage = Stage::rich_anna(10_000).await;
    let fault = fault(stage.payment_for(ANNA).hold_withdrawal(withdrawal(&stage, "w", 1, "")).await);
    assert_eq!(refused_for(&fault), (Code::PaymentPasswordError, "payment_password"));
}
