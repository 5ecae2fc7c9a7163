//! Transfers, one by one.

use fault::Code;
use proto::wallet::v1::{AccountKind, NewTransfer, PostResult, post_result};

use super::bank::{account, alipay, bank, legs, payment, post, transfer, user};
use crate::operations::post_batch;

#[tokio::test]
async fn money_goes_from_one_account_to_another_and_opens_those_that_are_missing() {
    let bank = bank().await;
    assert_eq!(
        bank.posted(transfer("in", &alipay(), &user(7), 1_000)).await.unwrap(),
        [(1, -1_000), (1, 1_000)]
    );
    assert_eq!(bank.posted(transfer("on", &user(7), &user(8), 400)).await.unwrap(), [(2, 600), (1, 400)]);
    assert_eq!((bank.balance(7).await, bank.balance(8).await), ((600, 0), (400, 0)));
    bank.assert_sound().await;
}

#[tokio::test]
async fn a_transfer_has_many_legs_and_several_assets() {
    let bank = bank().await;
    let points = |owner: &str| account(AccountKind::User, owner, "POINTS");
    let issued = account(AccountKind::PointsIssued, "", "POINTS");
    let revenue = account(AccountKind::Revenue, "", "CNY");
    let sale = NewTransfer {
        idempotency_key: "sale".to_owned(),
        kind: "points_sold".to_owned(),
        reference: "PAY20260301".to_owned(),
        memo: "一百积分".to_owned(),
        legs: legs(&[(alipay(), -990), (revenue, 990), (issued, -100), (points("7"), 100)]),
    };
    assert_eq!(bank.posted(sale).await.unwrap(), [(1, -990), (1, 990), (1, -100), (1, 100)]);
    let gift = NewTransfer {
        legs: legs(&[(points("7"), -50), (points("8"), 20), (points("9"), 30)]),
        ..transfer("gift", &user(1), &user(2), 1)
    };
    assert_eq!(bank.posted(gift).await.unwrap(), [(2, 50), (1, 20), (1, 30)]);
    bank.assert_sound().await;
}

#[tokio::test]
async fn the_same_request_again_is_answered_as_the_first_time() {
    let bank = bank().await;
    bank.fund(&user(7), 1_000).await;
    let first = post(&bank.service, transfer("rent", &user(7), &user(8), 400)).await.unwrap();
    bank.posted(transfer("more", &user(7), &user(8), 1)).await.unwrap();
    let rows = bank.rows().await;
    let again = post(&bank.service, transfer("rent", &user(7), &user(8), 400)).await.unwrap();
    assert_eq!((first.is_replay, again.is_replay), (false, true));
    assert_eq!(first.reply, again.reply);
    assert_eq!(rows, bank.rows().await);
}

#[tokio::test]
async fn a_key_with_another_content_is_a_conflict() {
    let bank = bank().await;
    bank.fund(&user(7), 1_000).await;
    bank.posted(transfer("rent", &user(7), &user(8), 400)).await.unwrap();
    let rows = bank.rows().await;
    let memo = NewTransfer { memo: "rent".to_owned(), ..transfer("rent", &user(7), &user(8), 400) };
    for other in [
        transfer("rent", &user(7), &user(8), 401),
        transfer("rent", &user(7), &user(9), 400),
        transfer("rent", &user(8), &user(7), 400),
        memo,
    ] {
        assert_eq!(bank.refused(other).await.0, Code::IdempotencyConflict);
    }
    assert_eq!(rows, bank.rows().await);
}

#[tokio::test]
async fn a_refused_transfer_changes_nothing_and_leaves_its_key_free() {
    let bank = bank().await;
    bank.fund(&user(7), 1_000).await;
    let rows = bank.rows().await;
    let (code, detail) = bank.refused(transfer("rent", &user(7), &user(8), 1_001)).await;
    assert_eq!(code, Code::InsufficientBalance);
    assert_eq!(detail, "user:7 CNY: the available balance is smaller than the amount");
    assert_eq!(bank.refused(transfer("rent", &user(99), &user(7), 1)).await.0, Code::InsufficientBalance);
    assert_eq!(rows, bank.rows().await, "not even an account was opened");
    bank.posted(transfer("rent", &user(7), &user(8), 1_000)).await.unwrap();
    bank.assert_sound().await;
}

