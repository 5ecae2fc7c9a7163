//! Money that is set aside.

use std::time::Duration;

use chrono::TimeDelta;
use fault::Code;
use proto::wallet::v1::{GetHoldRequest, HoldState, PlaceHoldRequest, Rest};
use tokio::time::sleep;

use super::{
    bank::{Bank, alipay, bank, lines, payment, transfer, user},
    stage,
};
use crate::operations::{expire_holds, get_hold, place_hold};

/// User 7 has 10.00.
async fn funded() -> Bank {
    let bank = bank().await;
    bank.fund(&user(7), 1_000).await;
    bank
}

fn by_id(hold_id: i64) -> GetHoldRequest {
    GetHoldRequest { hold_id, ..GetHoldRequest::default() }
}

async fn state(bank: &Bank, hold_id: i64) -> (HoldState, i64) {
    let hold = get_hold::run(&bank.service, &by_id(hold_id)).await.unwrap().hold.unwrap();
    (hold.state(), hold.settled_minor)
}

#[tokio::test]
async fn what_is_held_cannot_be_spent_or_held_again() {
    let bank = funded().await;
    let hold_id = bank.held(700).await;
    assert_eq!(bank.balance(7).await, (1_000, 700));
    let rows = bank.rows().await;
    assert_eq!(bank.refused(transfer("out", &user(7), &user(8), 301)).await.0, Code::InsufficientBalance);
    assert_eq!(bank.hold("more", 301).await.unwrap_err().code(), Code::InsufficientBalance);
    assert_eq!(rows, bank.rows().await);
    bank.posted(transfer("out", &user(7), &user(8), 300)).await.unwrap();
    assert_eq!((bank.balance(7).await, state(&bank, hold_id).await), ((700, 700), (HoldState::Open, 0)));
    bank.assert_sound().await;
}

#[tokio::test]
async fn a_hold_is_settled_whole() {
    let bank = funded().await;
    let hold_id = bank.held(700).await;
    let answer = bank.settle("pay out", hold_id, 0, Rest::Keep).await.unwrap();
    assert_eq!(lines(&answer.reply.receipt.clone().unwrap()), [(2, 300), (2, -300)]);
    assert_eq!(bank.balance(7).await, (300, 0));
    assert_eq!(state(&bank, hold_id).await, (HoldState::Settled, 700));
    let again = bank.settle("pay out", hold_id, 0, Rest::Keep).await.unwrap();
    assert_eq!((again.is_replay, again.reply), (true, answer.reply));
    assert_eq!(
        bank.settle("once more", hold_id, 0, Rest::Keep).await.unwrap_err().code(),
        Code::StateConflict
    );
    assert_eq!(bank.release(hold_id).await.unwrap_err().code(), Code::StateConflict);
    bank.assert_sound().await;
}

#[tokio::test]
async fn a_part_is_settled_and_the_rest_stays_held() {
    let bank = funded().await;
    let hold_id = bank.held(700).await;
    bank.settle("first", hold_id, 200, Rest::Keep).await.unwrap();
    assert_eq!((bank.balance(7).await, state(&bank, hold_id).await), ((800, 500), (HoldState::Open, 200)));
    let fault = bank.settle("too much", hold_id, 501, Rest::Keep).await.unwrap_err();
    assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some("amount_minor")));
    bank.settle("second", hold_id, 500, Rest::Keep).await.unwrap();
    assert_eq!((bank.balance(7).await, state(&bank, hold_id).await), ((300, 0), (HoldState::Settled, 700)));
    bank.assert_sound().await;
}

#[tokio::test]
async fn a_part_is_settled_and_the_rest_is_free() {
    let bank = funded().await;
    let hold_id = bank.held(700).await;
    bank.settle("only", hold_id, 200, Rest::Release).await.unwrap();
    assert_eq!((bank.balance(7).await, state(&bank, hold_id).await), ((800, 0), (HoldState::Settled, 200)));
    bank.assert_sound().await;
}

#[tokio::test]
async fn a_released_hold_gives_back_what_is_left_of_it() {
    let bank = funded().await;
    let hold_id = bank.held(700).await;
    bank.settle("first", hold_id, 200, Rest::Keep).await.unwrap();
    let first = bank.release(hold_id).await.unwrap();
    assert_eq!((bank.balance(7).await, state(&bank, hold_id).await), ((800, 0), (HoldState::Released, 200)));
    let again = bank.release(hold_id).await.unwrap();
    assert_eq!((again.is_replay, again.reply), (true, first.reply));
    assert_eq!(bank.settle("late", hold_id, 0, Rest::Keep).await.unwrap_err().code(), Code::StateConflict);
    bank.assert_sound().await;
}

