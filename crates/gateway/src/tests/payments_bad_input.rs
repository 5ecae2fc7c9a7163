//! Bad input to the payments face: each is a 4xx that names field and rule, and no service hears of it.

use reqwest::Method;

use super::stage::{Reply, Stage};

const WALLET: &str = "/api/v1/payments/wallet/1";

#[expect(clippy::needless_pass_by_value, reason = "a reply is claimed once and done with")]
fn refused(reply: Reply, detail: &str) {
    reply.is_refused_in_payments(400, "VALIDATION_ERROR", &format!("请求参数验证失败: {detail}"));
}

fn transfer(amount: &str) -> String {
    format!(r#"{{"toUserId":2,"amount":{amount},"paymentPassword":"x"}}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_amounts_are_payment_amount_errors() {
    const PLAIN: &str = "must be a plain decimal number such as 12.50";
    let stage = Stage::new().await;
    let path = format!("{WALLET}/transfer");
    for (amount, rule) in [
        ("0", "must be greater than 0"),
        ("0.00", "must be greater than 0"),
        ("-1", "must be greater than 0"),
        ("0.001", "must have at most two decimals"),
        ("1.000", "must have at most two decimals"),
        ("1e400", PLAIN),
        ("1e2", PLAIN),
        (r#""NaN""#, PLAIN),
        (r#""Infinity""#, PLAIN),
        (r#""1,000""#, PLAIN),
        (r#""１２""#, PLAIN),
        (r#"" 1""#, PLAIN),
        (r#""+1""#, PLAIN),
        (r#""""#, PLAIN),
        ("null", PLAIN),
        ("true", PLAIN),
        ("[1]", PLAIN),
        (r#"{"a":1}"#, PLAIN),
        ("9007199254740993", "must be at most 99999999.99"),
        ("100000000", "must be at most 99999999.99"),
    ] {
        let reply = stage.post(&path, &transfer(amount)).await;
        let message = format!("支付金额错误: amount: {rule}");
        reply.is_refused_in_payments(400, "PAYMENT_AMOUNT_ERROR", &message);
    }
    refused(stage.post(&path, &transfer("NaN")).await, "body: must be valid JSON (line 1, column 24)");
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_are_missing_unknown_doubled_or_of_another_kind_are_named() {
    let stage = Stage::new().await;
    let id = "must be a positive whole number";
    for (body, detail) in [
        (r#"{"amount":1,"paymentPassword":"x"}"#, "toUserId: is required"),
        (r#"{"toUserId":2,"paymentPassword":"x"}"#, "amount: is required"),
        (r#"{"toUserId":2,"amount":1}"#, "paymentPassword: is required"),
        (r#"{"toUserId":"2","amount":1,"paymentPassword":"x"}"#, "toUserId: must be a whole number"),
        (r#"{"toUserId":2.5,"amount":1,"paymentPassword":"x"}"#, "toUserId: must be a whole number"),
        (r#"{"toUserId":null,"amount":1,"paymentPassword":"x"}"#, "toUserId: must be a whole number"),
        (r#"{"toUserId":0,"amount":1,"paymentPassword":"x"}"#, &format!("toUserId: {id}")),
        (r#"{"toUserId":9007199254740992,"amount":1,"paymentPassword":"x"}"#, &format!("toUserId: {id}")),
        (r#"{"toUserId":2,"amount":1,"paymentPassword":7}"#, "paymentPassword: must be a string"),
        (r#"{"toUserId":2,"amount":1,"paymentPassword":null}"#, "paymentPassword: must be a string"),
        (
            r#"{"toUserId":2,"amount":1,"paymentPassword":"x","transferReason":5}"#,
            "transferReason: must be a string",
        ),
        (
            r#"{"toUserId":2,"amount":1,"paymentPassword":"x","currency":"USD"}"#,
            "currency: is not a known field",
        ),
        (r#"{"to_user_id":2,"amount":1,"paymentPassword":"x"}"#, "to_user_id: is not a known field"),
        (r#"{"toUserId":2,"amount":1,"amount":2,"paymentPassword":"x"}"#, "amount: is given more than once"),
        ("[]", "body: must be an object"),
        ("", "body: must be valid JSON (line 1, column 0)"),
    ] {
        refused(stage.post(&format!("{WALLET}/transfer"), body).await, detail);
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn wishes_about_transactions_come_from_fixed_lists_and_ranges() {
    let stage = Stage::new().await;
    let time = "must be a time such as 2024-01-16T10:30:00, or a date";
    for (body, detail) in [
        (r#"{"pageNum":0}"#, "pageNum: must be at least 1"),
        (r#"{"pageNum":-1}"#, "pageNum: must be at least 1"),
        (r#"{"pageNum":"1"}"#, "pageNum: must be a whole number"),
        (r#"{"pageNum":99999999999}"#, "pageNum: must be a whole number"),
        (r#"{"pageSize":0}"#, "pageSize: must be from 1 to 100"),
        (r#"{"pageSize":101}"#, "pageSize: must be from 1 to 100"),
        (r#"{"pageSize":null}"#, "pageSize: must be a whole number"),
        (r#"{"page":1}"#, "page: is not a known field"),
        (
            r#"{"transactionType":"gift"}"#,
            "transactionType: must be one of all, recharge, withdraw, transfer, payment",
        ),
        (r#"{"orderBy":"userId"}"#, "orderBy: must be one of createTime, amount"),
        (r#"{"orderBy":"amount; drop table"}"#, "orderBy: must be one of createTime, amount"),
        (r#"{"orderDirection":"UP"}"#, "orderDirection: must be one of ASC, DESC"),
        (r#"{"orderDirection":null}"#, "orderDirection: must be a string"),
    ] {
        refused(stage.post(&format!("{WALLET}/transactions"), body).await, detail);
    }
    let body = r#"{"startTime":"2024-01-17","endTime":"2024-01-16T23:59:59"}"#;
    let reply = stage.post(&format!("{WALLET}/transactions"), body).await;
    refused(reply, "endTime: must not lie before startTime");
    for text in [
        "",
        "yesterday",
        "2024-02-30",
        "2024-01-16T25:00:00",
        "2024-01-16 10:30:00",
        "2024-13-01T00:00:00",
        "1705372200",
        "2024-01-16T10:30",
        "２024-01-16",
        "2024-01-16T10:30:0é",
        "0000-01-01T00:00:00",
    ] {
        for field in ["startTime", "endTime"] {
            let body = format!(r#"{{"{field}":"{text}"}}"#);
            let reply = stage.post(&format!("{WALLET}/transactions"), &body).await;
            refused(reply, &format!("{field}: {time}"));
        }
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_and_reasons_are_required_texts() {
    let stage = Stage::new().await;
    for (method, path, body, detail) in [
        (Method::PUT, "payment-password", "{}", "newPassword: is required"),
        (Method::PUT, "payment-password", r#"{"newPassword":1}"#, "newPassword: must be a string"),
        (
            Method::PUT,
            "payment-password",
            r#"{"newPassword":"x","password":"y"}"#,
            "password: is not a known field",
        ),
        (Method::POST, "payment-password/reset", r#"{"newPassword":"x"}"#, "loginPassword: is required"),
        (Method::POST, "payment-password/reset", r#"{"loginPassword":"x"}"#, "newPassword: is required"),
    ] {
        refused(stage.json(method, &format!("{WALLET}/{path}"), body).await, detail);
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_in_paths_are_positive_whole_numbers() {
    let stage = Stage::new().await;
    for id in ["0", "-1", "abc", "1.0", "+1", "01", "9007199254740992", "public-key", "%EF%BC%91"] {
        let reply = stage.get(&format!("/api/v1/payments/wallet/{id}/balance")).await;
        refused(reply, "userId: must be a positive whole number");
    }
}
