//! As many callers as there can be, of several copies of the service on one database.
//!
//! `scale` says how many.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use fault::{Code, Fault};
use futures::future::join_all;
use proto::wallet::v1::{NewTransfer, post_result};
use tokio::time::sleep;

use super::{
    bank::{Bank, alipay, patient_bank, payment, post, posted, transfer, user},
    scale,
};
use crate::{
    operations::{check_ledger, post_batch, post_linked},
    service::Service,
};

/// Runs each as a task of its own, so that all are on their way at once.
async fn at_once<T: Send + 'static>(
    works: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let running: Vec<_> = works.into_iter().map(tokio::spawn).collect();
    join_all(running).await.into_iter().map(Result::unwrap).collect()
}

/// Posts a transfer by one of the three ways to do so.
async fn spend(service: Service, way: usize, asked: NewTransfer) -> Result<(), Code> {
    let done = match way % 3 {
        0 => post(&service, asked).await.map(|_| ()),
        1 => post_linked::run(&service, &payment(), vec![asked]).await.map(|_| ()),
        _ => {
            let results = post_batch::run(&service, &payment(), vec![asked]).await.unwrap().results;
            return match results[0].outcome.as_ref().unwrap() {
                post_result::Outcome::Receipt(_) => Ok(()),
                post_result::Outcome::Refusal(refusal) => Err(Code::parse(&refusal.code).unwrap()),
            };
        }
    };
    done.map_err(|fault| fault.code())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_who_spend_a_whole_balance_exactly_one_succeeds() {
    let rounds = scale::of(25, 500);
    let (bank, copies) = patient_bank(2).await;
    for round in 0..rounds {
        bank.fund(&user(7), 100).await;
        let spends = (0..200).map(|n| {
            let asked = transfer(&format!("{round}-{n}"), &user(7), &user(8), 100);
            spend(copies[n % 2].clone(), n / 2, asked)
        });
        let (done, refused): (Vec<_>, Vec<_>) = at_once(spends).await.into_iter().partition(Result::is_ok);
        assert_eq!((done.len(), refused.len()), (1, 199), "round {round}");
        assert!(refused.iter().all(|code| *code == Err(Code::InsufficientBalance)), "{refused:?}");
        assert_eq!((bank.balance(7).await.0, bank.balance(8).await.0), (0, 100 * (round + 1)));
    }
    bank.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn storms_there_and_back_never_show_a_deadlock() {
    const AT_ONCE: usize = 300;
    let waves = scale::of(4, 200);
    let (bank, copies) = patient_bank(3).await;
    let users = [user(7), user(8), user(9)];
    for user in &users {
        bank.fund(user, 1_000_000).await;
    }
    for wave in 0..waves {
        let storm = (0..AT_ONCE).map(|n| {
            let service = copies[n % 3].clone();
            // There, back, and in both directions round the circle.
            let from = n % 2;
            let to = if n % 4 < 2 { 1 - from } else { 2 };
            let (from, to) = if n % 5 == 0 { (to, from) } else { (from, to) };
            let first = transfer(&format!("{wave}/{n}"), &users[from], &users[to], 7);
            let back = transfer(&format!("{wave}/{n} back"), &users[to], &users[from], 7);
            async move {
                if n % 7 == 0 {
                    post_linked::run(&service, &payment(), vec![first, back]).await.map(|_| ())
                } else {
                    post(&service, first).await?;
                    post(&service, back).await.map(|_| ())
                }
            }
        });
        for answer in at_once(storm).await {
            answer.unwrap();
        }
    }
    for user_id in 7..=9 {
        assert_eq!(bank.balance(user_id).await.0, 1_000_000);
    }
    bank.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_on_one_database_open_and_freeze_and_pay_beside_each_other() {
    let rounds = scale::of(10, 100);
    let (bank, copies) = patient_bank(2).await;
    for round in 0..rounds {
        let fresh = user(1_000 + round);
        let works = (0..60_usize).map(|n| {
            let (service, fresh) = (copies[n % 2].clone(), fresh.clone());
            async move {
                let asked = transfer(&format!("{round} {}", n / 2), &alipay(), &fresh, 5);
                posted(&service, asked).await
            }
        });
        let (answers, frozen) = tokio::join!(at_once(works), async {
            sleep(Duration::from_millis(1)).await;
            bank.freeze(fresh.clone(), true).await.map_err(|fault| fault.code())
        });
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert!(answers.chunks(2).all(|pair| pair[0] == pair[1]), "each was asked of both copies");
        assert!(frozen == Ok(()) || frozen == Err(Code::NotFound), "{frozen:?}");
        assert_eq!(bank.balance(1_000 + round).await.0, 150);
    }
    bank.assert_sound().await;
}

/// What a client of the bank did, as far as it was told so: for each wallet what it got or gave.
type Tally = Vec<i64>;

const WALLETS: usize = 50;
const EACH: i64 = 10_000;
const CLIENTS: usize = 64;

fn wallet(place: usize) -> i64 {
    1 + i64::try_from(place % WALLETS).unwrap()
}

/// Money goes round among fifty wallets, with somebody who looks at the total and the books all the time.
#[tokio::test(flavor = "multi_thread")]
async fn money_goes_round_and_none_is_made_or_lost() {
    let turns = scale::of(12_800, 200_000) / CLIENTS;
    let (bank, copies) = patient_bank(2).await;
    for place in 0..WALLETS {
        bank.fund(&user(wallet(place)), EACH).await;
    }
    let (bank, is_over) = (Arc::new(bank), Arc::new(AtomicBool::new(false)));
    let watching = tokio::spawn(watch(Arc::clone(&bank), Arc::clone(&is_over)));
    let clients = (0..CLIENTS).map(|number| client(copies[number % 2].clone(), number, turns));
    let tallies: Vec<Tally> = at_once(clients).await.into_iter().map(Result::unwrap).collect();
    is_over.store(true, Ordering::Relaxed);
    let looks = watching.await.unwrap();
    assert!(looks > 3, "nobody looked");
    for place in 0..WALLETS {
        let moved: i64 = tallies.iter().map(|tally| tally[place]).sum();
        assert_eq!(bank.balance(wallet(place)).await.0, EACH + moved, "wallet {place}");
    }
    bank.assert_sound().await;
}

/// Posts one transfer after the other.
async fn client(service: Service, number: usize, turns: usize) -> Result<Tally, Fault> {
    let mut tally = vec![0; WALLETS];
    for turn in 0..turns {
        let from = (number * 7 + turn * 13) % WALLETS;
        let to = (from + 1 + turn % (WALLETS - 1)) % WALLETS;
        let amount = 1 + i64::try_from(turn * 11 % 4_000).unwrap();
        let key = format!("{number}/{turn}");
        match posted(&service, transfer(&key, &user(wallet(from)), &user(wallet(to)), amount)).await {
            Ok(_) => {
                tally[from] -= amount;
                tally[to] += amount;
            }
            Err(fault) if fault.code() == Code::InsufficientBalance => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(tally)
}

/// Looks at the total until it is over, and at the whole books now and then; tells how often.
async fn watch(bank: Arc<Bank>, is_over: Arc<AtomicBool>) -> usize {
    let mut owner = bank.test_db.owner().await;
    let expected = EACH * i64::try_from(WALLETS).unwrap();
    let mut looks = 0;
    while !is_over.load(Ordering::Relaxed) {
        let total: i64 =
            sqlx::query_scalar("select sum(balance_minor)::bigint from account where kind = 'user'")
                .fetch_one(&mut owner)
                .await
                .unwrap();
        assert_eq!(total, expected);
        if looks % 100 == 20 {
            let proof = check_ledger::run(&bank.service.db).await.unwrap();
            assert!(proof.is_sound(), "{proof:?}");
        }
        looks += 1;
        sleep(Duration::from_millis(5)).await;
    }
    looks
}
