//! Provider and wallet that are away, silent or slow: nothing is paid twice, nothing is given back too early, and it
//! ends by itself.

use super::*;

/// Has the first sending fail so, and waits until the sweeper of a running service has ended it.
async fn ends_by_itself(fault: &str) {
    let world = World::new().await;
    let served = world.served().await;
    world.fault("transfer", fault, 1).await;
    let visitor = owner(&served).with("idempotency-key", "k");
    let made = withdraw(&visitor, wanted(50_000)).await.unwrap();
    assert_eq!(made.status(), WithdrawalStatus::Processing, "{fault}");
    assert_eq!(world.ledger.wallet(OWNER), (RICH, 50_000), "it is set aside");
    let row = world.until("success").await;
    world.assert_paid_out(50_000, 1).await;
    assert!(row.finished_at.unwrap() - row.created_at <= TimeDelta::seconds(60), "{fault}");
    let (again, is_replay) = answered(&visitor, wanted(50_000)).await.unwrap();
    assert_eq!((again.status(), again.id, is_replay), (WithdrawalStatus::Success, made.id, true));
}

#[tokio::test]
async fn a_time_out_before_booking_is_sent_again() {
    ends_by_itself("timeout_before").await;
}

#[tokio::test]
async fn a_time_out_after_booking_is_asked_for() {
    ends_by_itself("timeout").await;
}

#[tokio::test]
async fn a_reset_after_booking_is_asked_for() {
    ends_by_itself("reset_after").await;
}

#[tokio::test]
async fn a_reset_before_booking_is_sent_again() {
    ends_by_itself("reset_before").await;
}

#[tokio::test]
async fn a_500_after_booking_is_asked_for() {
    ends_by_itself("error_after").await;
}

#[tokio::test]
async fn a_500_before_booking_is_sent_again() {
    ends_by_itself("error_before").await;
}

#[tokio::test]
async fn a_slow_answer_is_asked_for() {
    ends_by_itself("slow").await;
}

#[tokio::test]
async fn a_provider_that_is_away_is_asked_until_it_is_back_and_pays_within_half_a_minute() {
    let world = World::new().await;
    let (served, copies) = (world.served().await, [&world.copy().await, &world.copy().await]);
    world.fault("any", "error_before", 1_000_000).await;
    let made = withdraw(&owner(&served), wanted(50_000)).await.unwrap();
    assert_eq!(made.status(), WithdrawalStatus::Processing);
    served.stop();
    world.sweep(copies, 700).await;
    assert_eq!(world.all().await.pop().unwrap().status, "processing");
    assert_eq!(world.ledger.wallet(OWNER), (RICH, 50_000), "nothing is given back");
    let stuck = workers::withdrawals::count_stuck(copies[0]).await.unwrap();
    assert_eq!((stuck.count, stuck.sum_minor, stuck.oldest), (1, 50_000, Some(made.withdrawal_no)));
    world.no_more_faults().await;
    world.sweep(copies, 30).await;
    world.assert_paid_out(50_000, 1).await;
    assert_eq!(workers::withdrawals::count_stuck(copies[0]).await.unwrap().count, 0);
}

#[tokio::test]
async fn a_refusal_after_a_sending_without_an_answer_is_believed_only_when_none_may_still_arrive() {
    let world = World::new().await;
    let copies = [&world.copy().await, &world.copy().await];
    let nobody = WithdrawRequest { account_number: "nobody@sandbox.com".to_owned(), ..wanted(50_000) };
    world.fault("transfer", "timeout_before", 1).await;
    crashes::until_stage(&world, copies[0], nobody, "sent").await;
    world.sweep(copies, 45).await;
    let row = world.all().await.pop().unwrap();
    assert_eq!((row.stage.as_str(), world.ledger.wallet(OWNER).1), ("sent", 50_000));
    assert!(row.sends > 1, "it was sent again and refused");
    world.sweep(copies, 45).await;
    assert_eq!(world.all().await.pop().unwrap().status, "failed");
    world.assert_paid_out(0, 0).await;
}

#[tokio::test]
async fn two_copies_that_sweep_at_once_pay_many_out_once_each() {
    let world = World::new().await;
    let copies = [&world.copy().await, &world.copy().await];
    for fault in ["reset_after", "error_before", "error_after", "reset_before"] {
        world.fault("transfer", fault, 5).await;
    }
    let served = world.served().await;
    for _ in 0..20 {
        withdraw(&owner(&served), wanted(1_000)).await.unwrap();
    }
    served.stop();
    world.sweep(copies, 90).await;
    assert_eq!(world.count("withdrawal where status = 'success'").await, 20);
    world.assert_paid_out(20_000, 20).await;
}

