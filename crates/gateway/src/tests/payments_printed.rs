//! Answers, as document 001 prints them.

use fault::{Code, Fault};
use http::{HeaderMap, HeaderValue};
use prost_types::Timestamp;
use proto::{page::v1::Info, wallet::v1 as wallet};
use reqwest::Method;
use serde_json::json;

use super::stage::{Reply, Stage, send};

const WALLET: &str = "/api/v1/payments/wallet/12345";
const TRANSFER: &str = "wallet.v1.WalletService/Transfer";
const LIST: &str = "wallet.v1.WalletService/ListTransactions";
const BODY: &str = r#"{"toUserId":67890,"amount":50.00,"transferReason":"朋友借款","description":"还钱","paymentPassword":"encrypted_password"}"#;

/// 2024-01-16T10:30:00 in Shanghai.
const fn instant() -> Timestamp {
    Timestamp { seconds: 1_705_372_200, nanos: 900_000_000 }
}

fn made() -> wallet::Transaction {
    wallet::Transaction {
        transfer_id: 77,
        entry_number: 3,
        r#type: wallet::TransactionType::Transfer.into(),
        kind: "transfer".to_owned(),
        amount_minor: -5_000,
        balance_after_minor: 120_000,
        at: Some(instant()),
        counterparty_user_id: 67_890,
        reference: "朋友借款".to_owned(),
        memo: "还钱".to_owned(),
        currency: "CNY".to_owned(),
    }
}

fn teach_balance(stage: &Stage, is_cached: bool, changed_at: Option<Timestamp>) {
    stage.fakes.on("wallet.v1.WalletService/ShowBalance", move |request: wallet::ShowBalanceRequest| {
        assert_eq!(request.user_id, 12_345);
        Ok(wallet::ShowBalanceResponse {
            balance_minor: 125_000,
            available_minor: 115_000,
            held_minor: 10_000,
            currency: "CNY".to_owned(),
            version: 9,
            changed_at,
            is_frozen: false,
            is_cached,
        })
    });
}

