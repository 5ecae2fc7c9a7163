//! Beginning payments: what the payer gets, what is refused, and how money that came is booked.

use fault::Code;
use proto::bill::v1::OrderKind;

use super::*;

#[tokio::test]
async fn a_code_that_is_paid_pays_the_order_and_credits_the_payee() {
    let world = World::new().await;
    let order = world.order(8_800);
    let payment = world.create(&order).await;
    assert_eq!(payment.status(), PaymentStatus::Processing);
    assert!(payment.handout.as_ref().unwrap().qr_code.starts_with("https://qr.alipay.com/PAY"));
    assert!(payment.payment_no.len() <= 32 && payment.payment_no.chars().all(|c| c.is_ascii_alphanumeric()));
    assert!(world.bank.pay(&payment.payment_no));
    assert_eq!(world.tell(world.bank.told(&payment.payment_no, &[])).await.body.as_ref(), b"success");
    let paid = world.settled(payment.id).await;
    assert_eq!((paid.status(), paid.paid_minor), (PaymentStatus::Success, 8_800));
    assert_eq!(world.order_status(&order), OrderStatus::Paid);
    assert_eq!(world.balance(AccountKind::User, partners::PAYEE), 8_800);
    assert_eq!(world.both_books(), (8_800, 8_800));
    assert_eq!(rows(&world, "payment_history").await, 2);
}

#[tokio::test]
async fn asked_again_the_same_payment_is_given_and_a_code_that_expired_is_new() {
    let world = World::new().await;
    let order = world.order(100);
    let request = CreatePaymentRequest { expire_minutes: 25, ..wanted(&order) };
    let first = create(&world.owner(), request.clone()).await.unwrap();
    let again = create(&world.owner(), request.clone()).await.unwrap();
    assert_eq!((again.id, world.bank.books().create_calls), (first.id, 1));
    world.pass(TimeDelta::minutes(16));
    let fresh = create(&world.owner(), request).await.unwrap();
    assert_eq!((fresh.id, world.bank.books().create_calls), (first.id, 2));
    let ends = host::instant(&fresh.handout.unwrap().expires_at.unwrap()).unwrap();
    assert_eq!(ends, at(&first), "a code lives no longer than its payment");
}

#[tokio::test]
async fn a_key_that_is_used_again_gets_the_same_payment_and_another_request_with_it_is_refused() {
    let world = World::new().await;
    let (order, other) = (world.order(100), world.order(200));
    let owner = world.owner().key("k1");
    let first = create(&owner, wanted(&order)).await.unwrap();
    assert_eq!(create(&owner, wanted(&order)).await.unwrap().id, first.id);
    let refused = create(&owner, wanted(&other)).await.unwrap_err();
    assert_eq!(refused.code(), Code::IdempotencyConflict);
}

#[tokio::test]
async fn thirty_who_ask_at_once_make_one_payment() {
    let world = World::new().await;
    let order = world.order(100);
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let (owner, request) = (world.owner(), wanted(&order));
        asking.spawn(async move { create(&owner, request).await.map(|payment| payment.id) });
    }
    let ids: std::collections::BTreeSet<_> = asking.join_all().await.into_iter().flatten().collect();
    assert_eq!((ids.len(), rows(&world, "payment").await), (1, 1));
}

