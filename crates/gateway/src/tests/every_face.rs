//! One payment, seen through every face that shows payments (checklist 6.2, 6.3).

use proto::payment::v1::{self as payment, Channel, Method, PaymentStatus as S};

use super::{
    admin_printed::admin,
    paid::{GET, in_state, paid},
    stage::Stage,
};

fn teach(stage: &Stage, shown: payment::Payment) {
    stage.fakes.on(GET, move |_: payment::GetPaymentRequest| {
        Ok(payment::GetPaymentResponse { payment: Some(shown.clone()), is_cached: true })
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_has_the_same_amounts_and_each_faces_words() {
    let stage = Stage::new().await;
    for (status, in_001, in_002, in_004) in [
        (S::Pending, "pending", 0, "pending"),
        (S::Processing, "pending", 0, "processing"),
        (S::Success, "success", 1, "success"),
        (S::Failed, "failed", 2, "failed"),
        (S::Cancelled, "cancelled", 3, "cancelled"),
        (S::Refunding, "success", 1, "refunding"),
        (S::PartiallyRefunded, "success", 5, "success"),
        (S::Refunded, "refunded", 4, "refunded"),
    ] {
        teach(&stage, in_state(status));
        let first = stage.get("/api/v1/payments/1").await;
        let second = admin(&stage, reqwest::Method::GET, "/payments/1", "").await;
        let fourth = stage.get("/api/billing/payments/1").await;
        for reply in [&first, &second, &fourth] {
            assert_eq!((reply.status, reply.header("x-cache")), (200, "hit"), "{}", reply.text);
            assert!(reply.text.contains(r#""amount":99.99,"#), "{}", reply.text);
            assert!(reply.text.contains(r#""orderNo":"ORD20250115001""#), "{}", reply.text);
        }
        assert_eq!(first.json()["data"]["status"], in_001, "{status:?}");
        assert_eq!(second.json()["data"]["status"], in_002, "{status:?}");
        assert_eq!(fourth.json()["status"], in_004, "{status:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_has_each_faces_word_even_where_its_document_has_none() {
    let stage = Stage::new().await;
    for (method, in_001, in_002) in [
        (Method::Alipay, "alipay", "ALIPAY"),
        (Method::Wechat, "wechat", "WECHAT"),
        (Method::Unionpay, "bank", "UNION"),
        (Method::Balance, "balance", "BALANCE"),
    ] {
        let channel = Channel::Qr.into();
        teach(&stage, payment::Payment { method: method.into(), channel, ..paid() });
        let first = stage.get("/api/v1/payments/1").await.json();
        assert_eq!(first["data"]["paymentMethod"], in_001);
        let second = admin(&stage, reqwest::Method::GET, "/payments/1", "").await.json();
        assert_eq!(second["data"]["paymentMethod"], in_002);
        assert_eq!(stage.get("/billing/payments/1").await.json()["method"], in_001);
    }
}
