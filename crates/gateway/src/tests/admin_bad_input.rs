//! Bad input to the admin face: each is a 4xx that names field and rule, and no service hears of it.

use reqwest::Method;

use super::{admin_printed::admin, stage::Stage};

const PLAIN: &str = "must be a plain decimal number such as 12.50";

/// Amount in an address → the rule that it breaks.
const AMOUNTS: [(&str, &str); 12] = [
    ("0", "must be greater than 0"),
    ("-1", "must be greater than 0"),
    ("0.001", "must have at most two decimals"),
    ("1e2", PLAIN),
    ("1,000", PLAIN),
    ("NaN", PLAIN),
    ("", PLAIN),
    ("%201", PLAIN),
    ("%2B1", PLAIN),
    ("１", PLAIN),
    ("100000000", "must be at most 99999999.99"),
    ("true", PLAIN),
];

async fn refused(stage: &Stage, method: Method, path: &str, body: &str, detail: &str) {
    let reply = admin(stage, method, path, body).await;
    reply.is_refused_in_admin(400, 400, &format!("请求参数验证失败: {detail}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_amounts_are_6003() {
    let stage = Stage::new().await;
    for (amount, rule) in AMOUNTS {
        for path in [
            format!("/payments/1/refund?refundAmount={amount}"),
            format!(
                "/api/v1/payment/alipay/refund?outTradeNo=ORD20250115001&refundReason=x&refundAmount={amount}"
            ),
        ] {
            let reply = admin(&stage, Method::POST, &path, "").await;
            reply.is_refused_in_admin(400, 6003, &format!("支付金额错误: refundAmount: {rule}"));
        }
    }
    for (amount, rule) in [
        ("0", "must be greater than 0"),
        ("-99.99", "must be greater than 0"),
        ("99.999", "must have at most two decimals"),
        ("1e2", PLAIN),
        (r#""1,000""#, PLAIN),
        ("null", PLAIN),
        ("[1]", PLAIN),
        ("100000000", "must be at most 99999999.99"),
    ] {
        for (path, rest) in [
            ("/payments", r#""paymentMethod":"ALIPAY""#),
            ("/api/v1/payment/alipay/create", r#""orderId":1,"subject":"x""#),
        ] {
            let body = format!(r#"{{"orderNo":"ORD20250115001","amount":{amount},{rest}}}"#);
            let reply = admin(&stage, Method::POST, path, &body).await;
            reply.is_refused_in_admin(400, 6003, &format!("支付金额错误: amount: {rule}"));
        }
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_of_operations_are_named() {
    let stage = Stage::new().await;
    let trade = "/api/v1/payment/alipay/refund";
    for (path, detail) in [
        ("/payments/1/refund", "refundAmount: is required"),
        ("/payments/1/refund?refundAmount=1&amount=1", "amount: is not a known field"),
        ("/payments/1/refund?refundAmount=1&refundAmount=2", "refundAmount: is given more than once"),
        ("/payments/1/refund?refund_amount=1", "refund_amount: is not a known field"),
        ("/payments/1/fail?reason=x", "reason: is not a known field"),
        (&format!("{trade}?refundAmount=1&refundReason=x"), "outTradeNo: is required"),
        (&format!("{trade}?outTradeNo=ORD001&refundReason=x"), "refundAmount: is required"),
        (&format!("{trade}?outTradeNo=ORD001&refundAmount=1"), "refundReason: is required"),
        (
            &format!("{trade}?outTradeNo=ORD1&refundAmount=1&refundReason=x"),
            "outTradeNo: must have 6 to 32 of the characters 0-9, A-Z, a-z, _ and -",
        ),
    ] {
        refused(&stage, Method::POST, path, "", detail).await;
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_come_from_their_ranges() {
    let stage = Stage::new().await;
    for (query, detail) in [
        ("page=0", "page: must be at least 1"),
        ("page=-1", "page: must be at least 1"),
        ("page=x", "page: must be a whole number"),
        ("size=0", "size: must be from 1 to 100"),
        ("size=101", "size: must be from 1 to 100"),
        ("limit=10", "limit: is not a known field"),
        ("userId=0", "userId: must be a positive whole number"),
        ("userId=x", "userId: must be a whole number"),
        ("status=10", "status: must be from 0 to 9"),
        ("status=-1", "status: must be from 0 to 9"),
        ("status=success", "status: must be a whole number"),
        ("channel=10", "channel: must be from 0 to 9"),
        ("channel=ALIPAY_PC", "channel: must be a whole number"),
        ("page=1&page=2", "page: is given more than once"),
    ] {
        refused(&stage, Method::GET, &format!("/payments?{query}"), "", detail).await;
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_payment_takes_what_a_caller_may_set() {
    let stage = Stage::new().await;
    let number = "must have 6 to 32 of the characters 0-9, A-Z, a-z, _ and -";
    for (change, detail) in [
        (r#""status":1"#, "status: must be 0: a payment is made unpaid"),
        (r#""transactionId":"2025""#, "transactionId: is not a known field"),
        (r#""paidAt":"2025-01-15T10:00:00Z""#, "paidAt: is not a known field"),
        (r#""id":1"#, "id: is not a known field"),
        (r#""paymentChannel":"WECHAT_APP""#, "paymentChannel: must be a channel of the paymentMethod"),
        (r#""paymentChannel":"qr""#, "paymentChannel: must be a channel such as ALIPAY_PC"),
        (r#""paymentMethod":"bank""#, "paymentMethod: is given more than once"),
        (r#""userId":0"#, "userId: must be a positive whole number"),
        (r#""currency":1"#, "currency: must be a string"),
    ] {
        let body =
            format!(r#"{{"orderNo":"ORD20250115001","amount":99.99,"paymentMethod":"ALIPAY",{change}}}"#);
        refused(&stage, Method::POST, "/payments", &body, detail).await;
    }
    for (body, detail) in [
        (r#"{"amount":1,"paymentMethod":"ALIPAY"}"#, "orderNo: is required"),
        (r#"{"orderNo":"ORD001","paymentMethod":"ALIPAY"}"#, "amount: is required"),
        (r#"{"orderNo":"ORD001","amount":1}"#, "paymentMethod: is required"),
        (
            r#"{"orderNo":"ORD001","amount":1,"paymentMethod":"bank"}"#,
            "paymentMethod: must be one of ALIPAY, WECHAT, UNION, BALANCE",
        ),
        (
            r#"{"orderNo":"订单20250115001","amount":1,"paymentMethod":"ALIPAY"}"#,
            &format!("orderNo: {number}"),
        ),
        (r#"{"orderNo":"ORD 001","amount":1,"paymentMethod":"ALIPAY"}"#, &format!("orderNo: {number}")),
        ("[]", "body: must be an object"),
    ] {
        refused(&stage, Method::POST, "/payments", body, detail).await;
    }
    refused(&stage, Method::PUT, "/payments/1", "{}", "remark: is required").await;
    let body = r#"{"remark":"x","status":1}"#;
    refused(&stage, Method::PUT, "/payments/1", body, "status: is not a known field").await;
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_off_the_list_and_in_private_networks_are_refused_before_anything_is_made() {
    let stage = Stage::with(&[("WEBHOOK_ALLOW_PRIVATE", "false")]).await;
    let private = "must not be a private, local or reserved address";
    for (field, address, rule) in [
        ("returnUrl", "https://evil.test/x", "must be on a host that is listed"),
        ("returnUrl", "https://example.com.evil.test/", "must be on a host that is listed"),
        ("notifyUrl", "http://127.0.0.1/x", private),
        ("notifyUrl", "http://2130706433/", private),
        ("notifyUrl", "http://[::1]/", private),
        ("notifyUrl", "http://169.254.169.254/latest", private),
        ("notifyUrl", "http://localhost:8080/", private),
    ] {
        let body = format!(
            r#"{{"orderId":1,"orderNo":"ORD20250115001","subject":"x","amount":1,"{field}":"{address}"}}"#
        );
        let detail = format!("{field}: {rule}");
        refused(&stage, Method::POST, "/api/v1/payment/alipay/create", &body, &detail).await;
    }
    for field in ["returnUrl", "notifyUrl"] {
        let body = format!(
            r#"{{"orderId":1,"orderNo":"ORD20250115001","subject":"x","amount":1,"{field}":"javascript:alert(1)"}}"#
        );
        let reply = admin(&stage, Method::POST, "/api/v1/payment/alipay/create", &body).await;
        assert_eq!((reply.status, &reply.json()["code"]), (400, &400.into()), "{}", reply.text);
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_a_payment_or_an_order_in_a_path_has_its_form() {
    let stage = Stage::new().await;
    for id in ["0", "-1", "abc", "1.0", "9007199254740992"] {
        let rule = "must be a positive whole number";
        refused(&stage, Method::GET, &format!("/payments/{id}"), "", &format!("id: {rule}")).await;
        let path = format!("/payments/order/{id}");
        refused(&stage, Method::GET, &path, "", &format!("orderId: {rule}")).await;
        for act in ["success", "fail", "refund?refundAmount=1"] {
            let path = format!("/payments/{id}/{act}");
            refused(&stage, Method::POST, &path, "", &format!("id: {rule}")).await;
        }
    }
    let rule = "must have 6 to 32 of the characters 0-9, A-Z, a-z, _ and -";
    for number in ["ORD1", "ORD%2000001", "%E8%AE%A2%E5%8D%95001", &"1".repeat(33)] {
        for act in ["query", "verify"] {
            let path = format!("/api/v1/payment/alipay/{act}/{number}");
            refused(&stage, Method::GET, &path, "", &format!("outTradeNo: {rule}")).await;
        }
        let path = format!("/api/v1/payment/alipay/close/{number}");
        refused(&stage, Method::POST, &path, "", &format!("outTradeNo: {rule}")).await;
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}
