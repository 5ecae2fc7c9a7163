//! Providers and partners that are away, silent or slow: no second charge, and an end by itself.

use fault::Code;

use super::*;

#[tokio::test]
async fn a_lost_callback_is_made_up_for_by_the_sweeper() {
    let world = World::new().await;
    let order = world.order(8_800);
    let payment = world.create(&order).await;
    world.bank.pay(&payment.payment_no);
    world.pass(TimeDelta::seconds(6));
    world.settled(payment.id).await;
    assert_eq!(world.order_status(&order), OrderStatus::Paid);
    assert_eq!(world.both_books(), (8_800, 8_800));
}

#[tokio::test]
async fn a_provider_that_is_away_leaves_the_payment_open_for_the_next_try() {
    let world = World::new().await;
    let order = world.order(8_800);
    world.bank.books().is_away = true;
    let refused = create(&world.owner(), wanted(&order)).await.unwrap_err();
    assert_eq!(refused.code(), Code::ThirdPartyError);
    world.bank.books().is_away = false;
    let payment = create(&world.owner(), wanted(&order)).await.unwrap();
    assert!(payment.handout.is_some());
    assert_eq!(rows(&world, "payment").await, 1);
    world.bank.books().is_away = true;
    let asked = query(&world.owner(), payment.id).await.unwrap();
    assert!(!asked.was_asked && asked.payment.unwrap().status() == PaymentStatus::Processing);
    let refused = cancel(&world.owner(), payment.id).await.unwrap_err();
    assert_eq!(refused.code(), Code::ThirdPartyError);
}

#[tokio::test]
async fn a_provider_that_refuses_ends_the_attempt() {
    let world = World::new().await;
    let order = world.order(8_800);
    world.bank.books().refuses_trade = true;
    assert_eq!(create(&world.owner(), wanted(&order)).await.unwrap_err().code(), Code::ThirdPartyError);
    world.bank.books().refuses_trade = false;
    let payment = create(&world.owner(), wanted(&order)).await.unwrap();
    assert_eq!((payment.status(), rows(&world, "payment").await), (PaymentStatus::Processing, 2));
}

#[tokio::test]
async fn a_payment_whose_time_is_over_is_closed_at_the_provider_and_one_that_was_paid_wins() {
    let world = World::new().await;
    let (given_up, paid) = (world.create(&world.order(100)).await, world.create(&world.order(200)).await);
    world.bank.pay(&paid.payment_no);
    world.pass(TimeDelta::minutes(15) + TimeDelta::seconds(2));
    let ended = world.until(given_up.id, |payment| payment.status() != PaymentStatus::Processing).await;
    assert_eq!((ended.status(), ended.close_reason.as_str()), (PaymentStatus::Cancelled, "expired"));
    assert!(world.bank.books().trades[&given_up.payment_no].is_closed);
    assert_eq!(world.settled(paid.id).await.status(), PaymentStatus::Success);
}

#[tokio::test]
async fn an_order_service_that_is_away_hears_of_the_money_later_and_once() {
    let world = World::new().await;
    world.partners.books().away = 3;
    let payment = world.paid(8_800).await;
    assert_eq!(payment.status(), PaymentStatus::Success);
    assert!(world.partners.books().mark_paid_calls >= 4);
    assert_eq!(world.both_books(), (8_800, 8_800));
    assert_eq!(world.partners.books().transfers(), 1);
}

#[tokio::test]
async fn money_that_was_booked_before_a_crash_is_not_booked_again() {
    let world = World::new().await;
    world.paid(8_800).await;
    let mut conn = sqlx::PgConnection::connect(&world.test_db.url).await.unwrap();
    let crash = "update payment set settled_at = null, next_query_at = '2026-01-01T00:00:00Z'";
    sqlx::raw_sql(crash).execute(&mut conn).await.unwrap();
    for _ in 0..500 {
        if rows(&world, "payment where settled_at is null").await == 0 {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(rows(&world, "payment where settled_at is null").await, 0);
    assert_eq!(world.partners.books().mark_paid_calls, 2);
    assert_eq!(world.partners.books().transfers(), 1);
    assert_eq!(world.balance(AccountKind::User, partners::PAYEE), 8_800);
}
