//! News of orders, payments and refunds over a socket.

use std::time::Duration;

use proto::event::v1::{Event, event::Payload};
use serde_json::json;

use super::{
    client::{Client, fresh},
    fakes::instant,
    pay::{opened, order, paid, refund},
    stage::Stage,
};

fn told(user_id: i64, payload: Payload) -> Event {
    let uid = format!("pay:{}", fresh());
    Event { uid, user_id, at: Some(instant()), payload: Some(payload), ..Event::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_success_carries_the_order_at_the_top_and_in_the_data() {
    let stage = Stage::new().await;
    let (user_id, stranger) = (fresh(), fresh());
    let mut client = Client::hearing(&stage, user_id, &["payments"]).await;
    let mut other = Client::hearing(&stage, stranger, &["payments"]).await;
    stage.publish(&told(user_id, Payload::PaymentSuccess(paid()))).await;
    let frame = client.hear().await;
    assert_eq!((&frame["type"], &frame["order_no"]), (&json!("payment_success"), &json!("ORD202401160001")));
    let data = json!({
        "payment_id": 77, "payment_no": "PAY202401160001", "order_id": 987_654, "order_no": "ORD202401160001",
        "status": "success", "amount": 237.00, "refunded_amount": 0.00, "currency": "CNY",
        "payment_method": "alipay", "payment_channel": "app", "payment_time": "2024-01-16T02:45:00.900Z",
        "version": 2
    });
    assert_eq!(frame["data"], data);
    other.hears_nothing(Duration::from_millis(300)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_payments_and_refunds_are_told_by_their_names() {
    let stage = Stage::new().await;
    let user_id = fresh();
    let mut client = Client::hearing(&stage, user_id, &["payments"]).await;
    for (payload, kind, status) in [
        (Payload::PaymentCreated(opened()), "payment_created", "processing"),
        (Payload::OrderUpdated(order()), "order_updated", "pending"),
        (Payload::RefundUpdated(refund()), "refund_updated", "processing"),
    ] {
        stage.publish(&told(user_id, payload)).await;
        let frame = client.hear().await;
        assert_eq!((&frame["type"], &frame["data"]["status"]), (&json!(kind), &json!(status)));
        assert_eq!(
            (&frame["order_no"], &frame["data"]["order_no"]),
            (&json!("ORD202401160001"), &frame["order_no"])
        );
        assert!(frame.get("room_id").is_none() && frame["data"].get("handout").is_none());
    }
}