#[tokio::test]
async fn a_frozen_account_takes_money_in_and_gives_none() {
    let bank = bank().await;
    bank.fund(&user(7), 1_000).await;
    // Both accounts are known, so that a lone transfer between them takes the short way.
    bank.fund(&user(8), 1).await;
    let hold_id = bank.held(100).await;
    bank.freeze(user(7), true).await.unwrap();
    let rows = bank.rows().await;
    let (code, detail) = bank.refused(transfer("out", &user(7), &user(8), 1)).await;
    assert_eq!((code, detail.as_str()), (Code::AccountFrozen, "user:7 CNY: the account is frozen"));
    assert_eq!(bank.hold("new", 1).await.unwrap_err().code(), Code::AccountFrozen);
    assert_eq!(rows, bank.rows().await);
    bank.fund(&user(7), 5).await;
    let settled = bank.settle("old", hold_id, 0, proto::wallet::v1::Rest::Release).await;
    assert!(settled.is_ok(), "what was promised before the freeze is paid: {settled:?}");
    bank.freeze(user(7), false).await.unwrap();
    bank.posted(transfer("out", &user(7), &user(8), 905)).await.unwrap();
    bank.assert_sound().await;
}

#[tokio::test]
async fn only_accounts_that_exist_and_belong_to_somebody_are_frozen() {
    let bank = bank().await;
    assert_eq!(bank.freeze(user(7), true).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(bank.freeze(alipay(), true).await.unwrap_err().field(), Some("account"));
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_the_name_of_its_field() {
    let bank = bank().await;
    bank.fund(&user(7), 1_000).await;
    let rows = bank.rows().await;
    let good = transfer("key", &user(7), &user(8), 1);
    let with =
        |pairs: &[(proto::wallet::v1::Account, i64)]| NewTransfer { legs: legs(pairs), ..good.clone() };
    let bad = |kind, owner, asset| with(&[(user(7), -1), (account(kind, owner, asset), 1)]);
    for (asked, field) in [
        (NewTransfer { idempotency_key: String::new(), ..good.clone() }, "idempotency_key"),
        (NewTransfer { idempotency_key: "k".repeat(256), ..good.clone() }, "idempotency_key"),
        (NewTransfer { idempotency_key: "钥匙".to_owned(), ..good.clone() }, "idempotency_key"),
        (NewTransfer { kind: "Rent!".to_owned(), ..good.clone() }, "kind"),
        (NewTransfer { memo: "x".repeat(201), ..good.clone() }, "memo"),
        (NewTransfer { reference: "a\nb".to_owned(), ..good.clone() }, "reference"),
        (with(&[]), "legs"),
        (with(&[(user(7), -1)]), "legs"),
        (with(&[(user(7), -1), (user(7), 1)]), "legs"),
        (with(&[(user(7), -1), (user(8), 2)]), "legs"),
        (with(&[(user(7), 0), (user(8), 0)]), "legs[0].amount_minor"),
        (with(&[(user(7), -1), (user(8), i64::MIN)]), "legs[1].amount_minor"),
        (with(&[(user(7), -1), (user(8), 1_000_000_000_000_001)]), "legs[1].amount_minor"),
        (bad(AccountKind::Unspecified, "8", "CNY"), "legs[1].account.kind"),
        (bad(AccountKind::User, "08", "CNY"), "legs[1].account.owner"),
        (bad(AccountKind::User, "-8", "CNY"), "legs[1].account.owner"),
        (bad(AccountKind::User, "", "CNY"), "legs[1].account.owner"),
        (bad(AccountKind::Channel, "paypal", "CNY"), "legs[1].account.owner"),
        (bad(AccountKind::Revenue, "8", "CNY"), "legs[1].account.owner"),
        (bad(AccountKind::User, "8", "cny"), "legs[1].account.asset"),
        (bad(AccountKind::User, "8", ""), "legs[1].account.asset"),
        (bad(AccountKind::PointsIssued, "", "CNY"), "legs[1].account.asset"),
        (bad(AccountKind::Channel, "alipay", "POINTS"), "legs[1].account.asset"),
        (bad(AccountKind::User, "8", "EUR"), "legs"),
    ] {
        let fault = post(&bank.service, asked.clone()).await.unwrap_err();
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some(field)), "{asked:?}: {fault}");
    }
    assert_eq!(rows, bank.rows().await);
}

