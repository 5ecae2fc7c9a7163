//! Many callers at once, of one copy of the service and of two. How many there can be is tried in `load`.

use std::{sync::Arc, time::Duration};

use fault::{Code, Fault};
use futures::future::join_all;
use proto::wallet::v1::{NewTransfer, post_result};
use sqlx::Connection as _;

use super::bank::{alipay, bank, copy, payment, posted, transfer, user};
use crate::{
    operations::{post_batch, post_linked},
    service::Service,
};

/// Posts as a task of its own, so that many are on their way at once.
async fn spawned(service: &Service, transfer: NewTransfer) -> Result<Vec<(i64, i64)>, Fault> {
    let service = service.clone();
    tokio::spawn(async move { posted(&service, transfer).await }).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_share_transactions() {
    let bank = bank().await;
    let posts =
        (0..200).map(|n| spawned(&bank.service, transfer(&format!("k{n}"), &alipay(), &user(n + 1), 5)));
    for answer in join_all(posts).await {
        answer.unwrap();
    }
    let transactions: i64 = sqlx::query_scalar("select count(distinct xmin::text) from transfer")
        .fetch_one(&mut bank.test_db.owner().await)
        .await
        .unwrap();
    assert!(transactions < 100, "{transactions} transactions for 200 transfers");
    bank.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_that_open_the_same_accounts_at_once_agree() {
    let bank = bank().await;
    let second = copy(&bank.test_db, &bank.clock).await;
    let posts = (0..200).map(|n| {
        let service = if n % 2 == 0 { &bank.service } else { &second };
        spawned(service, transfer(&format!("open {n}"), &alipay(), &user(1 + n / 4), 5))
    });
    for answer in join_all(posts).await {
        answer.unwrap();
    }
    for user_id in 1..=50 {
        assert_eq!(bank.balance(user_id).await.0, 20);
    }
    bank.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_somebody_keeps_locked_holds_up_nobody_else_for_long() {
    let bank = bank().await;
    for user_id in 7..=9 {
        bank.fund(&user(user_id), 1_000).await;
    }
    let mut holder = bank.test_db.owner().await;
    let mut lock = holder.begin().await.unwrap();
    sqlx::raw_sql("select id from account where kind = 'user' and owner = '7' for update")
        .execute(&mut *lock)
        .await
        .unwrap();
    let alone = transfer("alone", &user(7), &user(8), 1);
    assert_eq!(bank.refused(alone).await.0, Code::LockTimeout);
    let batch = vec![
        transfer("stuck", &user(7), &user(8), 1),
        transfer("free", &user(8), &user(9), 1),
        transfer("other", &user(9), &user(8), 1),
    ];
    let results = post_batch::run(&bank.service, &payment(), batch).await.unwrap().results;
    let refused: Vec<_> = results
        .iter()
        .map(|result| match result.outcome.as_ref().unwrap() {
            post_result::Outcome::Receipt(_) => "",
            post_result::Outcome::Refusal(refusal) => refusal.code.as_str(),
        })
        .collect();
    assert_eq!(refused, ["LOCK_TIMEOUT", "", ""]);
    lock.rollback().await.unwrap();
    bank.posted(transfer("stuck", &user(7), &user(8), 1)).await.unwrap();
    bank.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_database_refuses_of_one_hinders_no_other() {
    let bank = bank().await;
    bank.fund(&user(7), 1_000).await;
    let mut owner = bank.test_db.owner().await;
    sqlx::raw_sql("alter table transfer add constraint transfer_no_evil check (memo <> 'evil')")
        .execute(&mut owner)
        .await
        .unwrap();
    let posts = (0..40).map(|n| {
        let memo = if n == 17 { "evil" } else { "good" }.to_owned();
        let asked = NewTransfer { memo, ..transfer(&format!("k{n}"), &user(7), &user(8), 1) };
        spawned(&bank.service, asked)
    });
    for (n, answer) in join_all(posts).await.into_iter().enumerate() {
        assert_eq!(answer.map_err(|fault| fault.code()).err(), (n == 17).then_some(Code::DatabaseError));
    }
    assert_eq!(bank.balance(8).await.0, 39);
    bank.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chains_that_break_hinder_nobody_beside_them() {
    let bank = Arc::new(bank().await);
    bank.fund(&user(7), 1_000).await;
    bank.fund(&user(8), 1).await;
    let chains = (0..30).map(|n| {
        let bank = Arc::clone(&bank);
        // Every third chain holds: of the others the last link asks for more than there ever is.
        let last = if n % 3 == 0 { 10 } else { 10_000 };
        let chain = vec![
            transfer(&format!("{n} first"), &user(7), &user(8), 10),
            transfer(&format!("{n} last"), &user(8), &user(9), last),
        ];
        tokio::spawn(async move { bank.linked(chain).await.map(|answer| answer.is_replay) })
    });
    let posts =
        (0..30).map(|n| spawned(&bank.service, transfer(&format!("post {n}"), &user(7), &user(8), 1)));
    let (chains, posts) = tokio::join!(join_all(chains), join_all(posts));
    for (n, chain) in chains.into_iter().enumerate() {
        let expected = if n % 3 == 0 { Ok(false) } else { Err(Code::InsufficientBalance) };
        assert_eq!(chain.unwrap().map_err(|fault| fault.code()), expected, "chain {n}");
    }
    assert!(posts.iter().all(Result::is_ok));
    assert_eq!((bank.balance(7).await.0, bank.balance(8).await.0, bank.balance(9).await.0), (870, 31, 100));
    bank.assert_sound().await;
}

/// Both copies look for the key before either has posted, because somebody holds both up.
#[tokio::test(flavor = "multi_thread")]
async fn two_copies_that_race_for_a_key_agree_on_one_effect() {
    let bank = bank().await;
    let second = copy(&bank.test_db, &bank.clock).await;
    bank.fund(&user(7), 1_000).await;
    bank.fund(&user(8), 1_000).await;
    let mut holder = bank.test_db.owner().await;
    let mut lock = holder.begin().await.unwrap();
    sqlx::raw_sql("select id from account for update").execute(&mut *lock).await.unwrap();
    let race = [bank.service.clone(), second].map(|service| {
        let chain = vec![transfer("race", &user(7), &user(8), 10), transfer("next", &user(8), &user(7), 4)];
        tokio::spawn(async move { post_linked::run(&service, &payment(), chain).await.unwrap() })
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    lock.rollback().await.unwrap();
    let answers: Vec<_> = join_all(race).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| answer.is_replay).count(), 1);
    assert_eq!(answers[0].reply, answers[1].reply);
    assert_eq!((bank.balance(7).await.0, bank.balance(8).await.0), (994, 1_006));
    bank.assert_sound().await;
}
