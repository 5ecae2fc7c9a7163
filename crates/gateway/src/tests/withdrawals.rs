//! Withdrawals (001-E17): the request as the document prints it, the answer, refusals, and bad input.

use fault::{Code, Fault};
use http::{HeaderMap, HeaderValue};
use prost_types::Timestamp;
use proto::payment::v1::{self as payment, WithdrawMethod, WithdrawalStatus};
use reqwest::Method;
use serde_json::json;

use super::stage::{Reply, Stage, send};

const PATH: &str = "/api/v1/payments/wallet/12345/withdraw";
const WITHDRAW: &str = "payment.v1.WithdrawalService/Withdraw";
const BODY: &str = r#"{"amount":500.00,"withdrawMethod":"bank","accountInfo":{"accountName":"张三","accountNumber":"6222000000000000","bankName":"中国银行","bankCode":"BOC"},"withdrawReason":"个人消费","paymentPassword":"encrypted_password"}"#;

/// 2024-01-16T10:30:00 in Shanghai, and so many seconds later.
const fn instant(later: i64) -> Timestamp {
    Timestamp { seconds: 1_705_372_200 + later, nanos: 900_000_000 }
}

fn made(request: payment::WithdrawRequest) -> payment::Withdrawal {
    payment::Withdrawal {
        id: 77,
        withdrawal_no: "WDR20240116103000ABCDEFGHJK".to_owned(),
        user_id: request.user_id,
        amount_minor: request.amount_minor,
        fee_minor: 0,
        currency: "CNY".to_owned(),
        method: request.method,
        account_name: request.account_name,
        masked_number: "****0000".to_owned(),
        bank_name: request.bank_name,
        bank_code: request.bank_code,
        reason: request.reason,
        status: WithdrawalStatus::Success.into(),
        transaction_id: "2024011622001".to_owned(),
        created_at: Some(instant(0)),
        updated_at: Some(instant(2)),
        finished_at: Some(instant(2)),
    }
}

fn printed() -> payment::WithdrawRequest {
    payment::WithdrawRequest {
        user_id: 12_345,
        amount_minor: 50_000,
        method: WithdrawMethod::Bank.into(),
        account_name: "张三".to_owned(),
        account_number: "6222000000000000".to_owned(),
        bank_name: "中国银行".to_owned(),
        bank_code: "BOC".to_owned(),
        reason: "个人消费".to_owned(),
        payment_password: "encrypted_password".to_owned(),
    }
}

fn teach(stage: &Stage) {
    stage.fakes.on(WITHDRAW, |request: payment::WithdrawRequest| {
        Ok(payment::WithdrawResponse { withdrawal: Some(made(request)) })
    });
}

