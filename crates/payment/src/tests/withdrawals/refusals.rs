//! Withdrawals that are refused: nothing leaves, everything that was set aside is free again.

use fault::Code;

use super::*;

#[tokio::test]
async fn a_wrong_password_leaves_the_money_and_the_key_free() {
    let world = World::new().await;
    let served = world.served().await;
    let visitor = owner(&served).with("idempotency-key", "k");
    let wrong = WithdrawRequest { payment_password: "wrong".to_owned(), ..wanted(50_000) };
    for password in ["wrong", ""] {
        let wrong = WithdrawRequest { payment_password: password.to_owned(), ..wrong.clone() };
        let refused = withdraw(&visitor, wrong).await.unwrap_err();
        assert_eq!((refused.code(), refused.field()), (Code::PaymentPasswordError, Some("payment_password")));
    }
    world.assert_paid_out(0, 0).await;
    assert_eq!(
        world.count("withdrawal where status = 'failed' and failure_code = 'PAYMENT_PASSWORD_ERROR'").await,
        2
    );
    withdraw(&visitor, wanted(50_000)).await.unwrap();
    world.assert_paid_out(50_000, 1).await;
}

#[tokio::test]
async fn more_than_there_is_is_refused() {
    let world = World::new().await;
    let served = world.served().await;
    let refused = withdraw(&owner(&served), wanted(RICH + 1)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InsufficientBalance);
    world.assert_paid_out(0, 0).await;
}

#[tokio::test]
async fn what_the_provider_refuses_is_back_in_the_wallet_at_once() {
    let world = World::new().await;
    let served = world.served().await;
    let visitor = owner(&served).with("idempotency-key", "k");
    let nobody = WithdrawRequest { account_number: "nobody@sandbox.com".to_owned(), ..wanted(50_000) };
    let refused = withdraw(&visitor, nobody.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::ThirdPartyError);
    assert!(!refused.detail().contains("PAYEE"), "{}", refused.detail());
    world.assert_paid_out(0, 0).await;
    let row = world.all().await.pop().unwrap();
    assert_eq!((row.status.as_str(), row.stage.as_str()), ("failed", "refused"));
    assert!(row.failure.contains("PAYEE_NOT_EXIST"), "{}", row.failure);
    let expected = ["pending/new", "pending/held", "processing/sent", "processing/refused", "failed/refused"];
    assert_eq!(world.history(row.id).await, expected);
    assert_eq!(withdraw(&visitor, nobody).await.unwrap_err().code(), Code::ThirdPartyError, "a new try");
    assert_eq!(world.all().await.len(), 2);
}

#[tokio::test]
async fn a_refusal_whose_money_the_wallet_cannot_give_back_yet_is_given_back_later() {
    let world = World::new().await;
    let copies = [&world.copy().await, &world.copy().await];
    let nobody = WithdrawRequest { account_number: "nobody@sandbox.com".to_owned(), ..wanted(50_000) };
    world.fault("transfer", "timeout_before", 1).await;
    crashes::until_stage(&world, copies[0], nobody, "sent").await;
    world.ledger.books().is_away = true;
    world.sweep(copies, 120).await;
    assert_eq!(world.all().await.pop().unwrap().stage, "refused");
    assert_eq!(world.ledger.wallet(OWNER).1, 50_000);
    world.ledger.books().is_away = false;
    world.sweep(copies, 30).await;
    assert_eq!(world.all().await.pop().unwrap().status, "failed");
    world.assert_paid_out(0, 0).await;
}

#[tokio::test]
async fn bad_input_names_its_field_and_writes_nothing() {
    let world = World::new().await;
    let served = world.served().await;
    let good = wanted(50_000);
    let long = |chars: usize| "x".repeat(chars);
    for (request, field) in [
        (WithdrawRequest { amount_minor: 0, ..good.clone() }, "amount"),
        (WithdrawRequest { amount_minor: -1, ..good.clone() }, "amount"),
        (WithdrawRequest { amount_minor: 9, ..good.clone() }, "amount"),
        (WithdrawRequest { amount_minor: 10_000_000_000, ..good.clone() }, "amount"),
        (WithdrawRequest { method: 0, ..good.clone() }, "method"),
        (WithdrawRequest { method: 9, ..good.clone() }, "method"),
        (WithdrawRequest { account_name: String::new(), ..good.clone() }, "account_name"),
        (WithdrawRequest { account_name: long(101), ..good.clone() }, "account_name"),
        (WithdrawRequest { account_name: "a\u{7}".to_owned(), ..good.clone() }, "account_name"),
        (WithdrawRequest { account_number: String::new(), ..good.clone() }, "account_number"),
        (WithdrawRequest { account_number: long(65), ..good.clone() }, "account_number"),
        (WithdrawRequest { account_number: "6222 0000".to_owned(), ..good.clone() }, "account_number"),
        (WithdrawRequest { account_number: "６２２２".to_owned(), ..good.clone() }, "account_number"),
        (WithdrawRequest { bank_name: String::new(), ..good.clone() }, "bank_name"),
        (WithdrawRequest { bank_name: long(101), ..good.clone() }, "bank_name"),
        (WithdrawRequest { bank_code: "boc".to_owned(), ..good.clone() }, "bank_code"),
        (WithdrawRequest { bank_code: "B".to_owned(), ..good.clone() }, "bank_code"),
        (WithdrawRequest { reason: long(101), ..good.clone() }, "reason"),
    ] {
        let refused = withdraw(&owner(&served), request).await.unwrap_err();
        let code = if field == "amount" { Code::PaymentAmountError } else { Code::ValidationError };
        assert_eq!((refused.code(), refused.field()), (code, Some(field)));
    }
    let stranger = served.user(13).with("x-service-authorization", &world.keys.service("gateway"));
    assert_eq!(withdraw(&stranger, good.clone()).await.unwrap_err().code(), Code::Forbidden);
    assert_eq!(withdraw(&served.admin(1), good).await.unwrap_err().code(), Code::Forbidden);
    assert_eq!((world.all().await.len(), world.ledger.books().holds()), (0, 0));
}

#[tokio::test]
async fn a_channel_that_is_off_is_said_before_anything_is_set_aside() {
    let mut world = World::new().await;
    world.settings.channels.alipay = None;
    let served = world.served().await;
    let refused = withdraw(&owner(&served), wanted(50_000)).await.unwrap_err();
    assert_eq!(refused.code(), Code::ThirdPartyError);
    assert_eq!((world.all().await.len(), world.ledger.books().holds()), (0, 0));
}
