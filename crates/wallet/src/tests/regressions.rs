//! What larger tests once found wrong, each with what should be.

use std::{future::Future, time::Duration};

use fault::{Code, Fault};
use futures::future::join_all;
use host::Answer;
use proto::wallet::v1::{
    Direction, GetBalanceAtRequest, GetTransferRequest, ListEntriesRequest, Rest, post_result,
};
use sqlx::Connection as _;
use tokio::time::sleep;

use super::{
    bank::{Bank, patient_bank, payment, settlement, transfer, user},
    premises::premises,
};
use crate::{
    operations::{post_batch, post_linked, settle_hold},
    service::Service,
};

/// Lets both copies wait for the same rows, so that neither sees the other's key when it begins.
async fn raced<R, F>(bank: &Bank, copies: &[Service], ask: impl Fn(Service) -> F) -> Vec<R>
where
    R: Send + 'static,
    F: Future<Output = R> + Send + 'static,
{
    let mut holder = bank.test_db.owner().await;
    let mut lock = holder.begin().await.unwrap();
    sqlx::raw_sql("select id from account for update").execute(&mut *lock).await.unwrap();
    let race: Vec<_> = copies.iter().map(|copy| tokio::spawn(ask(copy.clone()))).collect();
    sleep(Duration::from_millis(300)).await;
    lock.rollback().await.unwrap();
    join_all(race).await.into_iter().map(Result::unwrap).collect()
}

fn assert_one_effect<R: PartialEq + std::fmt::Debug>(answers: Vec<Result<Answer<R>, Fault>>) {
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| answer.is_replay).count(), 1);
    assert_eq!(answers[0].reply, answers[1].reply);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_that_race_to_settle_a_hold_under_one_key_agree() {
    let (bank, copies) = patient_bank(2).await;
    bank.fund(&user(7), 1_000).await;
    let hold_id = bank.held(100).await;
    let answers = raced(&bank, &copies, |service| async move {
        settle_hold::run(&service, &payment(), settlement("settle", hold_id, 0, Rest::Release)).await
    })
    .await;
    assert_one_effect(answers);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_that_race_to_spend_a_whole_balance_under_one_key_agree() {
    let (bank, copies) = patient_bank(2).await;
    bank.fund(&user(7), 100).await;
    let answers = raced(&bank, &copies, |service| async move {
        let chain = vec![transfer("all", &user(7), &user(8), 100)];
        post_linked::run(&service, &payment(), chain).await
    })
    .await;
    assert_one_effect(answers);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_that_race_with_a_batch_under_the_same_keys_agree() {
    let (bank, copies) = patient_bank(2).await;
    bank.fund(&user(7), 100).await;
    let answers = raced(&bank, &copies, |service| async move {
        let batch = vec![transfer("a", &user(7), &user(8), 60), transfer("b", &user(7), &user(9), 40)];
        post_batch::run(&service, &payment(), batch).await.unwrap().results
    })
    .await;
    for result in answers.into_iter().flatten() {
        assert!(matches!(result.outcome, Some(post_result::Outcome::Receipt(_))), "{result:?}");
    }
}

/// The account is opened after a batch looked for it, and before the batch has its locks.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_another_copy_opens_meanwhile_is_not_taken_for_empty() {
    let (bank, copies) = patient_bank(1).await;
    bank.fund(&user(7), 1_000).await;
    let mut other = bank.test_db.owner().await;
    let mut copy = other.begin().await.unwrap();
    sqlx::raw_sql("lock table account in exclusive mode").execute(&mut *copy).await.unwrap();
    let service = copies[0].clone();
    let batch = tokio::spawn(async move {
        let batch =
            vec![transfer("opens", &user(7), &user(5), 160), transfer("spends", &user(5), &user(7), 42)];
        post_batch::run(&service, &payment(), batch).await.unwrap().results
    });
    sleep(Duration::from_millis(300)).await;
    sqlx::raw_sql(
        "insert into account (id, kind, owner, asset, changed_at, created_at)
         values (1, 'user', '5', 'CNY', now(), now());
         select post_alone(1, 'transfer', 'opens', decode(repeat('00', 32), 'hex'), '', '', '', now(), '{CNY}',
             array[id, 1], '{-160,160}')
         from account where kind = 'user' and owner = '7'",
    )
    .execute(&mut *copy)
    .await
    .unwrap();
    copy.commit().await.unwrap();
    let results = batch.await.unwrap();
    assert!(
        matches!(&results[0].outcome, Some(post_result::Outcome::Refusal(it)) if it.code == "IDEMPOTENCY_CONFLICT"),
        "the batch saw what the other copy did: {results:?}"
    );
    assert!(matches!(results[1].outcome, Some(post_result::Outcome::Receipt(_))), "{results:?}");
}

#[tokio::test]
async fn a_key_that_cannot_be_finds_no_transfer() {
    let premises = premises().await;
    let asked = GetTransferRequest { transfer_id: 0, idempotency_key: "a\0b".to_owned() };
    let fault = Fault::from(premises.payment().get_transfer(asked).await.unwrap_err());
    assert!(matches!(fault.code(), Code::NotFound | Code::ValidationError), "{fault}");
}

#[tokio::test]
async fn long_before_our_era_nobody_had_anything() {
    let premises = premises().await;
    let at = Some(prost_types::Timestamp { seconds: -8_000_000_000_000, nanos: 0 });
    let asked = GetBalanceAtRequest { account: Some(user(7)), at };
    match premises.payment().get_balance_at(asked).await {
        Ok(answer) => assert_eq!(answer.into_inner().balance_minor, 0),
        Err(status) => assert_eq!(Fault::from(status).field(), Some("at")),
    }
}

#[tokio::test]
async fn no_direction_is_refused_for_an_account_without_entries_too() {
    let premises = premises().await;
    let asked = ListEntriesRequest {
        account: Some(user(99)),
        direction: Direction::Unspecified.into(),
        beyond_number: 0,
        limit: 10,
    };
    let fault = Fault::from(premises.payment().list_entries(asked).await.unwrap_err());
    assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some("direction")));
}