#[tokio::test]
async fn what_cannot_be_paid_is_refused_with_its_own_code() {
    let world = World::new().await;
    let order = world.order(100);
    let ask = |change: fn(&mut CreatePaymentRequest)| {
        let (mut request, owner) = (wanted(&order), world.owner());
        change(&mut request);
        async move { create(&owner, request).await.unwrap_err().code() }
    };
    assert_eq!(ask(|request| request.expected_amount_minor = 99).await, Code::PaymentAmountError);
    assert_eq!(ask(|request| request.currency = "USD".to_owned()).await, Code::PaymentAmountError);
    assert_eq!(ask(|request| request.method = 0).await, Code::ValidationError);
    assert_eq!(ask(|request| request.channel = 0).await, Code::ValidationError);
    assert_eq!(ask(|request| request.client_ip = "x".to_owned()).await, Code::ValidationError);
    assert_eq!(ask(|request| request.extra_json = "[1]".to_owned()).await, Code::ValidationError);
    assert_eq!(ask(|request| request.expire_minutes = 1_441).await, Code::ValidationError);
    assert_eq!(ask(|request| request.order_id = 1).await, Code::NotFound);
    assert_eq!(ask(|request| request.method = Method::Wechat.into()).await, Code::ThirdPartyError);
    let stranger = world.served.user_via_gateway(99);
    assert_eq!(create(&stranger, wanted(&order)).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(rows(&world, "payment").await, 0, "nothing was written");
}

#[tokio::test]
async fn an_order_that_is_over_is_refused_and_says_why() {
    let world = World::new().await;
    for (status, code) in [
        (OrderStatus::Paid, Code::PaymentAlreadySuccess),
        (OrderStatus::Completed, Code::PaymentAlreadySuccess),
        (OrderStatus::Refunded, Code::PaymentStatusError),
        (OrderStatus::Cancelled, Code::PaymentAlreadyCancelled),
    ] {
        let order = world.order(100);
        world.partners.books().orders.get_mut(&order.order_no).unwrap().set_status(status);
        assert_eq!(create(&world.owner(), wanted(&order)).await.unwrap_err().code(), code);
    }
    let recharge = world.order(100);
    let kind = OrderKind::Recharge;
    world.partners.books().orders.get_mut(&recharge.order_no).unwrap().set_kind(kind);
    let balance = CreatePaymentRequest { method: Method::Balance.into(), ..wanted(&recharge) };
    assert_eq!(create(&world.owner(), balance).await.unwrap_err().code(), Code::ValidationError);
    let order = world.order(100);
    world.pass(TimeDelta::minutes(31));
    assert_eq!(create(&world.owner(), wanted(&order)).await.unwrap_err().code(), Code::PaymentExpired);
    let dear = world.order(5_000_001);
    assert_eq!(create(&world.owner(), wanted(&dear)).await.unwrap_err().code(), Code::PaymentLimitExceeded);
}

#[tokio::test]
async fn the_limit_of_a_day_counts_what_was_not_given_up() {
    let world = World::new().await;
    for _ in 0..4 {
        world.create(&world.order(5_000_000)).await;
    }
    let one_more = world.order(1);
    let refused = create(&world.owner(), wanted(&one_more)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PaymentLimitExceeded);
    world.pass(TimeDelta::hours(12));
    create(&world.owner(), wanted(&world.order(1))).await.unwrap();
}

#[tokio::test]
async fn a_payment_that_ended_is_shown_from_the_cache_and_never_older_than_it_was() {
    let world = World::new().await;
    let payment = world.paid(10_000).await;
    let get = || async {
        let request = v1::GetPaymentRequest { payment_id: payment.id, ..Default::default() };
        let reply = PaymentServiceClient::new(world.owner().line()).get_payment(request).await;
        reply.unwrap().into_inner()
    };
    get().await;
    assert!(get().await.is_cached);
    refund(&world.served.admin(1), payment.id, 1_000).await.unwrap();
    let after = get().await.payment.unwrap();
    assert_eq!((after.status(), after.refunded_minor), (PaymentStatus::PartiallyRefunded, 1_000));
    let stranger = world.served.user(99);
    let request = v1::GetPaymentRequest { payment_id: payment.id, ..Default::default() };
    let refused = PaymentServiceClient::new(stranger.line()).get_payment(request).await;
    assert_eq!(Fault::from(refused.unwrap_err()).code(), Code::PaymentNotFound);
}

#[tokio::test]
async fn without_redis_the_answers_are_the_same() {
    let world = World::with_redis("redis://127.0.0.1:9/").await;
    let payment = world.paid(10_000).await;
    let back = refund(&world.served.admin(1), payment.id, 10_000).await.unwrap();
    assert_eq!(back.status(), v1::RefundStatus::Success);
    assert_eq!(world.read(payment.id).await.status(), PaymentStatus::Refunded);
    assert_eq!(world.both_books(), (0, 0));
}
