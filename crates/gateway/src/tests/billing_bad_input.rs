//! Bad input to the billing face: each is a 4xx that names field and rule, and no service hears of it.

use super::stage::{Reply, Stage};

const PLACE: &str = "/api/billing";

#[expect(clippy::needless_pass_by_value, reason = "a reply is claimed once and done with")]
fn refused(reply: Reply, detail: &str) {
    reply.is_refused_in_billing(400, "VALIDATION_ERROR", &format!("请求参数验证失败: {detail}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_amounts_are_named() {
    const PLAIN: &str = "must be a plain decimal number such as 12.50";
    let stage = Stage::new().await;
    for (amount, rule) in [
        ("0", "must be greater than 0"),
        ("-1", "must be greater than 0"),
        ("99.999", "must have at most two decimals"),
        ("1e2", PLAIN),
        (r#""NaN""#, PLAIN),
        (r#""1,000""#, PLAIN),
        ("null", PLAIN),
        ("true", PLAIN),
        (r#"{"a":1}"#, PLAIN),
        ("100000000", "must be at most 99999999.99"),
    ] {
        for (path, rest) in [
            ("orders", r#""planId":1"#),
            ("payments", r#""orderId":1,"method":"wechat""#),
            ("payments/1/refund", r#""reason":"x""#),
        ] {
            let body = format!(r#"{{"amount":{amount},{rest}}}"#);
            refused(stage.post(&format!("{PLACE}/{path}"), &body).await, &format!("amount: {rule}"));
        }
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_are_missing_unknown_doubled_or_of_another_kind_are_named() {
    let stage = Stage::new().await;
    let id = "must be a positive whole number";
    for (path, body, detail) in [
        ("orders", r#"{"amount":1}"#, "planId: is required"),
        ("orders", r#"{"planId":1}"#, "amount: is required"),
        ("orders", r#"{"planId":0,"amount":1}"#, &format!("planId: {id}")),
        ("orders", r#"{"planId":1.5,"amount":1}"#, &format!("planId: {id}")),
        ("orders", r#"{"planId":"pro","amount":1}"#, &format!("planId: {id}")),
        ("orders", r#"{"planId":null,"amount":1}"#, &format!("planId: {id}")),
        ("orders", r#"{"plan_id":1,"amount":1}"#, "plan_id: is not a known field"),
        ("orders", r#"{"planId":1,"planId":2,"amount":1}"#, "planId: is given more than once"),
        ("orders", r#"{"planId":1,"amount":1,"status":"paid"}"#, "status: is not a known field"),
        ("orders", "[]", "body: must be an object"),
        ("orders/1/cancel", "{}", "reason: is required"),
        ("orders/1/cancel", r#"{"reason":1}"#, "reason: must be a string"),
        ("orders/1/cancel", r#"{"reason":"x","force":true}"#, "force: is not a known field"),
        ("payments", r#"{"method":"wechat","amount":1}"#, "orderId: is required"),
        ("payments", r#"{"orderId":1,"amount":1}"#, "method: is required"),
        ("payments", r#"{"orderId":1,"method":"wechat"}"#, "amount: is required"),
        (
            "payments",
            r#"{"orderId":1,"method":"bank","amount":1}"#,
            "method: must be one of alipay, wechat, balance",
        ),
        ("payments", r#"{"orderId":1,"method":1,"amount":1}"#, "method: must be a string"),
        (
            "payments",
            r#"{"orderId":1,"method":"wechat","amount":1,"channel":"web"}"#,
            "channel: must be one of qr, h5",
        ),
        ("payments", r#"{"orderId":"1","method":"wechat","amount":1}"#, "orderId: must be a whole number"),
        ("payments", r#"{"orderId":-1,"method":"wechat","amount":1}"#, &format!("orderId: {id}")),
        (
            "payments",
            r#"{"orderId":1,"method":"wechat","amount":1,"userId":2}"#,
            "userId: is not a known field",
        ),
        ("payments/query", "{}", "paymentNo: is required"),
        (
            "payments/query",
            r#"{"paymentNo":"x y"}"#,
            "paymentNo: must have 6 to 32 of the characters 0-9, A-Z, a-z, _ and -",
        ),
        ("payments/1/refund", r#"{"amount":1}"#, "reason: is required"),
        ("payments/1/refund", r#"{"reason":"x"}"#, "amount: is required"),
        ("payments/1/refund", r#"{"amount":1,"reason":"x","type":"full"}"#, "type: is not a known field"),
    ] {
        refused(stage.post(&format!("{PLACE}/{path}"), body).await, detail);
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn wishes_about_payments_come_from_fixed_lists_and_ranges() {
    let stage = Stage::new().await;
    for (query, detail) in [
        ("page=0", "page: must be at least 1"),
        ("limit=0", "limit: must be from 1 to 100"),
        ("limit=101", "limit: must be from 1 to 100"),
        ("size=1", "size: is not a known field"),
        ("orderId=x", "orderId: must be a whole number"),
        ("method=bank", "method: must be one of alipay, wechat, balance"),
        (
            "status=paid",
            "status: must be one of pending, processing, success, failed, refunding, refunded, cancelled",
        ),
        (
            "status=",
            "status: must be one of pending, processing, success, failed, refunding, refunded, cancelled",
        ),
        ("status=success&status=failed", "status: is given more than once"),
    ] {
        refused(stage.get(&format!("{PLACE}/payments?{query}")).await, detail);
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_in_paths_are_positive_whole_numbers() {
    let stage = Stage::new().await;
    for id in ["0", "-1", "abc", "1.0", "01", "9007199254740992"] {
        let rule = "must be a positive whole number";
        refused(stage.get(&format!("{PLACE}/payments/{id}")).await, &format!("id: {rule}"));
        let body = r#"{"amount":1,"reason":"x"}"#;
        refused(stage.post(&format!("{PLACE}/payments/{id}/refund"), body).await, &format!("id: {rule}"));
        let reply = stage.post(&format!("/billing/orders/{id}/cancel"), r#"{"reason":"x"}"#).await;
        refused(reply, &format!("orderId: {rule}"));
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}
