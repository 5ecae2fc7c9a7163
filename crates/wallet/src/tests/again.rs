//! The same request many times at once: one effect, and the same answer for everybody.

use std::{fmt::Debug, future::Future};

use fault::Fault;
use futures::future::join_all;
use host::Answer;
use proto::wallet::v1::Rest;

use super::{
    bank::{Bank, hold, patient_bank, payment, post, settlement, transfer, user},
    scale,
};
use crate::{
    operations::{post_batch, post_linked, release_hold, settle_hold},
    service::Service,
};

const TIMES: usize = 100;

/// Asks a hundred times at once; one does it, the others hear the same. Gives what they heard.
async fn a_hundred_times<R, F>(ask: impl Fn(usize) -> F) -> R
where
    R: PartialEq + Debug + Send + 'static,
    F: Future<Output = Result<Answer<R>, Fault>> + Send + 'static,
{
    let asking: Vec<_> = (0..TIMES).map(|time| tokio::spawn(ask(time))).collect();
    let answers = join_all(asking).await.into_iter().map(|answer| answer.unwrap().unwrap());
    let (replays, mut fresh): (Vec<_>, Vec<_>) = answers.partition(|answer| answer.is_replay);
    assert_eq!((fresh.len(), replays.len()), (1, TIMES - 1));
    let first = fresh.remove(0).reply;
    for replay in replays {
        assert_eq!(replay.reply, first);
    }
    first
}

async fn funded() -> (Bank, Vec<Service>) {
    let (bank, copies) = patient_bank(2).await;
    bank.fund(&user(7), 100_000).await;
    (bank, copies)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_asked_of_two_copies_is_posted_once() {
    let (bank, copies) = funded().await;
    for round in 0..scale::of(5, 100) {
        a_hundred_times(|time| {
            let service = copies[time % 2].clone();
            let asked = transfer(&format!("same {round}"), &user(7), &user(8), 10);
            async move { post(&service, asked).await }
        })
        .await;
        assert_eq!(bank.balance(8).await.0, 10 * (round + 1));
    }
    bank.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_asked_of_two_copies_is_posted_once() {
    let (bank, copies) = funded().await;
    for round in 0..scale::of(5, 100) {
        a_hundred_times(|time| {
            let service = copies[time % 2].clone();
            let chain = vec![
                transfer(&format!("there {round}"), &user(7), &user(8), 10),
                transfer(&format!("on {round}"), &user(8), &user(9), 4),
            ];
            async move { post_linked::run(&service, &payment(), chain).await }
        })
        .await;
        assert_eq!((bank.balance(8).await.0, bank.balance(9).await.0), (6 * (round + 1), 4 * (round + 1)));
    }
    bank.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_asked_of_two_copies_is_posted_once() {
    let (bank, copies) = funded().await;
    for round in 0..scale::of(5, 100) {
        a_hundred_times(|time| {
            let service = copies[time % 2].clone();
            let batch = vec![
                transfer(&format!("first {round}"), &user(7), &user(8), 10),
                transfer(&format!("second {round}"), &user(7), &user(9), 10),
            ];
            async move {
                let mut reply = post_batch::run(&service, &payment(), batch).await?;
                let is_replay = reply.results[0].is_replay;
                assert_eq!(is_replay, reply.results[1].is_replay);
                reply.results.iter_mut().for_each(|result| result.is_replay = false);
                Ok(Answer { reply, is_replay })
            }
        })
        .await;
        assert_eq!(bank.balance(9).await.0, 10 * (round + 1));
    }
    bank.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_asked_of_two_copies_is_placed_settled_and_released_once() {
    let (bank, copies) = funded().await;
    for round in 0..scale::of(5, 100) {
        let placed = a_hundred_times(|time| {
            let service = copies[time % 2].clone();
            async move { hold(&service, &format!("hold {round}"), 100).await }
        })
        .await;
        a_hundred_times(|time| {
            let service = copies[time % 2].clone();
            let asked = settlement(&format!("settle {round}"), placed.hold_id, 30, Rest::Keep);
            async move { settle_hold::run(&service, &payment(), asked).await }
        })
        .await;
        let released = a_hundred_times(|time| {
            let service = copies[time % 2].clone();
            async move { release_hold::run(&service, placed.hold_id).await }
        })
        .await;
        assert_eq!(released.hold.unwrap().settled_minor, 30);
        assert_eq!(bank.balance(7).await, (100_000 - 30 * (round + 1), 0));
    }
    bank.assert_sound().await;
}