#[tokio::test]
async fn a_balance_stays_within_its_bound() {
    let bank = bank().await;
    bank.fund(&user(7), 1_000).await;
    let mut owner = bank.test_db.owner().await;
    sqlx::raw_sql("update account set balance_minor = 1000000000000000000 where kind = 'user'")
        .execute(&mut owner)
        .await
        .unwrap();
    let (code, detail) = bank.refused(transfer("more", &alipay(), &user(7), 1)).await;
    assert_eq!(
        (code, detail.as_str()),
        (Code::StateConflict, "user:7 CNY: the balance would pass its bound")
    );
}

#[tokio::test]
async fn each_transfer_of_a_batch_has_its_own_answer() {
    let bank = bank().await;
    bank.fund(&user(7), 100).await;
    let batch = vec![
        transfer("a", &user(7), &user(8), 60),
        transfer("b", &user(7), &user(8), 60),
        transfer("c", &user(8), &user(8), 1),
        transfer("a", &user(7), &user(8), 60),
        transfer("d", &user(8), &user(9), 50),
        transfer("a", &user(7), &user(8), 61),
    ];
    let results = post_batch::run(&bank.service, &payment(), batch).await.unwrap().results;
    let said: Vec<String> = results.iter().map(said).collect();
    assert_eq!(
        said,
        ["done", "INSUFFICIENT_BALANCE", "VALIDATION_ERROR", "done before", "done", "IDEMPOTENCY_CONFLICT"]
    );
    assert_eq!((bank.balance(7).await.0, bank.balance(8).await.0, bank.balance(9).await.0), (40, 10, 50));
    bank.assert_sound().await;
}

fn said(result: &PostResult) -> String {
    match result.outcome.as_ref().unwrap() {
        post_result::Outcome::Receipt(_) if result.is_replay => "done before".to_owned(),
        post_result::Outcome::Receipt(_) => "done".to_owned(),
        post_result::Outcome::Refusal(refusal) => refusal.code.clone(),
    }
}

#[tokio::test]
async fn what_a_refused_transfer_of_a_batch_had_moved_is_taken_back() {
    let bank = bank().await;
    bank.fund(&user(7), 100).await;
    let late = |key: &str, amount| NewTransfer {
        legs: legs(&[(user(8), amount), (user(9), 1), (user(7), -amount - 1)]),
        ..transfer(key, &user(7), &user(8), 1)
    };
    let batch = vec![late("a", 100), late("b", 20), late("a", 101), transfer("d", &user(8), &user(7), 20)];
    let results = post_batch::run(&bank.service, &payment(), batch).await.unwrap().results;
    let said: Vec<String> = results.iter().map(said).collect();
    assert_eq!(said, ["INSUFFICIENT_BALANCE", "done", "INSUFFICIENT_BALANCE", "done"]);
    assert_eq!((bank.balance(7).await.0, bank.balance(8).await.0, bank.balance(9).await.0), (99, 0, 1));
    bank.assert_sound().await;
}

#[tokio::test]
async fn a_batch_has_1_to_100_transfers() {
    let bank = bank().await;
    for (count, code) in [(0, Code::ValidationError), (101, Code::BatchLimitExceeded)] {
        let batch = vec![transfer("a", &alipay(), &user(8), 60); count];
        let fault = post_batch::run(&bank.service, &payment(), batch).await.unwrap_err();
        assert_eq!((fault.code(), fault.field()), (code, Some("transfers")));
    }
}