#[tokio::test]
async fn the_same_placement_again_is_answered_as_the_first_time() {
    let bank = funded().await;
    let first = bank.hold("key", 700).await.unwrap();
    bank.settle("all", first.reply.hold_id, 0, Rest::Keep).await.unwrap();
    bank.clock.advance(TimeDelta::hours(2));
    let again = bank.hold("key", 700).await.unwrap();
    assert_eq!((first.is_replay, again.is_replay), (false, true));
    assert_eq!(first.reply, again.reply);
    assert_eq!(bank.hold("key", 701).await.unwrap_err().code(), Code::IdempotencyConflict);
}

#[tokio::test]
async fn an_expired_hold_cannot_be_settled_even_before_anybody_swept_it() {
    let bank = funded().await;
    let hold_id = bank.held(700).await;
    bank.clock.advance(TimeDelta::hours(1));
    let rows = bank.rows().await;
    let fault = bank.settle("late", hold_id, 0, Rest::Keep).await.unwrap_err();
    assert_eq!(
        (fault.code(), fault.detail()),
        (Code::StateConflict, &*format!("hold {hold_id} has expired"))
    );
    assert_eq!(rows, bank.rows().await);
    assert_eq!(expire_holds::run(&bank.service).await.unwrap(), 1);
    assert_eq!((bank.balance(7).await, state(&bank, hold_id).await), ((1_000, 0), (HoldState::Expired, 0)));
    assert_eq!(expire_holds::run(&bank.service).await.unwrap(), 0, "once is enough");
    assert!(bank.release(hold_id).await.unwrap().is_replay, "nothing is held any more");
    bank.assert_sound().await;
}

#[tokio::test]
async fn a_hold_that_cannot_be_is_refused_by_the_name_of_its_field() {
    let bank = funded().await;
    let rows = bank.rows().await;
    let good = PlaceHoldRequest {
        idempotency_key: "key".to_owned(),
        account: Some(user(7)),
        amount_minor: 1,
        expires_at: Some(host::timestamp(bank.clock.now() + TimeDelta::hours(1))),
        ..PlaceHoldRequest::default()
    };
    let ending = |end| Some(host::timestamp(bank.clock.now() + end));
    for (asked, field) in [
        (PlaceHoldRequest { account: None, ..good.clone() }, "account"),
        (PlaceHoldRequest { account: Some(alipay()), ..good.clone() }, "account"),
        (PlaceHoldRequest { amount_minor: 0, ..good.clone() }, "amount_minor"),
        (PlaceHoldRequest { amount_minor: -1, ..good.clone() }, "amount_minor"),
        (PlaceHoldRequest { expires_at: None, ..good.clone() }, "expires_at"),
        (PlaceHoldRequest { expires_at: ending(TimeDelta::zero()), ..good.clone() }, "expires_at"),
        (PlaceHoldRequest { expires_at: ending(TimeDelta::days(367)), ..good.clone() }, "expires_at"),
        (PlaceHoldRequest { idempotency_key: String::new(), ..good }, "idempotency_key"),
    ] {
        let fault = place_hold::run(&bank.service, &payment(), asked).await.unwrap_err();
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some(field)));
    }
    let missing = bank.settle("key", 99, 0, Rest::Keep).await.unwrap_err();
    assert_eq!((missing.code(), missing.detail()), (Code::NotFound, "hold not found"));
    assert_eq!(rows, bank.rows().await);
    let hold_id = bank.held(1).await;
    let fault = bank.settle("key", hold_id, 0, Rest::Unspecified).await.unwrap_err();
    assert_eq!(fault.field(), Some("rest"));
}

#[tokio::test]
async fn a_running_service_ends_holds_by_itself() {
    let stage = stage().await;
    let service = super::bank::copy(&stage.test_db, &stage.clock).await;
    let bank = Bank { test_db: stage.test_db, clock: stage.clock, service };
    bank.fund(&user(7), 1_000).await;
    bank.held(700).await;
    bank.clock.advance(TimeDelta::hours(2));
    for _ in 0..1_000 {
        if bank.balance(7).await == (1_000, 0) {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("the hold is still there: {:?}", bank.balance(7).await);
}
