//! The list of a user's payments, which is kept for a while: never older than what anybody was told.

use std::sync::atomic::AtomicI64;

use fault::Code;

use super::*;

/// Redis is shared with other tests; users of these ones are not.
static USERS: AtomicI64 = AtomicI64::new(7_000);

/// A user of his own for each test, unlike those of other runs.
fn somebody() -> i64 {
    let now = u64::try_from(Clock::system().now().timestamp_micros()).unwrap();
    i64::try_from(now % 1_000_000_000_000).unwrap() * 1_000 + USERS.fetch_add(1, Ordering::SeqCst) % 1_000
}

/// Begins a payment of a user.
async fn begun(world: &World, user_id: i64) -> Payment {
    let order = world.order(100);
    let own = Order { user_id, ..order };
    world.partners.books().orders.insert(own.order_no.clone(), own.clone());
    create(&world.served.user_via_gateway(user_id), wanted(&own)).await.unwrap()
}

async fn page(
    visitor: &Visitor,
    request: v1::ListPaymentsRequest,
) -> Result<v1::ListPaymentsResponse, Fault> {
    Ok(PaymentServiceClient::new(visitor.line()).list_payments(request).await?.into_inner())
}

async fn list(world: &World, user_id: i64) -> v1::ListPaymentsResponse {
    page(&world.served.user_via_gateway(user_id), v1::ListPaymentsRequest::default()).await.unwrap()
}

#[tokio::test]
async fn a_page_is_kept_until_any_payment_of_the_user_changes() {
    let (world, user) = (World::new().await, somebody());
    let first = begun(&world, user).await;
    let read = list(&world, user).await;
    assert_eq!((read.is_cached, read.payments.len()), (false, 1));
    for _ in 0..3 {
        assert_eq!(list(&world, user).await, v1::ListPaymentsResponse { is_cached: true, ..read.clone() });
    }
    begun(&world, somebody()).await;
    assert!(list(&world, user).await.is_cached, "somebody else's payment changes nothing");
    cancel(&world.served.user_via_gateway(user), first.id).await.unwrap();
    let changed = list(&world, user).await;
    assert_eq!((changed.is_cached, changed.payments[0].status()), (false, PaymentStatus::Cancelled));
    begun(&world, user).await;
    let grown = list(&world, user).await;
    assert_eq!((grown.is_cached, grown.payments.len(), grown.page.unwrap().total_rows), (false, 2, 2));
    assert!(list(&world, user).await.is_cached);
}

#[tokio::test]
async fn what_was_told_is_in_every_list_that_is_asked_for_afterwards() {
    let (world, user) = (World::new().await, somebody());
    let visitor = world.served.user_via_gateway(user);
    for at in 1..=20 {
        let made = begun(&world, user).await;
        let reading = tokio::spawn({
            let visitor = visitor.clone();
            async move { page(&visitor, v1::ListPaymentsRequest::default()).await.map(drop) }
        });
        let told = cancel(&visitor, made.id).await.unwrap();
        let listed = list(&world, user).await;
        assert_eq!(listed.page.unwrap().total_rows, at);
        let found = listed.payments.iter().find(|payment| payment.id == made.id);
        if let Some(found) = found {
            assert!(found.version >= told.version, "{} is older than {}", found.version, told.version);
        }
        reading.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_change_whose_process_died_right_after_it_is_seen_too() {
    let (world, user) = (World::new().await, somebody());
    begun(&world, user).await;
    list(&world, user).await;
    assert!(list(&world, user).await.is_cached);
    let mut conn = sqlx::PgConnection::connect(&world.test_db.url).await.unwrap();
    let change = "update payment set remark = 'changed', version = version + 1";
    sqlx::raw_sql(change).execute(&mut conn).await.unwrap();
    let read = list(&world, user).await;
    assert_eq!((read.is_cached, read.payments[0].remark.as_str()), (false, "changed"));
    sqlx::raw_sql("update payment set next_query_at = now(), query_tries = 3")
        .execute(&mut conn)
        .await
        .unwrap();
    assert!(list(&world, user).await.is_cached, "what is not shown changes no version");
}

#[tokio::test]
async fn pages_are_kept_apart_and_wishes_are_not_kept() {
    let (world, user) = (World::new().await, somebody());
    let visitor = world.served.user_via_gateway(user);
    for _ in 0..3 {
        begun(&world, user).await;
    }
    let at = |number, size| v1::ListPaymentsRequest {
        page: Some(proto::page::v1::Request { number, size }),
        ..Default::default()
    };
    let mut seen = Vec::new();
    for number in 1..=3 {
        let one = page(&visitor, at(number, 1)).await.unwrap();
        assert!(!one.is_cached);
        assert_eq!(page(&visitor, at(number, 1)).await.unwrap().payments, one.payments);
        seen.push(one.payments[0].id);
    }
    seen.dedup();
    assert_eq!(seen.len(), 3);
    assert!(!page(&visitor, at(1, 2)).await.unwrap().is_cached, "another size is another page");
    let narrowed = v1::ListPaymentsRequest { methods: vec![Method::Alipay.into()], ..at(1, 1) };
    let turned = v1::ListPaymentsRequest { ascending: true, ..at(1, 1) };
    let far = at(101, 1);
    for request in [narrowed, turned, far] {
        for _ in 0..2 {
            assert!(!page(&visitor, request.clone()).await.unwrap().is_cached, "{request:?}");
        }
    }
}

#[tokio::test]
async fn rights_are_asked_of_kept_pages_too() {
    let (world, user) = (World::new().await, somebody());
    begun(&world, user).await;
    list(&world, user).await;
    let of_him = v1::ListPaymentsRequest { user_id: user, ..Default::default() };
    let refused = page(&world.owner(), of_him.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
    let operator = world.holder(5, "payment:read");
    assert!(page(&operator, of_him).await.unwrap().is_cached, "an operator sees the same copy");
}

#[tokio::test]
async fn without_redis_the_answers_are_the_same() {
    let (world, user) = (World::with_redis("redis://127.0.0.1:9/").await, somebody());
    let made = begun(&world, user).await;
    for _ in 0..2 {
        let read = list(&world, user).await;
        assert_eq!((read.is_cached, read.payments.len()), (false, 1));
    }
    cancel(&world.served.user_via_gateway(user), made.id).await.unwrap();
    assert_eq!(list(&world, user).await.payments[0].status(), PaymentStatus::Cancelled);
}
