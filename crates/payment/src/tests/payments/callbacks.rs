//! Callbacks, friendly and hostile: one effect, and none that is not signed.

use super::*;

async fn traces(world: &World) -> [i64; 4] {
    [
        rows(world, "payment_history").await,
        rows(world, "provider_event").await,
        rows(world, "audit").await,
        rows(world, "outbox").await,
    ]
}

#[tokio::test]
async fn what_is_not_signed_for_us_is_answered_with_failure_and_writes_nothing() {
    let world = World::new().await;
    let payment = world.create(&world.order(8_800)).await;
    world.bank.pay(&payment.payment_no);
    sleep(Duration::from_millis(300)).await;
    let before = traces(&world).await;
    let good = String::from_utf8(world.bank.told(&payment.payment_no, &[])).unwrap();
    let hostile = [
        Vec::new(),
        b"<xml/>".to_vec(),
        good.replace("88.00", "0.01").into_bytes(),
        good.replace("sign=", "sign=A").into_bytes(),
        good.split("&sign=").next().unwrap().as_bytes().to_vec(),
        world.bank.told(&payment.payment_no, &[("app_id", "2021999999999999")]),
        world.bank.told(&payment.payment_no, &[("seller_id", "2088999999999999")]),
        vec![b'a'; 1 << 20],
    ];
    for body in hostile {
        let shown = String::from_utf8_lossy(&body).chars().take(60).collect::<String>();
        let reply = world.tell(body).await;
        assert!(!reply.is_taken && reply.body.as_ref() != b"success", "{shown}");
    }
    assert_eq!(traces(&world).await, before);
    assert_eq!(world.read(payment.id).await.status(), PaymentStatus::Processing);
}

#[tokio::test]
async fn a_callback_about_nothing_of_ours_is_not_taken() {
    let world = World::new().await;
    world.bank.books().trades.insert(
        "PAY20260000000000".to_owned(),
        bank::Trade { amount: "1.00".to_owned(), ..Default::default() },
    );
    assert!(!world.tell(world.bank.told("PAY20260000000000", &[])).await.is_taken);
}

#[tokio::test]
async fn the_same_callback_two_hundred_times_has_one_effect() {
    let world = World::new().await;
    let payment = world.create(&world.order(8_800)).await;
    world.bank.pay(&payment.payment_no);
    let mut telling = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let (gateway, body) = (world.served.service("gateway"), world.bank.told(&payment.payment_no, &[]));
        telling.spawn(async move { callback(&gateway, body).await.unwrap().is_taken });
    }
    assert!(telling.join_all().await.into_iter().all(|is_taken| is_taken));
    world.settled(payment.id).await;
    assert_eq!(world.both_books(), (8_800, 8_800));
    assert_eq!(rows(&world, "provider_event").await, 1);
    assert_eq!(rows(&world, "payment_history").await, 2);
}

#[tokio::test]
async fn a_wrong_amount_credits_nobody_and_is_shown_to_operators() {
    let world = World::new().await;
    let payment = world.create(&world.order(8_800)).await;
    world.bank.pay(&payment.payment_no);
    for _ in 0..2 {
        let wrong = world.bank.told(&payment.payment_no, &[("total_amount", "0.01")]);
        let answer = world.tell(wrong).await;
        assert!(
            !answer.is_taken && answer.body.as_ref() == b"failure",
            "it is refused, however often it comes"
        );
    }
    let frozen = world.read(payment.id).await;
    assert!(frozen.is_frozen && frozen.paid_minor == 0);
    assert_eq!(frozen.status(), PaymentStatus::Processing);
    assert_eq!(world.partners.books().transfers(), 0);
    let listed = exceptions(&world.served.admin(1)).await.unwrap();
    assert_eq!((listed.len(), listed[0].reason()), (1, v1::ExceptionReason::Frozen));
    let request = wanted(&world.partners.books().orders[&payment.order_no].clone());
    assert!(create(&world.owner(), request).await.is_err(), "a frozen payment is not paid again");
}

#[tokio::test]
async fn a_close_that_is_told_ends_the_payment() {
    let world = World::new().await;
    let payment = world.create(&world.order(100)).await;
    world.tell(world.bank.told(&payment.payment_no, &[("trade_status", "TRADE_CLOSED")])).await;
    assert_eq!(world.read(payment.id).await.status(), PaymentStatus::Cancelled);
}
