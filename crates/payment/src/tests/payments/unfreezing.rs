//! Frozen payments that an operator lets go on: the provider is asked again, and its word counts.

use fault::Code;

use super::*;

/// A payment that was paid, of which a callback told another amount.
async fn frozen(world: &World) -> Payment {
    let payment = world.create(&world.order(8_800)).await;
    world.bank.pay(&payment.payment_no);
    world.tell(world.bank.told(&payment.payment_no, &[("total_amount", "0.01")])).await;
    let frozen = world.read(payment.id).await;
    assert!(frozen.is_frozen);
    frozen
}

async fn unfreeze(visitor: &Visitor, payment_id: i64, reason: &str) -> Result<Payment, Fault> {
    let request = v1::UnfreezePaymentRequest { payment_id, reason: reason.to_owned(), ..Default::default() };
    let reply = PaymentServiceClient::new(visitor.line()).unfreeze_payment(request).await?;
    Ok(reply.into_inner().payment.unwrap())
}

#[tokio::test]
async fn money_that_the_provider_reports_rightly_now_is_credited_once() {
    let world = World::new().await;
    let payment = frozen(&world).await;
    let operator = world.holder(5, "payment:write");
    let done =
        unfreeze(&operator.clone().with("idempotency-key", "k"), payment.id, "asked them").await.unwrap();
    assert_eq!((done.status(), done.is_frozen), (PaymentStatus::Success, false));
    world.settled(payment.id).await;
    assert_eq!(world.both_books(), (8_800, 8_800));
    assert!(exceptions(&world.served.admin(1)).await.unwrap().is_empty());
    let again = unfreeze(&operator.clone().with("idempotency-key", "k"), payment.id, "asked them").await;
    assert_eq!(again.unwrap().id, payment.id, "the same answer");
    assert_eq!(
        unfreeze(&operator, payment.id, "once more").await.unwrap_err().code(),
        Code::PaymentStatusError
    );
    let told = "audit where action = 'payment.changed' and actor_id = 5 and after ->> 'detail' = 'asked them unfrozen'";
    assert_eq!(rows(&world, told).await, 1);
}

#[tokio::test]
async fn while_the_provider_reports_another_amount_it_stays_frozen() {
    let world = World::new().await;
    let payment = frozen(&world).await;
    world.bank.books().trades.get_mut(&payment.payment_no).unwrap().amount = "88.01".to_owned();
    let refused = unfreeze(&world.holder(5, "payment:write"), payment.id, "sure").await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.detail()),
        (Code::PaymentAmountError, "the provider reports 88.01 still, due is 88.00")
    );
    assert!(world.read(payment.id).await.is_frozen);
    assert_eq!(world.partners.books().transfers(), 0);
}

#[tokio::test]
async fn while_the_provider_is_away_it_stays_frozen() {
    let world = World::new().await;
    let payment = frozen(&world).await;
    world.bank.books().is_away = true;
    let refused = unfreeze(&world.holder(5, "payment:write"), payment.id, "sure").await.unwrap_err();
    assert_eq!(refused.code(), Code::ThirdPartyError);
    assert!(world.read(payment.id).await.is_frozen);
}

#[tokio::test]
async fn one_that_was_never_paid_goes_on_and_ends_as_any_other() {
    let world = World::new().await;
    let payment = frozen(&world).await;
    world.bank.books().trades.get_mut(&payment.payment_no).unwrap().is_paid = false;
    let open = unfreeze(&world.holder(5, "payment:write"), payment.id, "a mistake").await.unwrap();
    assert_eq!((open.status(), open.is_frozen), (PaymentStatus::Processing, false));
    world.pass(TimeDelta::minutes(16));
    let ended = world.until(payment.id, |payment| payment.status() != PaymentStatus::Processing).await;
    assert_eq!(ended.status(), PaymentStatus::Cancelled);
}

#[tokio::test]
async fn money_of_one_that_had_ended_goes_to_suspense_and_back() {
    let world = World::new().await;
    let payment = world.create(&world.order(8_800)).await;
    cancel(&world.owner(), payment.id).await.unwrap();
    world.bank.books().trades.get_mut(&payment.payment_no).unwrap().is_paid = true;
    world.tell(world.bank.told(&payment.payment_no, &[("total_amount", "0.01")])).await;
    assert!(world.read(payment.id).await.is_frozen);
    let after = unfreeze(&world.holder(5, "payment:write"), payment.id, "asked").await.unwrap();
    assert_eq!((after.status(), after.paid_minor), (PaymentStatus::Cancelled, 8_800));
    world.until(payment.id, |payment| payment.refunded_minor == 8_800).await;
    assert_eq!(world.both_books(), (0, 0));
}

#[tokio::test]
async fn only_operators_unfreeze_and_they_say_why() {
    let world = World::new().await;
    let payment = frozen(&world).await;
    for visitor in [world.owner(), world.holder(5, "payment:read")] {
        assert_eq!(unfreeze(&visitor, payment.id, "please").await.unwrap_err().code(), Code::Forbidden);
    }
    let operator = world.holder(5, "payment:write");
    for reason in ["", "  "] {
        assert_eq!(unfreeze(&operator, payment.id, reason).await.unwrap_err().field(), Some("reason"));
    }
    assert_eq!(unfreeze(&operator, 1, "why").await.unwrap_err().code(), Code::PaymentNotFound);
    let sound = world.create(&world.order(100)).await;
    assert_eq!(unfreeze(&operator, sound.id, "why").await.unwrap_err().code(), Code::PaymentStatusError);
}
