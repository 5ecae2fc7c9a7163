//! Withdrawals that go well: paid out once, booked once, answered the same again.

use super::*;

#[tokio::test]
async fn money_is_set_aside_paid_out_once_and_booked() {
    let world = World::new().await;
    let served = world.served().await;
    let made = withdraw(&owner(&served), wanted(50_000)).await.unwrap();
    assert_eq!((made.status(), made.amount_minor, made.fee_minor), (WithdrawalStatus::Success, 50_000, 0));
    assert!(made.withdrawal_no.starts_with("WDR") && !made.transaction_id.is_empty());
    assert_eq!((made.masked_number.as_str(), made.method()), ("****0000", WithdrawMethod::Bank));
    world.assert_paid_out(50_000, 1).await;
    let expected = ["pending/new", "pending/held", "processing/sent", "processing/paid", "success/paid"];
    assert_eq!(world.history(made.id).await, expected);
    assert_eq!(world.count("audit where subject like 'withdrawal:%'").await, 5);
    assert_eq!(world.count("payment_record where withdrawal_id is not null").await, 1);
}

#[tokio::test]
async fn every_method_of_the_document_is_paid_out_in_development() {
    let world = World::new().await;
    let served = world.served().await;
    for method in [WithdrawMethod::Bank, WithdrawMethod::Alipay, WithdrawMethod::Wechat] {
        let request = WithdrawRequest { method: method.into(), ..wanted(10) };
        let made = withdraw(&owner(&served), request).await.unwrap();
        assert_eq!(made.status(), WithdrawalStatus::Success, "{method:?}");
    }
    world.assert_paid_out(30, 3).await;
}

#[tokio::test]
async fn in_production_only_what_the_channel_reaches_is_offered() {
    let mut world = World::new().await;
    world.settings.channels.explains = false;
    let served = world.served().await;
    for method in [WithdrawMethod::Bank, WithdrawMethod::Wechat] {
        let request = WithdrawRequest { method: method.into(), ..wanted(1_000) };
        let refused = withdraw(&owner(&served), request).await.unwrap_err();
        assert_eq!(refused.field(), Some("method"));
    }
    let request = WithdrawRequest { method: WithdrawMethod::Alipay.into(), ..wanted(1_000) };
    withdraw(&owner(&served), request).await.unwrap();
    world.assert_paid_out(1_000, 1).await;
}

#[tokio::test]
async fn the_same_key_gives_the_same_withdrawal_however_often_and_whenever() {
    let world = World::new().await;
    let served = world.served().await;
    let visitor = || owner(&served).with("idempotency-key", "k");
    let (first, is_replay) = answered(&visitor(), wanted(50_000)).await.unwrap();
    assert!(!is_replay);
    world.clock.advance(TimeDelta::minutes(5));
    // Whatever the password is: it is no part of what was asked for.
    let again = WithdrawRequest { payment_password: "other".to_owned(), ..wanted(50_000) };
    assert_eq!(answered(&visitor(), again).await.unwrap(), (first, true));
    let other = withdraw(&visitor(), wanted(50_001)).await.unwrap_err();
    assert_eq!(other.code(), fault::Code::IdempotencyConflict);
    world.assert_paid_out(50_000, 1).await;
}

#[tokio::test]
async fn many_with_the_same_key_at_once_are_one_withdrawal() {
    let world = World::new().await;
    let copies = [world.served().await, world.served().await];
    let mut asking = tokio::task::JoinSet::new();
    for at in 0..16 {
        let visitor = owner(&copies[at % 2]).with("idempotency-key", "k");
        asking.spawn(async move { withdraw(&visitor, wanted(50_000)).await });
    }
    for answer in asking.join_all().await {
        match answer {
            Ok(made) => assert_eq!(made.status(), WithdrawalStatus::Success),
            Err(fault) => assert_eq!(fault.code(), fault::Code::IdempotencyInProgress, "{fault}"),
        }
    }
    world.assert_paid_out(50_000, 1).await;
}

#[tokio::test]
async fn many_at_once_never_take_more_than_there_is() {
    let world = World::new().await;
    let served = world.served().await;
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let visitor = owner(&served);
        asking.spawn(async move { withdraw(&visitor, wanted(RICH / 8)).await });
    }
    let paid = asking.join_all().await.into_iter().flatten().count();
    assert_eq!(paid, 8);
    world.assert_paid_out(RICH, 8).await;
}
