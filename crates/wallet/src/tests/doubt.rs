//! The connection breaks when a commit is done and its answer is still on the way.

use std::time::Duration;

use proto::wallet::v1::NewTransfer;
use sqlx::postgres::PgConnectOptions;
use testkit::Proxy;
use tokio::time::sleep;

use super::bank::{Bank, alipay, bank, copy, legs, post, transfer, user};
use crate::service::Service;

/// A second copy of the service whose way to the database can be cut.
async fn behind_a_proxy(bank: &mut Bank) -> (Service, Proxy) {
    let options: PgConnectOptions = bank.test_db.url.parse().unwrap();
    let port = options.get_port();
    let proxy = testkit::proxy(&format!("{}:{port}", options.get_host())).await;
    let direct = bank.test_db.url.clone();
    bank.test_db.url = direct.replace(&format!(":{port}"), &format!(":{}", proxy.port()));
    let service = copy(&bank.test_db, &bank.clock).await;
    bank.test_db.url = direct;
    (service, proxy)
}

async fn count(bank: &Bank, key: &str) -> i64 {
    sqlx::query_scalar("select count(id) from transfer where idempotency_key = $1")
        .bind(key)
        .fetch_one(&mut bank.test_db.owner().await)
        .await
        .unwrap()
}

/// Posts; cuts the way back once the transfer is committed. The caller must hear of it all the same.
async fn post_and_cut(bank: &Bank, service: &Service, proxy: &Proxy, asked: NewTransfer) {
    proxy.delay_answers(Duration::from_millis(400));
    let posting = tokio::spawn({
        let (service, asked) = (service.clone(), asked.clone());
        async move { post(&service, asked).await }
    });
    while count(bank, &asked.idempotency_key).await == 0 {
        assert!(!posting.is_finished(), "answered before it was done: {:?}", posting.await);
        sleep(Duration::from_millis(10)).await;
    }
    proxy.refuse(true);
    proxy.delay_answers(Duration::ZERO);
    proxy.refuse(false);
    let answer = posting.await.unwrap().unwrap();
    let again = post(&bank.service, asked.clone()).await.unwrap();
    assert_eq!((again.is_replay, &again.reply), (true, &answer.reply));
    assert_eq!(count(bank, &asked.idempotency_key).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_looked_up_and_nothing_is_done_twice() {
    let mut bank = bank().await;
    bank.fund(&user(7), 1_000).await;
    let (service, proxy) = behind_a_proxy(&mut bank).await;
    // The first opens an account and goes the long way, the second takes one statement, the third has three legs.
    post_and_cut(&bank, &service, &proxy, transfer("long", &user(7), &user(8), 100)).await;
    post_and_cut(&bank, &service, &proxy, transfer("short", &user(7), &user(8), 100)).await;
    let three = legs(&[(user(7), -30), (user(8), 10), (alipay(), 20)]);
    let three = NewTransfer { legs: three, ..transfer("three", &user(7), &user(8), 1) };
    post_and_cut(&bank, &service, &proxy, three).await;
    assert_eq!((bank.balance(7).await.0, bank.balance(8).await.0), (770, 210));
    bank.assert_sound().await;
}
