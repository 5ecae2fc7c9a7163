//! Bad input to payments and refunds: each is a 4xx that names field and rule, and no service hears of it.

use fault::Fault;
use reqwest::Method;

use super::{
    pay::{CANCEL, CREATE, ENSURE, LIST, ORDER, REFUND, paid, teach, teach_payment},
    stage::{Reply, Stage, send},
};

const PAYMENTS: &str = "/api/v1/payments";
const BODY: &str = r#"{"orderId":1,"orderNo":"ORD202401160001","userId":1,"amount":1,"paymentMethod":"alipay","paymentChannel":"app","subject":"x"}"#;
const REFUND_BODY: &str =
    r#"{"refundAmount":1,"refundReason":"x","refundType":"full","operatorId":1,"operatorType":"user"}"#;

#[expect(clippy::needless_pass_by_value, reason = "a reply is claimed once and done with")]
fn refused(reply: Reply, detail: &str) {
    reply.is_refused_in_payments(400, "VALIDATION_ERROR", &format!("请求参数验证失败: {detail}"));
}

fn with(more: &str) -> String {
    format!("{},{more}}}", BODY.trim_end_matches('}'))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_payment_is_read_strictly() {
    let stage = Stage::new().await;
    let number = "must have 6 to 32 of the characters 0-9, A-Z, a-z, _ and -";
    let words = "paymentMethod: must be one of alipay, wechat, bank, balance";
    for (from, to, detail) in [
        (r#""orderId":1,"#, "", "orderId: is required"),
        (r#""orderNo":"ORD202401160001","#, "", "orderNo: is required"),
        (r#""userId":1,"#, "", "userId: is required"),
        (r#""amount":1,"#, "", "amount: is required"),
        (r#""paymentMethod":"alipay","#, "", "paymentMethod: is required"),
        (r#""paymentChannel":"app","#, "", "paymentChannel: is required"),
        (r#","subject":"x""#, "", "subject: is required"),
        (r#""orderId":1"#, r#""orderId":"1""#, "orderId: must be a whole number"),
        (r#""orderId":1"#, r#""orderId":0"#, "orderId: must be a positive whole number"),
        ("ORD202401160001", "short", &format!("orderNo: {number}")),
        ("ORD202401160001", "ORD 2024;drop", &format!("orderNo: {number}")),
        ("ORD202401160001", &"9".repeat(33), &format!("orderNo: {number}")),
        (r#""alipay""#, r#""cash""#, words),
        (r#""alipay""#, r#""unionpay""#, words),
        (r#""alipay""#, "null", "paymentMethod: must be a string"),
        (r#""app""#, r#""fax""#, "paymentChannel: must be one of app, web, h5, qr"),
        (r#""subject":"x""#, r#""subject":7"#, "subject: must be a string"),
        (r#""amount":1"#, r#""amount":1,"amount":2"#, "amount: is given more than once"),
    ] {
        refused(stage.post(PAYMENTS, &BODY.replace(from, to)).await, detail);
    }
    for (more, detail) in [
        (r#""status":"success""#, "status: is not a known field"),
        (r#""order_no":"x""#, "order_no: is not a known field"),
        (r#""expireTime":0"#, "expireTime: must be from 1 to 1440"),
        (r#""expireTime":1441"#, "expireTime: must be from 1 to 1440"),
        (r#""expireTime":"30""#, "expireTime: must be a whole number"),
        (r#""clientIp":"here""#, "clientIp: must be an IP address"),
        (r#""deviceInfo":"phone""#, "deviceInfo: must be an object"),
        (r#""extraData":7"#, "extraData: must be an object"),
        (r#""extraData":{"merchantId":true}"#, "extraData.merchantId: must be an id or a name"),
        (r#""extraData":{"merchantId":" "}"#, "extraData.merchantId: must be an id or a name"),
    ] {
        refused(stage.post(PAYMENTS, &with(more)).await, detail);
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_amounts_are_payment_amount_errors_everywhere() {
    let stage = Stage::new().await;
    let two = "must have at most two decimals";
    for (path, body, field, rule) in [
        ("", BODY.replace(r#""amount":1"#, r#""amount":0"#), "amount", "must be greater than 0"),
        ("", BODY.replace(r#""amount":1"#, r#""amount":-1"#), "amount", "must be greater than 0"),
        ("", BODY.replace(r#""amount":1"#, r#""amount":0.001"#), "amount", two),
        (
            "/wallet/1/recharge",
            r#"{"amount":1.234,"paymentMethod":"alipay","paymentChannel":"app"}"#.to_owned(),
            "amount",
            two,
        ),
        (
            "/1/refund",
            REFUND_BODY.replace(r#""refundAmount":1"#, r#""refundAmount":0.001"#),
            "refundAmount",
            two,
        ),
        (
            "/1/refund",
            REFUND_BODY.replace(r#""refundAmount":1"#, r#""refundAmount":0"#),
            "refundAmount",
            "must be greater than 0",
        ),
        ("/query", r#"{"minAmount":0.001}"#.to_owned(), "minAmount", two),
        (
            "/query",
            r#"{"minAmount":5,"maxAmount":4}"#.to_owned(),
            "maxAmount",
            "must not be less than minAmount",
        ),
    ] {
        let reply = stage.post(&format!("{PAYMENTS}{path}"), &body).await;
        reply.is_refused_in_payments(400, "PAYMENT_AMOUNT_ERROR", &format!("支付金额错误: {field}: {rule}"));
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_refunding_and_recharging_are_read_strictly() {
    let stage = Stage::new().await;
    let number = "must be an id, or 6 to 32 of the characters 0-9, A-Z, a-z, _ and -";
    let cancel = r#"{"userId":1,"cancelReason":"x","operatorType":"user"}"#;
    for (path, body, detail) in [
        ("/1/cancel", "{}".to_owned(), "userId: is required".to_owned()),
        (
            "/1/cancel",
            r#"{"userId":1,"operatorType":"user"}"#.to_owned(),
            "cancelReason: is required".to_owned(),
        ),
        (
            "/1/cancel",
            cancel.replace(r#""user""#, r#""boss""#),
            "operatorType: must be one of user, system, admin".to_owned(),
        ),
        ("/0/cancel", cancel.to_owned(), format!("paymentId: {number}")),
        ("/abc/cancel", cancel.to_owned(), format!("paymentId: {number}")),
        ("/PAY%2F2024/refund", REFUND_BODY.to_owned(), format!("paymentId: {number}")),
        (
            "/1/refund",
            REFUND_BODY.replace("full", "half"),
            "refundType: must be one of full, partial".to_owned(),
        ),
        (
            "/1/refund",
            REFUND_BODY.replace(r#""user""#, r#""system""#),
            "operatorType: must be one of user, merchant, admin".to_owned(),
        ),
        (
            "/1/refund",
            REFUND_BODY.replace(r#""refundReason":"x","#, ""),
            "refundReason: is required".to_owned(),
        ),
        (
            "/1/refund",
            REFUND_BODY.replace("operatorId", "operator"),
            "operator: is not a known field".to_owned(),
        ),
        (
            "/wallet/1/recharge",
            r#"{"amount":1,"paymentMethod":"balance","paymentChannel":"app"}"#.to_owned(),
            "paymentMethod: must be one of alipay, wechat, bank".to_owned(),
        ),
        (
            "/wallet/1/recharge",
            r#"{"amount":1,"paymentMethod":"alipay","paymentChannel":"app","userId":2}"#.to_owned(),
            "userId: is not a known field".to_owned(),
        ),
    ] {
        refused(stage.post(&format!("{PAYMENTS}{path}"), &body).await, &detail);
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn wishes_about_lists_come_from_fixed_lists_and_ranges() {
    let stage = Stage::new().await;
    let number = "must be an id, or 6 to 32 of the characters 0-9, A-Z, a-z, _ and -";
    for (path, body, detail) in [
        (
            "/query",
            r#"{"status":"paid"}"#.to_owned(),
            "status: must be one of pending, success, failed, cancelled, refunded".to_owned(),
        ),
        (
            "/query",
            r#"{"orderBy":"id; drop table"}"#.to_owned(),
            "orderBy: must be one of createTime, amount".to_owned(),
        ),
        ("/query", r#"{"pageSize":101}"#.to_owned(), "pageSize: must be from 1 to 100".to_owned()),
        ("/query", r#"{"pageNum":0}"#.to_owned(), "pageNum: must be at least 1".to_owned()),
        (
            "/query",
            r#"{"startTime":"2024-02-01","endTime":"2024-01-01"}"#.to_owned(),
            "endTime: must not lie before startTime".to_owned(),
        ),
        (
            "/refunds/query",
            r#"{"orderBy":"amount"}"#.to_owned(),
            "orderBy: must be one of createTime".to_owned(),
        ),
        ("/refunds/query", r#"{"paymentId":"x"}"#.to_owned(), format!("paymentId: {number}")),
        (
            "/refunds/query",
            r#"{"status":"done"}"#.to_owned(),
            "status: must be one of processing, success, failed".to_owned(),
        ),
    ] {
        refused(stage.post(&format!("{PAYMENTS}{path}"), &body).await, &detail);
    }
    for (path, detail) in
        [("/1?userId=x", "userId: must be a whole number"), ("/1?user=1", "user: is not a known field")]
    {
        refused(stage.get(&format!("{PAYMENTS}{path}")).await, detail);
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_names_another_user_or_office_than_his_own_is_forbidden() {
    let stage = Stage::new().await;
    let user = "userId: must be the user of the token";
    let office = "this needs the permission payment:write";
    let cancel = |user_id: i64, kind: &str| {
        format!(r#"{{"userId":{user_id},"cancelReason":"x","operatorType":"{kind}"}}"#)
    };
    for (path, body, detail) in [
        ("", BODY.replace(r#""userId":1"#, r#""userId":2"#), user),
        ("/1/cancel", cancel(2, "user"), user),
        ("/1/cancel", cancel(1, "admin"), office),
        ("/1/cancel", cancel(1, "system"), office),
        ("/1/refund", REFUND_BODY.replace(r#""operatorId":1"#, r#""operatorId":2"#), user),
        ("/1/refund", REFUND_BODY.replace(r#""user""#, r#""merchant""#), office),
        ("/1/refund", REFUND_BODY.replace(r#""user""#, r#""admin""#), office),
        (
            "/wallet/2/recharge",
            r#"{"amount":1,"paymentMethod":"alipay","paymentChannel":"app"}"#.to_owned(),
            user,
        ),
        ("/query", r#"{"userId":2}"#.to_owned(), user),
        ("/refunds/query", r#"{"userId":2}"#.to_owned(), user),
    ] {
        let reply = stage.post(&format!("{PAYMENTS}{path}"), &body).await;
        reply.is_refused_in_payments(403, "FORBIDDEN", &format!("权限不足: {detail}"));
    }
    let reply = stage.get(&format!("{PAYMENTS}/1?userId=2")).await;
    reply.is_refused_in_payments(403, "FORBIDDEN", &format!("权限不足: {user}"));
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_who_names_the_wrong_user_finds_nothing() {
    let stage = Stage::new().await;
    teach_payment(&stage, paid(), false);
    let ask = async |path: &str, token: String| {
        send(stage.request(Method::GET, path).header("authorization", token)).await
    };
    assert_eq!(ask("/api/v1/payments/77?userId=1", stage.keys.admin(9)).await.status, 200);
    let reply = ask("/api/v1/payments/77?userId=2", stage.keys.admin(9)).await;
    reply.is_refused_in_payments(404, "PAYMENT_NOT_FOUND", "支付记录不存在: payment not found");
    let request = stage.request(Method::POST, "/api/v1/payments/77/cancel");
    let request =
        request.header("authorization", stage.keys.admin(9)).header("content-type", "application/json");
    let reply = send(request.body(r#"{"userId":2,"cancelReason":"x","operatorType":"admin"}"#)).await;
    assert_eq!((reply.status, stage.fakes.calls(CANCEL).len()), (404, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_services_name_the_fields_of_this_face() {
    let stage = Stage::new().await;
    teach(&stage);
    for (method, theirs, path, body, ours) in [
        (CREATE, "extra_json", "", BODY, "请求参数验证失败: extraData"),
        (CREATE, "device_json", "", BODY, "请求参数验证失败: deviceInfo"),
        (CREATE, "expire_minutes", "", BODY, "请求参数验证失败: expireTime"),
        (CREATE, "payment_password", "", BODY, "请求参数验证失败: paymentPassword"),
        (CREATE, "method", "", BODY, "请求参数验证失败: paymentMethod"),
        (ENSURE, "order_no", "", BODY, "请求参数验证失败: orderNo"),
        (ENSURE, "subject", "", BODY, "请求参数验证失败: subject"),
        (
            ORDER,
            "recharge.amount_minor",
            "/wallet/1/recharge",
            r#"{"amount":1,"paymentMethod":"alipay","paymentChannel":"app"}"#,
            "支付金额错误: amount",
        ),
        (
            CANCEL,
            "reason",
            "/1/cancel",
            r#"{"userId":1,"cancelReason":"x","operatorType":"user"}"#,
            "请求参数验证失败: cancelReason",
        ),
        (REFUND, "reason", "/1/refund", REFUND_BODY, "请求参数验证失败: refundReason"),
        (REFUND, "amount_minor", "/1/refund", REFUND_BODY, "支付金额错误: refundAmount"),
        (LIST, "to", "/query", "{}", "请求参数验证失败: endTime"),
    ] {
        teach(&stage);
        stage.fakes.refuse(method, Fault::validation(theirs, "must be better"));
        let reply = stage.post(&format!("{PAYMENTS}{path}"), body).await;
        let code = if ours.starts_with("支付") { "PAYMENT_AMOUNT_ERROR" } else { "VALIDATION_ERROR" };
        reply.is_refused_in_payments(400, code, &format!("{ours}: must be better"));
    }
}
