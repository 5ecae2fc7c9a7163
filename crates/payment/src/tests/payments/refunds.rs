//! Money that goes back: never more than came, once, and taken from whoever got it.

use fault::Code;

use super::*;

#[tokio::test]
async fn a_hundred_refunds_of_thirty_on_a_hundred_are_three() {
    let world = World::new().await;
    let payment = world.paid(10_000).await;
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (admin, id) = (world.served.admin(1), payment.id);
        asking.spawn(async move { refund(&admin, id, 3_000).await.map_err(|fault| fault.code()) });
    }
    let outcomes = asking.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3);
    assert!(
        outcomes
            .iter()
            .all(|outcome| { !matches!(outcome, Err(code) if *code != Code::RefundAmountExceeded) }),
        "{outcomes:?}"
    );
    let after = world.until(payment.id, |payment| payment.refunding_minor == 0).await;
    assert_eq!((after.status(), after.refunded_minor), (PaymentStatus::PartiallyRefunded, 9_000));
    assert_eq!(world.both_books(), (1_000, 1_000));
    assert_eq!(world.balance(AccountKind::User, partners::PAYEE), 1_000);
    assert_eq!(world.partners.books().applied.len(), 3);
    let rest = refund(&world.served.admin(1), payment.id, 1_000).await.unwrap();
    assert_eq!(rest.status(), v1::RefundStatus::Success);
    assert_eq!(world.read(payment.id).await.status(), PaymentStatus::Refunded);
}

#[tokio::test]
async fn a_full_refund_is_of_all_that_is_left() {
    let world = World::new().await;
    let payment = world.paid(10_000).await;
    let full = |amount_minor| CreateRefundRequest {
        payment_id: payment.id,
        amount_minor,
        r#type: v1::RefundType::Full.into(),
        reason: "back".to_owned(),
        ..Default::default()
    };
    let mut client = PaymentServiceClient::new(world.served.admin(1).line());
    let refused = client.create_refund(full(9_999)).await.unwrap_err();
    assert_eq!(Fault::from(refused).code(), Code::ValidationError);
    client.create_refund(full(10_000)).await.unwrap();
    let refused = client.create_refund(full(1)).await.unwrap_err();
    assert_eq!(Fault::from(refused).code(), Code::RefundAmountExceeded);
}

#[tokio::test]
async fn what_the_payee_has_spent_does_not_go_back() {
    let world = World::new().await;
    let payment = world.paid(10_000).await;
    let payee = (i32::from(AccountKind::User), partners::PAYEE.to_owned());
    world.partners.books().balances.insert(payee, 9_999);
    let refused = refund(&world.served.admin(1), payment.id, 10_000).await.unwrap_err();
    assert_eq!(refused.code(), Code::RefundNotAllowed);
    let after = world.read(payment.id).await;
    assert_eq!((after.status(), after.refunding_minor), (PaymentStatus::Success, 0));
    assert_eq!(world.bank.books().refund_calls, 0, "the provider was not asked");
    assert_eq!(world.partners.books().released.len(), 1);
}

#[tokio::test]
async fn a_payer_s_refund_waits_for_an_operator() {
    let world = World::new().await;
    let payment = world.paid(10_000).await;
    let asked = refund(&world.owner(), payment.id, 6_000).await.unwrap();
    assert_eq!(asked.status(), v1::RefundStatus::WaitingApproval);
    assert_eq!(world.read(payment.id).await.status(), PaymentStatus::Success);
    let refused = refund(&world.served.admin(1), payment.id, 6_000).await.unwrap_err();
    assert_eq!(refused.code(), Code::RefundAmountExceeded, "what is asked for is reserved");
    let approve = v1::ApproveRefundRequest { refund_id: asked.id };
    let owner = PaymentServiceClient::new(world.owner().line()).approve_refund(approve).await;
    assert_eq!(Fault::from(owner.unwrap_err()).code(), Code::Forbidden);
    let mut operator = PaymentServiceClient::new(world.holder(5, "payment:write").line());
    let done = operator.approve_refund(approve).await.unwrap().into_inner().refund.unwrap();
    assert_eq!((done.status(), done.approved_by), (v1::RefundStatus::Success, 5));
    let again = operator.approve_refund(approve).await.unwrap_err();
    assert_eq!(Fault::from(again).code(), Code::PaymentStatusError);
    let second = refund(&world.owner(), payment.id, 4_000).await.unwrap();
    let reject = v1::RejectRefundRequest { refund_id: second.id, reason: "no".to_owned() };
    let ended = operator.reject_refund(reject).await.unwrap().into_inner().refund.unwrap();
    assert_eq!(ended.status(), v1::RefundStatus::Failed);
    assert_eq!(world.read(payment.id).await.refunding_minor, 0);
    assert_eq!(world.both_books(), (4_000, 4_000));
}

#[tokio::test]
async fn a_provider_that_refuses_leaves_everything_as_it_was() {
    let world = World::new().await;
    let payment = world.paid(10_000).await;
    world.bank.books().refuses_refund = Some("ACQ.TRADE_NOT_ALLOW_REFUND");
    let refused = refund(&world.served.admin(1), payment.id, 10_000).await.unwrap_err();
    assert_eq!(refused.code(), Code::ThirdPartyError);
    assert_eq!(world.read(payment.id).await.status(), PaymentStatus::Success);
    assert_eq!(world.balance(AccountKind::User, partners::PAYEE), 10_000);
    world.bank.books().refuses_refund = None;
    refund(&world.served.admin(1), payment.id, 10_000).await.unwrap();
    assert_eq!(world.both_books(), (0, 0));
}

#[tokio::test]
async fn an_answer_that_was_lost_is_asked_for_and_nothing_goes_back_twice() {
    let world = World::new().await;
    let payment = world.paid(10_000).await;
    world.bank.books().breaks_after_refund = 1;
    let under_way = refund(&world.served.admin(1), payment.id, 4_000).await.unwrap();
    assert_eq!(under_way.status(), v1::RefundStatus::Processing);
    assert_eq!(world.read(payment.id).await.status(), PaymentStatus::Refunding);
    world.pass(TimeDelta::seconds(30));
    let after = world.until(payment.id, |payment| payment.refunding_minor == 0).await;
    assert_eq!((after.status(), after.refunded_minor), (PaymentStatus::PartiallyRefunded, 4_000));
    assert_eq!(world.bank.books().refund_calls, 1);
    assert_eq!(world.both_books(), (6_000, 6_000));
}

#[tokio::test]
async fn what_was_never_paid_or_is_too_old_is_not_refunded() {
    let world = World::new().await;
    let open = world.create(&world.order(100)).await;
    let refused = refund(&world.served.admin(1), open.id, 100).await.unwrap_err();
    assert_eq!(refused.code(), Code::PaymentStatusError);
    for amount in [0, -1] {
        let refused = refund(&world.served.admin(1), open.id, amount).await.unwrap_err();
        assert_eq!(refused.code(), Code::PaymentAmountError);
    }
    let payment = world.paid(10_000).await;
    world.pass(TimeDelta::days(366));
    let refused = refund(&world.served.admin(1), payment.id, 100).await.unwrap_err();
    assert_eq!(refused.code(), Code::RefundNotAllowed);
}