#[tokio::test]
async fn a_hold_whose_answer_was_lost_is_found_and_paid_out() {
    let world = World::new().await;
    let served = world.served().await;
    world.ledger.books().loses_holds = 10;
    let visitor = owner(&served).with("idempotency-key", "k");
    let fault = withdraw(&visitor, wanted(50_000)).await.unwrap_err();
    assert!(fault.code().is_private() || fault.code() == fault::Code::ServiceUnavailable, "{fault}");
    assert_eq!(world.ledger.wallet(OWNER), (RICH, 50_000));
    world.ledger.books().loses_holds = 0;
    let row = world.until("success").await;
    world.assert_paid_out(50_000, 1).await;
    assert_eq!(withdraw(&visitor, wanted(50_000)).await.unwrap().id, row.id);
    world.assert_paid_out(50_000, 1).await;
}

#[tokio::test]
async fn a_repetition_goes_on_where_the_first_one_was_left_alone() {
    let world = World::new().await;
    let served = world.served().await;
    world.ledger.books().is_away = true;
    let visitor = owner(&served).with("idempotency-key", "k");
    withdraw(&visitor, wanted(50_000)).await.unwrap_err();
    world.ledger.books().is_away = false;
    let made = withdraw(&visitor, wanted(50_000)).await.unwrap();
    assert_eq!((made.status(), world.all().await.len()), (WithdrawalStatus::Success, 1));
    world.assert_paid_out(50_000, 1).await;
}

#[tokio::test]
async fn a_repetition_with_a_wrong_password_neither_ends_nor_forgets_the_first_one() {
    for is_held in [true, false] {
        let world = World::new().await;
        let served = world.served().await;
        world.ledger.books().is_away = !is_held;
        world.ledger.books().loses_holds = 10;
        let visitor = owner(&served).with("idempotency-key", "k");
        withdraw(&visitor, wanted(50_000)).await.unwrap_err();
        world.ledger.books().is_away = false;
        world.ledger.books().loses_holds = 0;
        let wrong = WithdrawRequest { payment_password: "wrong".to_owned(), ..wanted(50_000) };
        let told = withdraw(&visitor, wrong).await;
        if is_held {
            assert_eq!(told.unwrap().status(), WithdrawalStatus::Success, "it was proven the first time");
        } else {
            assert_eq!(told.unwrap_err().code(), fault::Code::PaymentPasswordError);
            assert_eq!(world.ledger.books().holds(), 0);
            withdraw(&visitor, wanted(50_000)).await.unwrap();
        }
        assert_eq!(world.all().await.len(), 1);
        world.assert_paid_out(50_000, 1).await;
    }
}

#[tokio::test]
async fn a_hold_that_was_never_made_ends_it_and_never_is_made_later() {
    let world = World::new().await;
    let served = world.served().await;
    world.ledger.books().is_away = true;
    let visitor = owner(&served).with("idempotency-key", "k");
    withdraw(&visitor, wanted(50_000)).await.unwrap_err();
    world.clock.advance(TimeDelta::seconds(11));
    world.ledger.books().is_away = false;
    let late = withdraw(&visitor, wanted(50_000)).await.unwrap_err();
    assert_eq!(late.code(), fault::Code::ServiceUnavailable);
    let row = world.until("failed").await;
    assert!(row.finished_at.unwrap() - row.created_at <= TimeDelta::seconds(60));
    assert_eq!(world.ledger.books().holds(), 0);
    let told = withdraw(&visitor, wanted(50_000)).await.unwrap_err();
    assert_eq!(told.code(), fault::Code::ServiceUnavailable, "it has failed, and the key is free");
    withdraw(&visitor, wanted(50_000)).await.unwrap();
    world.assert_paid_out(50_000, 1).await;
}

#[tokio::test]
async fn money_that_was_paid_is_booked_however_often_the_wallet_breaks_off() {
    let world = World::new().await;
    let served = world.served().await;
    world.ledger.books().loses_settlements = 10;
    let made = withdraw(&owner(&served), wanted(50_000)).await.unwrap();
    assert_eq!(made.status(), WithdrawalStatus::Processing);
    world.ledger.books().loses_settlements = 2;
    world.until("success").await;
    world.assert_paid_out(50_000, 1).await;
}

#[tokio::test]
async fn a_hold_lives_a_year_and_money_that_was_paid_is_booked_without_it_too() {
    let world = World::new().await;
    let copies = [&world.copy().await, &world.copy().await];
    world.fault("any", "error_after", 1_000_000).await;
    crashes::until_stage(&world, copies[0], wanted(50_000), "sent").await;
    let lives = world.ledger.books().last_end() - world.clock.now().timestamp();
    assert!(lives > 364 * 86_400, "{lives} seconds");
    world.sweep(copies, 30).await;
    world.ledger.books().expire();
    assert_eq!(world.ledger.wallet(OWNER), (RICH, 0));
    world.no_more_faults().await;
    world.sweep(copies, 30).await;
    assert_eq!(world.all().await.pop().unwrap().status, "success");
    world.assert_paid_out(50_000, 1).await;
}