fn teach_transfer(stage: &Stage) {
    stage.fakes.on(TRANSFER, |request: wallet::TransferRequest| {
        let expected = wallet::TransferRequest {
            user_id: 12_345,
            to_user_id: 67_890,
            amount_minor: 5_000,
            payment_password: "encrypted_password".to_owned(),
            reason: "朋友借款".to_owned(),
            description: "还钱".to_owned(),
        };
        assert_eq!(request, expected);
        Ok(wallet::TransferResponse { transaction: Some(made()) })
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_balance_prints_001_e15() {
    let stage = Stage::new().await;
    teach_balance(&stage, false, Some(instant()));
    let reply = stage.get(&format!("{WALLET}/balance")).await;
    assert_eq!(
        reply.text,
        r#"{"success":true,"responseCode":"SUCCESS","responseMessage":"查询成功","data":{"userId":12345,"totalBalance":1250.00,"availableBalance":1150.00,"frozenBalance":100.00,"currency":"CNY","lastUpdateTime":"2024-01-16T10:30:00"}}"#
    );
    assert_eq!(reply.header("x-cache"), "miss");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_balance_out_of_the_cache_says_so_and_one_that_never_moved_has_no_time() {
    let stage = Stage::new().await;
    teach_balance(&stage, true, None);
    let reply = stage.get(&format!("{WALLET}/balance")).await;
    assert_eq!(reply.header("x-cache"), "hit");
    assert_eq!(reply.json()["data"]["lastUpdateTime"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn local_times_follow_the_business_zone() {
    let stage = Stage::with(&[("BUSINESS_TIME_ZONE", "Europe/Berlin")]).await;
    teach_balance(&stage, false, Some(instant()));
    let reply = stage.get(&format!("{WALLET}/balance")).await;
    assert_eq!(reply.json()["data"]["lastUpdateTime"], "2024-01-16T03:30:00");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_prints_what_moved() {
    let stage = Stage::new().await;
    teach_transfer(&stage);
    let reply = stage.post(&format!("{WALLET}/transfer"), BODY).await;
    assert_eq!(
        reply.text,
        r#"{"success":true,"responseCode":"SUCCESS","responseMessage":"转账成功","data":{"transactionId":77,"fromUserId":12345,"toUserId":67890,"amount":50.00,"currency":"CNY","transferReason":"朋友借款","description":"还钱","status":"success","createTime":"2024-01-16T10:30:00","balanceAfter":1200.00}}"#
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_needs_no_words_and_takes_an_amount_as_text() {
    let stage = Stage::new().await;
    stage.fakes.on(TRANSFER, |request: wallet::TransferRequest| {
        assert_eq!(
            (request.amount_minor, request.reason.as_str(), request.description.as_str()),
            (1, "", "")
        );
        let (reference, memo) = (String::new(), String::new());
        Ok(wallet::TransferResponse { transaction: Some(wallet::Transaction { reference, memo, ..made() }) })
    });
    let body = r#"{"toUserId":67890,"amount":"0.01","paymentPassword":"x"}"#;
    let data = stage.post(&format!("{WALLET}/transfer"), body).await.json()["data"].clone();
    assert_eq!((&data["transferReason"], &data["description"]), (&json!(null), &json!(null)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_told_in_english_on_request() {
    let stage = Stage::new().await;
    teach_transfer(&stage);
    let path = format!("{WALLET}/transfer");
    let request = stage.request(Method::POST, &path).header("authorization", stage.keys.user(1));
    let request = request.header("accept-language", "en").header("content-type", "application/json");
    assert_eq!(send(request.body(BODY)).await.json()["responseMessage"], "transferred");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_is_marked_and_the_key_reaches_the_wallet() {
    let stage = Stage::new().await;
    let mut headers = HeaderMap::new();
    headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    stage.fakes.on_stream(TRANSFER, headers, |_: wallet::TransferRequest| {
        Ok(vec![wallet::TransferResponse { transaction: Some(made()) }])
    });
    let path = format!("{WALLET}/transfer");
    let request = stage.request(Method::POST, &path).header("authorization", stage.keys.user(1));
    let request = request.header("content-type", "application/json").header("idempotency-key", "k 1");
    let reply = send(request.body(BODY)).await;
    assert_eq!((reply.status, reply.header("idempotent-replayed")), (200, "true"));
    assert_eq!(stage.fakes.calls(TRANSFER)[0].headers["idempotency-key"], "k 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_of_a_transfer_is_printed_with_its_status() {
    let stage = Stage::new().await;
    let path = format!("{WALLET}/transfer");
    for (code, status, text) in [
        (Code::InsufficientBalance, 400, "余额不足"),
        (Code::PaymentLimitExceeded, 400, "超出支付限额"),
        (Code::PaymentAmountError, 400, "支付金额错误"),
        (Code::PaymentPasswordError, 403, "支付密码错误"),
        (Code::AccountFrozen, 403, "账户被冻结"),
        (Code::Forbidden, 403, "权限不足"),
        (Code::NotFound, 404, "资源不存在"),
        (Code::IdempotencyConflict, 422, "幂等键已用于其他请求"),
        (Code::IdempotencyInProgress, 409, "相同请求正在处理中"),
    ] {
        stage.fakes.refuse(TRANSFER, Fault::new(code, "why"));
        let reply = stage.post(&path, BODY).await;
        reply.is_refused_in_payments(status, code.as_str(), &format!("{text}: why"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_wallet_names_the_fields_of_this_face() {
    let stage = Stage::new().await;
    let path = format!("{WALLET}/transfer");
    for (theirs, code, ours) in [
        ("to_user_id", "VALIDATION_ERROR", "请求参数验证失败: toUserId"),
        ("payment_password", "VALIDATION_ERROR", "请求参数验证失败: paymentPassword"),
        ("reason", "VALIDATION_ERROR", "请求参数验证失败: transferReason"),
        ("description", "VALIDATION_ERROR", "请求参数验证失败: description"),
        ("amount_minor", "PAYMENT_AMOUNT_ERROR", "支付金额错误: amount"),
        ("amount", "PAYMENT_AMOUNT_ERROR", "支付金额错误: amount"),
    ] {
        stage.fakes.refuse(TRANSFER, Fault::validation(theirs, "must be better"));
        let reply = stage.post(&path, BODY).await;
        reply.is_refused_in_payments(400, code, &format!("{ours}: must be better"));
    }
    let path = format!("{WALLET}/transactions");
    for (theirs, ours) in [
        ("limit", "pageSize"),
        ("page.size", "pageSize"),
        ("page.number", "pageNum"),
        ("from", "startTime"),
        ("to", "endTime"),
        ("type", "transactionType"),
        ("order", "orderBy"),
    ] {
        stage.fakes.refuse(LIST, Fault::validation(theirs, "must be better"));
        let reply = stage.post(&path, "{}").await;
        let message = format!("请求参数验证失败: {ours}: must be better");
        reply.is_refused_in_payments(400, "VALIDATION_ERROR", &message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_of_the_password_says_when_to_come_back() {
    let stage = Stage::new().await;
    let locked = Fault::new(Code::PaymentPasswordError, "payment_password: is locked");
    stage.fakes.refuse(TRANSFER, locked.with_field("payment_password").with_retry_after(900));
    let reply = stage.post(&format!("{WALLET}/transfer"), BODY).await;
    assert_eq!(reply.header("retry-after"), "900");
    let message = "支付密码错误: paymentPassword: is locked";
    reply.is_refused_in_payments(403, "PAYMENT_PASSWORD_ERROR", message);
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_without_wishes_are_the_newest_twenty() {
    let stage = Stage::new().await;
    stage.fakes.on(LIST, |request: wallet::ListTransactionsRequest| {
        let expected = wallet::ListTransactionsRequest {
            user_id: 12_345,
            order: wallet::TransactionOrder::CreateTime.into(),
            page: Some(proto::page::v1::Request { number: 1, size: 20 }),
            ..wallet::ListTransactionsRequest::default()
        };
        assert_eq!(request, expected);
        let came = wallet::Transaction {
            transfer_id: 78,
            r#type: wallet::TransactionType::Recharge.into(),
            amount_minor: 10_000,
            counterparty_user_id: 0,
            reference: "PAY1".to_owned(),
            memo: String::new(),
            ..made()
        };
        Ok(wallet::ListTransactionsResponse {
            transactions: vec![made(), came],
            page: Some(Info { number: 1, size: 20, total_rows: 41 }),
        })
    });
    let reply = stage.post(&format!("{WALLET}/transactions"), "{}").await;
    assert_eq!(
        reply.text,
        r#"{"success":true,"responseCode":"SUCCESS","responseMessage":"查询成功","data":{"list":[{"transactionId":77,"userId":12345,"transactionType":"transfer","direction":"out","amount":50.00,"balanceAfter":1200.00,"currency":"CNY","counterpartyUserId":67890,"reference":"朋友借款","description":"还钱","status":"success","createTime":"2024-01-16T10:30:00"},{"transactionId":78,"userId":12345,"transactionType":"recharge","direction":"in","amount":100.00,"balanceAfter":1200.00,"currency":"CNY","counterpartyUserId":null,"reference":"PAY1","description":"","status":"success","createTime":"2024-01-16T10:30:00"}],"total":41,"pageNum":1,"pageSize":20,"pages":3}}"#
    );
}

/// Asks for transactions and gives what the wallet service was asked.
async fn asked(body: &str) -> wallet::ListTransactionsRequest {
    let stage = Stage::new().await;
    let seen = std::sync::Arc::new(std::sync::Mutex::new(None));
    let place = std::sync::Arc::clone(&seen);
    stage.fakes.on(LIST, move |request: wallet::ListTransactionsRequest| {
        *place.lock().unwrap() = Some(request);
        let page = Some(Info { number: 1, size: 20, total_rows: 0 });
        Ok(wallet::ListTransactionsResponse { transactions: Vec::new(), page })
    });
    let reply = stage.post(&format!("{WALLET}/transactions"), body).await;
    assert_eq!((reply.status, &reply.json()["data"]["pages"]), (200, &json!(0)), "{}", reply.text);
    let request = seen.lock().unwrap().take();
    request.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn wishes_about_transactions_reach_the_wallet() {
    let request = asked(
        r#"{"pageNum":3,"pageSize":100,"transactionType":"withdraw","startTime":"2024-01-01T00:00:00",
        "endTime":"2024-01-31T23:59:59","orderBy":"amount","orderDirection":"asc"}"#,
    )
    .await;
    assert_eq!(request.page.map(|page| (page.number, page.size)), Some((3, 100)));
    assert_eq!(request.r#type(), wallet::TransactionType::Withdraw);
    assert_eq!((request.order(), request.ascending), (wallet::TransactionOrder::Amount, true));
    assert_eq!(request.from, Some(Timestamp { seconds: 1_704_038_400, nanos: 0 }));
    assert_eq!(request.to, Some(Timestamp { seconds: 1_706_716_799, nanos: 999_999_000 }));
    assert!(!asked(r#"{"orderDirection":"DESC"}"#).await.ascending);
}

#[tokio::test(flavor = "multi_thread")]
async fn times_may_carry_an_offset_or_be_whole_days() {
    let day = asked(r#"{"startTime":"2024-01-16","endTime":"2024-01-16"}"#).await;
    assert_eq!(day.from, Some(Timestamp { seconds: 1_705_334_400, nanos: 0 }));
    assert_eq!(day.to, Some(Timestamp { seconds: 1_705_420_799, nanos: 999_999_000 }));
    let offset =
        asked(r#"{"startTime":"2024-01-16T02:30:00Z","endTime":"2024-01-16T10:30:00.5+08:00"}"#).await;
    assert_eq!(offset.from, Some(Timestamp { seconds: 1_705_372_200, nanos: 0 }));
    assert_eq!(offset.to, Some(Timestamp { seconds: 1_705_372_200, nanos: 500_000_000 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_key_is_for_everybody() {
    let stage = Stage::new().await;
    stage.fakes.on("wallet.v1.WalletService/GetPublicKey", |_: wallet::GetPublicKeyRequest| {
        Ok(wallet::GetPublicKeyResponse {
            key_id: "k1".to_owned(),
            spki_base64: "MIIB".to_owned(),
            allows_plain_text: true,
        })
    });
    let reply = send(stage.request(Method::GET, "/api/v1/payments/wallet/public-key")).await;
    let data = json!({
        "keyId": "k1", "algorithm": "RSA-OAEP-SHA256", "publicKey": "MIIB", "plainTextAllowed": true
    });
    assert_eq!((reply.status, &reply.json()["data"]), (200, &data));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_of_a_payment_password_tells_a_lock() {
    let stage = Stage::new().await;
    let path = format!("{WALLET}/payment-password");
    for (locked_until, printed) in [(None, json!(null)), (Some(instant()), json!("2024-01-16T10:30:00"))] {
        stage.fakes.on(
            "wallet.v1.WalletService/GetPaymentPassword",
            move |_: wallet::GetPaymentPasswordRequest| {
                Ok(wallet::GetPaymentPasswordResponse { is_set: true, locked_until })
            },
        );
        let data = stage.get(&path).await.json()["data"].clone();
        assert_eq!(data, json!({"isSet": true, "lockedUntil": printed}));
    }
}

/// Claims an answer without data.
fn done(reply: &Reply, message: &str) {
    let expected =
        format!(r#"{{"success":true,"responseCode":"SUCCESS","responseMessage":"{message}","data":null}}"#);
    assert_eq!((reply.status, reply.text.as_str()), (200, expected.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_password_is_set_changed_and_reset() {
    let stage = Stage::new().await;
    stage.fakes.on(
        "wallet.v1.WalletService/SetPaymentPassword",
        |request: wallet::SetPaymentPasswordRequest| {
            assert_eq!((request.user_id, request.new_password.as_str()), (12_345, "new"));
            assert!(["", "old"].contains(&request.old_password.as_str()));
            Ok(wallet::SetPaymentPasswordResponse {})
        },
    );
    stage.fakes.on(
        "wallet.v1.WalletService/ResetPaymentPassword",
        |request: wallet::ResetPaymentPasswordRequest| {
            let words = (request.login_password.as_str(), request.new_password.as_str());
            assert_eq!((request.user_id, words), (12_345, ("login", "new")));
            Ok(wallet::ResetPaymentPasswordResponse {})
        },
    );
    let path = format!("{WALLET}/payment-password");
    for body in [r#"{"newPassword":"new"}"#, r#"{"newPassword":"new","oldPassword":"old"}"#] {
        done(&stage.json(Method::PUT, &path, body).await, "支付密码设置成功");
    }
    let body = r#"{"loginPassword":"login","newPassword":"new"}"#;
    done(&stage.post(&format!("{path}/reset"), body).await, "支付密码重置成功");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_freezes_a_wallet_and_lets_it_go() {
    let stage = Stage::new().await;
    let is_the_wallet = |account: Option<wallet::Account>, reason: &str| {
        let account = account.unwrap();
        assert_eq!(account.kind(), wallet::AccountKind::User);
        assert_eq!((account.owner.as_str(), account.asset.as_str(), reason), ("12345", "CNY", "stolen"));
    };
    stage.fakes.on("wallet.v1.WalletService/FreezeAccount", move |request: wallet::FreezeAccountRequest| {
        is_the_wallet(request.account, &request.reason);
        Ok(wallet::FreezeAccountResponse {})
    });
    stage.fakes.on(
        "wallet.v1.WalletService/UnfreezeAccount",
        move |request: wallet::UnfreezeAccountRequest| {
            is_the_wallet(request.account, &request.reason);
            Ok(wallet::UnfreezeAccountResponse {})
        },
    );
    for (act, message) in [("freeze", "账户冻结成功"), ("unfreeze", "账户解冻成功")] {
        let request = stage.request(Method::POST, &format!("{WALLET}/{act}"));
        let request = request.header("authorization", stage.keys.admin(9));
        let request = request.header("content-type", "application/json").body(r#"{"reason":"stolen"}"#);
        done(&send(request).await, message);
    }
}
