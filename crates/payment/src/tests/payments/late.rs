//! Money that came late or twice: to suspense, and back to the payer.

use super::*;

#[tokio::test]
async fn money_for_an_order_that_was_cancelled_goes_back() {
    let world = World::new().await;
    let order = world.order(8_800);
    let payment = world.create(&order).await;
    world.bank.pay(&payment.payment_no);
    world.partners.books().orders.get_mut(&order.order_no).unwrap().set_status(OrderStatus::Cancelled);
    world.tell(world.bank.told(&payment.payment_no, &[])).await;
    let after = world.until(payment.id, |payment| payment.status() == PaymentStatus::Refunded).await;
    assert_eq!(after.refunded_minor, 8_800);
    assert_eq!(world.order_status(&order), OrderStatus::Cancelled);
    assert_eq!(world.both_books(), (0, 0));
    assert_eq!(world.balance(AccountKind::Suspense, "alipay"), 0);
    let listed = exceptions(&world.holder(5, "payment:read")).await.unwrap();
    assert_eq!((listed.len(), listed[0].reason()), (1, v1::ExceptionReason::Late));
    assert!(listed[0].is_resolved && listed[0].refund.as_ref().unwrap().is_automatic);
}

#[tokio::test]
async fn money_for_a_payment_that_was_given_up_goes_back_and_it_stays_given_up() {
    let world = World::new().await;
    let payment = world.create(&world.order(8_800)).await;
    cancel(&world.owner(), payment.id).await.unwrap();
    // A code that the provider closed too late.
    world.bank.books().trades.get_mut(&payment.payment_no).unwrap().is_closed = false;
    world.bank.pay(&payment.payment_no);
    for _ in 0..2 {
        assert!(world.tell(world.bank.told(&payment.payment_no, &[])).await.is_taken);
    }
    let after = world.until(payment.id, |payment| payment.refunded_minor == 8_800).await;
    assert_eq!(after.status(), PaymentStatus::Cancelled);
    assert_eq!(world.both_books(), (0, 0));
    assert_eq!(rows(&world, "suspense").await, 1);
}

#[tokio::test]
async fn of_two_payments_of_one_order_the_second_goes_back() {
    let world = World::new().await;
    world.partners.books().balances.insert((AccountKind::User.into(), OWNER.to_string()), 8_800);
    let order = world.order(8_800);
    let by_code = world.create(&order).await;
    let balance = CreatePaymentRequest { method: Method::Balance.into(), ..wanted(&order) };
    let by_wallet = create(&world.owner(), balance).await.unwrap();
    assert_eq!(by_wallet.status(), PaymentStatus::Success);
    world.settled(by_wallet.id).await;
    world.bank.pay(&by_code.payment_no);
    world.tell(world.bank.told(&by_code.payment_no, &[])).await;
    world.until(by_code.id, |payment| payment.status() == PaymentStatus::Refunded).await;
    assert_eq!(world.both_books(), (0, 0));
    assert_eq!(world.balance(AccountKind::User, partners::PAYEE), 8_800);
    let listed = exceptions(&world.served.admin(1)).await.unwrap();
    assert_eq!(listed[0].reason(), v1::ExceptionReason::Double);
}

#[tokio::test]
async fn money_that_nobody_may_keep_goes_back_though_the_provider_refuses_at_first() {
    let world = World::new().await;
    let order = world.order(8_800);
    let payment = world.create(&order).await;
    world.bank.pay(&payment.payment_no);
    world.bank.books().refuses_refund = Some("ACQ.SELLER_BALANCE_FROZEN");
    world.partners.books().orders.get_mut(&order.order_no).unwrap().set_status(OrderStatus::Cancelled);
    world.tell(world.bank.told(&payment.payment_no, &[])).await;
    for _ in 0..500 {
        if world.bank.books().refund_calls > 0 {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    sleep(Duration::from_millis(100)).await;
    assert_eq!(world.read(payment.id).await.status(), PaymentStatus::Refunding);
    world.bank.books().refuses_refund = None;
    world.pass(TimeDelta::seconds(30));
    let after = world.until(payment.id, |payment| payment.status() == PaymentStatus::Refunded).await;
    assert_eq!((after.refunded_minor, world.both_books()), (8_800, (0, 0)));
    assert_eq!(world.balance(AccountKind::Suspense, "alipay"), 0);
}