#[expect(clippy::needless_pass_by_value, reason = "a reply is claimed once and done with")]
fn refused(reply: Reply, detail: &str) {
    reply.is_refused_in_payments(400, "VALIDATION_ERROR", &format!("请求参数验证失败: {detail}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_request_of_001_e17_is_taken_and_answered() {
    let stage = Stage::new().await;
    stage.fakes.on(WITHDRAW, |request: payment::WithdrawRequest| {
        assert_eq!(request, printed());
        Ok(payment::WithdrawResponse { withdrawal: Some(made(request)) })
    });
    let reply = stage.post(PATH, BODY).await;
    assert_eq!(
        reply.text,
        r#"{"success":true,"responseCode":"SUCCESS","responseMessage":"提现申请成功","data":{"withdrawId":"WDR20240116103000ABCDEFGHJK","userId":12345,"amount":500.00,"fee":0.00,"actualAmount":500.00,"currency":"CNY","withdrawMethod":"bank","accountInfo":{"accountName":"张三","accountNumber":"****0000","bankName":"中国银行","bankCode":"BOC"},"withdrawReason":"个人消费","status":"success","transactionId":"2024011622001","createTime":"2024-01-16T10:30:00","finishTime":"2024-01-16T10:30:02"}}"#
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alipay_account_needs_no_bank_and_one_under_way_has_no_end() {
    let stage = Stage::new().await;
    stage.fakes.on(WITHDRAW, |request: payment::WithdrawRequest| {
        let status = WithdrawalStatus::Processing.into();
        let (finished_at, transaction_id) = (None, String::new());
        let withdrawal = payment::Withdrawal { status, finished_at, transaction_id, ..made(request) };
        Ok(payment::WithdrawResponse { withdrawal: Some(withdrawal) })
    });
    for (method, word) in [("Alipay", "alipay"), ("WECHAT", "wechat")] {
        let body = format!(
            r#"{{"amount":"0.10","withdrawMethod":"{method}","accountInfo":{{"accountName":"张三","accountNumber":"a@b.cn"}},"paymentPassword":"x"}}"#
        );
        let data = stage.post(PATH, &body).await.json()["data"].clone();
        assert_eq!((&data["withdrawMethod"], &data["status"]), (&json!(word), &json!("processing")));
        for name in ["withdrawReason", "transactionId", "finishTime"] {
            assert_eq!(data[name], json!(null), "{name}");
        }
        assert_eq!(data["accountInfo"]["bankName"], json!(null));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_is_told_in_english_on_request_and_a_replay_is_marked() {
    let stage = Stage::new().await;
    let mut headers = HeaderMap::new();
    headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    stage.fakes.on_stream(WITHDRAW, headers, |request: payment::WithdrawRequest| {
        Ok(vec![payment::WithdrawResponse { withdrawal: Some(made(request)) }])
    });
    let request = stage.request(Method::POST, PATH).header("authorization", stage.keys.user(12_345));
    let request = request.header("accept-language", "en").header("content-type", "application/json");
    let reply = send(request.header("idempotency-key", "k 1").body(BODY)).await;
    assert_eq!(reply.json()["responseMessage"], "withdrawal requested");
    assert_eq!(reply.header("idempotent-replayed"), "true");
    assert_eq!(stage.fakes.calls(WITHDRAW)[0].headers["idempotency-key"], "k 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_of_a_withdrawal_is_printed_with_its_status_in_both_languages() {
    let stage = Stage::new().await;
    for (code, status, chinese, english) in [
        (Code::InsufficientBalance, 400, "余额不足", "insufficient balance"),
        (Code::PaymentLimitExceeded, 400, "超出支付限额", "payment limit exceeded"),
        (Code::PaymentAmountError, 400, "支付金额错误", "wrong amount"),
        (Code::PaymentPasswordError, 403, "支付密码错误", "wrong payment password"),
        (Code::AccountFrozen, 403, "账户被冻结", "the account is frozen"),
        (Code::Forbidden, 403, "权限不足", "forbidden"),
        (Code::ThirdPartyError, 502, "第三方支付错误", "the payment provider failed"),
        (Code::IdempotencyConflict, 422, "幂等键已用于其他请求", "the idempotency key"),
    ] {
        stage.fakes.refuse(WITHDRAW, Fault::new(code, "why"));
        let reply = stage.post(PATH, BODY).await;
        let message = reply.json()["responseMessage"].as_str().unwrap().to_owned();
        assert_eq!((reply.status, reply.code().as_str()), (status, code.as_str()));
        assert!(message.starts_with(chinese), "{message}");
        let request = stage.request(Method::POST, PATH).header("authorization", stage.keys.user(12_345));
        let request = request.header("accept-language", "en").header("content-type", "application/json");
        let told = send(request.body(BODY)).await.json()["responseMessage"].as_str().unwrap().to_owned();
        assert!(told.to_lowercase().starts_with(english), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_service_names_the_fields_of_this_face() {
    let stage = Stage::new().await;
    for (theirs, code, ours) in [
        ("account_name", "VALIDATION_ERROR", "请求参数验证失败: accountInfo.accountName"),
        ("account_number", "VALIDATION_ERROR", "请求参数验证失败: accountInfo.accountNumber"),
        ("bank_name", "VALIDATION_ERROR", "请求参数验证失败: accountInfo.bankName"),
        ("bank_code", "VALIDATION_ERROR", "请求参数验证失败: accountInfo.bankCode"),
        ("method", "VALIDATION_ERROR", "请求参数验证失败: withdrawMethod"),
        ("reason", "VALIDATION_ERROR", "请求参数验证失败: withdrawReason"),
        ("payment_password", "VALIDATION_ERROR", "请求参数验证失败: paymentPassword"),
        ("amount", "PAYMENT_AMOUNT_ERROR", "支付金额错误: amount"),
    ] {
        stage.fakes.refuse(WITHDRAW, Fault::validation(theirs, "must be better"));
        let reply = stage.post(PATH, BODY).await;
        reply.is_refused_in_payments(400, code, &format!("{ours}: must be better"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_is_read_strictly() {
    let stage = Stage::new().await;
    teach(&stage);
    for (from, to, detail) in [
        (r#""amount":500.00,"#, "", "amount: is required"),
        (r#""withdrawMethod":"bank","#, "", "withdrawMethod: is required"),
        (r#","paymentPassword":"encrypted_password""#, "", "paymentPassword: is required"),
        (r#""bank","#, r#""cash","#, "withdrawMethod: must be one of bank, alipay, wechat"),
        (r#""bank","#, "null,", "withdrawMethod: must be a string"),
        (r#""accountName":"张三","#, "", "accountInfo.accountName: is required"),
        (r#""accountNumber":"6222000000000000","#, "", "accountInfo.accountNumber: is required"),
        (r#""6222000000000000""#, "6222000000000000", "accountInfo.accountNumber: must be a string"),
        (r#""张三""#, "null", "accountInfo.accountName: must be a string"),
        (r#""bankName":"中国银行","#, "", "accountInfo.bankName: is required for bank"),
        (r#""中国银行""#, r#""""#, "accountInfo.bankName: is required for bank"),
        (r#""中国银行""#, "7", "accountInfo.bankName: must be a string"),
        (r#""BOC""#, "7", "accountInfo.bankCode: must be a string"),
        (r#""bankCode""#, r#""swift""#, "accountInfo.swift: is not a known field"),
        (r#""个人消费""#, "7", "withdrawReason: must be a string"),
        (r#""encrypted_password""#, "7", "paymentPassword: must be a string"),
        (r#""withdrawReason""#, r#""reason""#, "reason: is not a known field"),
        (r#""amount":500.00,"#, r#""amount":500.00,"amount":1,"#, "amount: is given more than once"),
        (r#""amount":500.00,"#, r#""amount":500.00,"fee":0,"#, "fee: is not a known field"),
    ] {
        refused(stage.post(PATH, &BODY.replace(from, to)).await, detail);
    }
    let account =
        r#"{"accountName":"张三","accountNumber":"6222000000000000","bankName":"中国银行","bankCode":"BOC"}"#;
    for (to, detail) in [("7", "accountInfo: must be an object"), ("null", "accountInfo: must be an object")]
    {
        refused(stage.post(PATH, &BODY.replace(account, to)).await, detail);
    }
    for (raw, rule) in [
        ("0", "must be greater than 0"),
        ("-1", "must be greater than 0"),
        ("0.001", "must have at most two decimals"),
        ("1e2", "must be a plain decimal number such as 12.50"),
        ("100000000", "must be at most 99999999.99"),
    ] {
        let reply = stage.post(PATH, &BODY.replace("500.00", raw)).await;
        let message = format!("支付金额错误: amount: {rule}");
        reply.is_refused_in_payments(400, "PAYMENT_AMOUNT_ERROR", &message);
    }
    for id in ["0", "abc", "1.0"] {
        let path = format!("/api/v1/payments/wallet/{id}/withdraw");
        refused(stage.post(&path, BODY).await, "userId: must be a positive whole number");
    }
    assert_eq!(stage.fakes.calls(WITHDRAW).len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_withdraws_without_a_token() {
    let stage = Stage::new().await;
    let request = stage.request(Method::POST, PATH).header("content-type", "application/json");
    assert_eq!(send(request.body(BODY)).await.status, 401);
    assert_eq!(stage.fakes.calls(WITHDRAW).len(), 0);
}
