//! Payments out of the payer's own wallet.

use fault::Code;

use super::*;

fn from_wallet(order: &Order, password: &str) -> CreatePaymentRequest {
    CreatePaymentRequest {
        method: Method::Balance.into(),
        payment_password: password.to_owned(),
        ..wanted(order)
    }
}

#[tokio::test]
async fn the_wallet_pays_at_once_and_gets_its_money_back() {
    let world = World::new().await;
    let me = (i32::from(AccountKind::User), OWNER.to_string());
    world.partners.books().balances.insert(me, 10_000);
    let payment = create(&world.owner(), from_wallet(&world.order(8_800), "")).await.unwrap();
    assert_eq!(payment.status(), PaymentStatus::Success);
    world.settled(payment.id).await;
    assert_eq!(world.balance(AccountKind::User, partners::PAYEE), 8_800);
    assert_eq!(world.balance(AccountKind::User, &OWNER.to_string()), 1_200);
    refund(&world.served.admin(1), payment.id, 8_800).await.unwrap();
    assert_eq!(world.balance(AccountKind::User, &OWNER.to_string()), 10_000);
    assert_eq!(world.balance(AccountKind::User, partners::PAYEE), 0);
}

#[tokio::test]
async fn a_refusal_of_the_wallet_ends_the_attempt_and_another_may_begin() {
    let world = World::new().await;
    let order = world.order(8_800);
    let refused = create(&world.owner(), from_wallet(&order, "")).await.unwrap_err();
    assert_eq!(refused.code(), Code::InsufficientBalance);
    let refused = create(&world.owner(), from_wallet(&order, "wrong")).await.unwrap_err();
    assert_eq!(refused.code(), Code::PaymentPasswordError);
    world.partners.books().balances.insert((AccountKind::User.into(), OWNER.to_string()), 8_800);
    let paid = create(&world.owner(), from_wallet(&order, "right")).await.unwrap();
    assert_eq!(paid.status(), PaymentStatus::Success);
    assert_eq!(rows(&world, "payment").await, 3);
    let again = create(&world.owner(), from_wallet(&order, "right")).await.unwrap_err();
    assert_eq!(again.code(), Code::PaymentAlreadySuccess);
}
