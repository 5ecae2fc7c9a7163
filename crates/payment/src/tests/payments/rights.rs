//! Who may do what; and what operators do by hand.

use fault::Code;

use super::*;

async fn mark_success(visitor: &Visitor, payment_id: i64) -> Result<Payment, Fault> {
    let request = v1::MarkSuccessRequest { payment_id, reason: "seen".to_owned(), ..Default::default() };
    Ok(PaymentServiceClient::new(visitor.line()).mark_success(request).await?.into_inner().payment.unwrap())
}

async fn mark_failed(visitor: &Visitor, payment_id: i64) -> Result<Payment, Fault> {
    let request = v1::MarkFailedRequest { payment_id, reason: "gone".to_owned() };
    Ok(PaymentServiceClient::new(visitor.line()).mark_failed(request).await?.into_inner().payment.unwrap())
}

async fn listed(visitor: &Visitor, user_id: i64) -> Result<usize, Fault> {
    let request = v1::ListPaymentsRequest { user_id, ..Default::default() };
    Ok(PaymentServiceClient::new(visitor.line()).list_payments(request).await?.into_inner().payments.len())
}

#[tokio::test]
async fn somebody_else_s_payment_looks_like_none() {
    let world = World::new().await;
    let payment = world.create(&world.order(100)).await;
    let stranger = world.served.user_via_gateway(99);
    assert_eq!(cancel(&stranger, payment.id).await.unwrap_err().code(), Code::PaymentNotFound);
    assert_eq!(query(&stranger, payment.id).await.unwrap_err().code(), Code::PaymentNotFound);
    assert_eq!(refund(&stranger, payment.id, 1).await.unwrap_err().code(), Code::PaymentNotFound);
    assert_eq!(listed(&stranger, 0).await.unwrap(), 0);
    assert_eq!(listed(&stranger, OWNER).await.unwrap_err().code(), Code::Forbidden);
    assert_eq!(exceptions(&stranger).await.unwrap_err().code(), Code::Forbidden);
    assert_eq!(mark_success(&stranger, payment.id).await.unwrap_err().code(), Code::Forbidden);
    assert_eq!(mark_failed(&world.owner(), payment.id).await.unwrap_err().code(), Code::Forbidden);
    assert_eq!(listed(&world.owner(), 0).await.unwrap(), 1);
    assert_eq!(listed(&world.holder(5, "payment:read"), 0).await.unwrap(), 1);
}

#[tokio::test]
async fn by_hand_the_provider_is_asked_first_and_its_word_counts() {
    let world = World::new().await;
    let operator = world.holder(5, "payment:write");
    let unpaid = world.create(&world.order(100)).await;
    assert_eq!(mark_success(&operator, unpaid.id).await.unwrap_err().code(), Code::PaymentStatusError);
    assert_eq!(mark_failed(&operator, unpaid.id).await.unwrap().status(), PaymentStatus::Failed);
    let paid = world.create(&world.order(100)).await;
    world.bank.pay(&paid.payment_no);
    assert_eq!(mark_failed(&operator, paid.id).await.unwrap_err().code(), Code::PaymentAlreadySuccess);
    world.settled(paid.id).await;
    let third = world.create(&world.order(100)).await;
    world.bank.pay(&third.payment_no);
    assert_eq!(mark_success(&operator, third.id).await.unwrap().status(), PaymentStatus::Success);
}

#[tokio::test]
async fn remarks_are_all_that_is_changed_and_only_what_was_never_paid_is_hidden() {
    let world = World::new().await;
    let (paid, unpaid) = (world.paid(100).await, world.create(&world.order(100)).await);
    let mut admin = PaymentServiceClient::new(world.served.admin(1).line());
    let remark = v1::SetRemarkRequest { payment_id: paid.id, remark: "ok".to_owned() };
    let reply = admin.set_remark(remark).await.unwrap().into_inner().payment.unwrap();
    assert_eq!((reply.remark.as_str(), reply.amount_minor), ("ok", 100));
    for id in [paid.id, unpaid.id] {
        let refused = admin.delete_payment(v1::DeletePaymentRequest { payment_id: id }).await.unwrap_err();
        assert_eq!(Fault::from(refused).code(), Code::PaymentStatusError);
    }
    cancel(&world.owner(), unpaid.id).await.unwrap();
    admin.delete_payment(v1::DeletePaymentRequest { payment_id: unpaid.id }).await.unwrap();
    assert_eq!(query(&world.owner(), unpaid.id).await.unwrap_err().code(), Code::PaymentNotFound);
    assert_eq!(listed(&world.owner(), 0).await.unwrap(), 1);
}

#[tokio::test]
async fn an_operator_type_that_is_not_held_is_refused() {
    let world = World::new().await;
    let payment = world.paid(100).await;
    let request = |of: v1::OperatorType| CreateRefundRequest {
        payment_id: payment.id,
        amount_minor: 100,
        reason: "back".to_owned(),
        operator_type: of.into(),
        ..Default::default()
    };
    for of in [v1::OperatorType::Admin, v1::OperatorType::Merchant] {
        let refused = PaymentServiceClient::new(world.owner().line()).create_refund(request(of)).await;
        assert_eq!(Fault::from(refused.unwrap_err()).code(), Code::Forbidden);
    }
}
