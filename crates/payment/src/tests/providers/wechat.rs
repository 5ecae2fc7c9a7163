//! Calling WeChat Pay: what is sent, what answers mean, and what proves nothing.

use chrono::Duration;
use clock::Clock;
use money::Minor;
use serde_json::{Value, json};
use wire::{
    keys::Certificate,
    wechat::{self, ApiKey, Authorization, BillRow, Keys},
};

use super::{
    Act, Held, PEMS, Puppet, Seen, answer, is_unknown, now, order, our_key, payment, refund, root, their_key,
    wanted, worthless,
};
use crate::providers::{
    Channel, Handout, PaymentState, Product, RefundState, Refusal, Settings, Trouble, WechatSettings,
};

pub(super) const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0119000000012026010100000000000001";
pub(super) const API_KEY: &str = "sandboxApiV3Key-0123456789abcdef";
const MERCHANT: &str = "1900000001";
const SERIAL: &str = "5B11A2C3D4E5F60718293A4B5C6D7E8F90A1B2C3";

pub(super) fn settings(url: &str) -> WechatSettings {
    WechatSettings {
        app_id: "wx0000000000000001".to_owned(),
        mch_id: MERCHANT.to_owned(),
        key: our_key(),
        serial: SERIAL.to_owned(),
        api_key: ApiKey::read(API_KEY).unwrap(),
        trust: Keys::default().with_public_key(PUBLIC_KEY_ID, their_key().public()).unwrap(),
        base_url: url.to_owned(),
        notify_url: "https://pay.example.com/callbacks/wechat".to_owned(),
    }
}

pub(super) fn client(of: WechatSettings, clock: &Clock) -> Held {
    let settings = Settings { wechat: Some(of), explains: true, ..Settings::default() };
    Held::new(settings, Channel::Wechat, clock)
}

/// Reads a request as WeChat Pay does: it must be signed, over what came.
fn read(seen: &Seen) -> Value {
    let header = Authorization::read(seen.headers["authorization"].to_str().unwrap()).unwrap();
    assert_eq!((header.mchid.as_str(), header.serial.as_str()), (MERCHANT, SERIAL));
    assert_eq!(header.check_clock(now().timestamp()), Ok(()));
    let held = header.verify(seen.method.as_str(), seen.path_and_query(), &seen.body, &our_key().public());
    assert_eq!(held, Ok(()));
    assert!(seen.headers.contains_key("accept") && seen.headers.contains_key("user-agent"));
    serde_json::from_slice(&seen.body).unwrap_or_default()
}

fn signed_with(status: u16, body: &str, serial: &str, at: i64) -> Act {
    let headers = wechat::sign(&their_key(), serial, at, "nonce", body.as_bytes()).unwrap();
    let pairs = headers.pairs().map(|(name, value)| (name, value.to_owned()));
    Act::Answer(status, pairs.to_vec(), body.as_bytes().to_vec())
}

fn signed(status: u16, body: &Value) -> Act {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    signed_with(status, &text, PUBLIC_KEY_ID, now().timestamp())
}

async fn answering(status: u16, body: Value) -> (Puppet, Held) {
    let puppet = Puppet::serve(move |seen| {
        read(seen);
        if status < 300 { signed(status, &body) } else { answer(status, body.to_string()) }
    })
    .await;
    let client = client(settings(&puppet.url), &Clock::manual(now()));
    (puppet, client)
}

pub(super) fn transaction(state: &str) -> Value {
    json!({ "appid": "wx0000000000000001", "mchid": MERCHANT, "out_trade_no": "PAY2026010100000001",
        "transaction_id": "T1", "trade_state": state, "success_time": "2026-01-01T08:05:00+08:00",
        "payer": { "openid": "oPayer" },
        "amount": { "total": 8888, "payer_total": 8000, "currency": "CNY" } })
}

#[tokio::test]
async fn each_product_is_begun_with_a_signed_request() {
    let body = json!({ "code_url": "weixin://wxpay/x", "h5_url": "https://wx.tenpay.com/x?a=1", "prepay_id": "wx1" });
    let (puppet, client) = answering(200, body).await;
    let made = client.create(&order(Product::Qr)).await.result;
    assert_eq!(made, Ok(Handout::QrCode("weixin://wxpay/x".to_owned())));
    let mut mobile = order(Product::MobilePage);
    mobile.return_url = Some("https://a.b/?c=1".to_owned());
    let made = client.create(&mobile).await.result;
    let url = "https://wx.tenpay.com/x?a=1&redirect_url=https%3A%2F%2Fa.b%2F%3Fc%3D1";
    assert_eq!(made, Ok(Handout::Redirect(url.to_owned())));
    for (product, sign, last) in [(Product::InApp, "paySign", "prepay_id=wx1"), (Product::App, "sign", "wx1")]
    {
        let Ok(Handout::AppParams(params)) = client.create(&order(product)).await.result else {
            panic!("none")
        };
        let nonce = params.get("nonceStr").or(params.get("noncestr")).unwrap();
        let message = format!("wx0000000000000001\n{}\n{nonce}\n{last}\n", now().timestamp());
        assert!(our_key().public().verifies(message.as_bytes(), &params[sign]));
    }
    let paths: Vec<_> = puppet.seen().iter().map(|seen| seen.uri.path().to_owned()).collect();
    let expected = ["native", "h5", "jsapi", "app"].map(|kind| format!("/v3/pay/transactions/{kind}"));
    assert_eq!(paths, expected);
    let sent = read(&puppet.seen()[0]);
    assert_eq!(sent["amount"], json!({ "total": 8888, "currency": "CNY" }));
    assert_eq!(
        (sent["time_expire"].as_str(), sent["description"].as_str()),
        (Some("2026-01-01T08:15:00+08:00"), Some("宿舍   电费 1"))
    );
    assert_eq!(puppet.seen()[0].headers["wechatpay-serial"], PUBLIC_KEY_ID);
    let refused = client.create(&order(Product::Page)).await.result.unwrap_err();
    assert!(matches!(refused, Trouble::Refused { reason: Refusal::NotOffered, .. }));
}

#[tokio::test]
async fn each_state_of_a_payment_is_understood() {
    for (state, expected) in [
        ("NOTPAY", Some(PaymentState::Pending)),
        ("CLOSED", Some(PaymentState::Closed)),
        ("SUCCESS", None),
        ("REFUND", None),
    ] {
        let (puppet, client) = answering(200, transaction(state)).await;
        let found = client.query(&payment()).await.result.unwrap();
        match (expected, found) {
            (Some(expected), found) => assert_eq!(found, expected),
            (None, PaymentState::Paid(paid)) => {
                assert_eq!((paid.transaction.as_str(), paid.amount), ("T1", Minor::new(8_888)));
                assert_eq!(paid.paid_at.unwrap().to_rfc3339(), "2026-01-01T00:05:00+00:00");
            }
            (None, found) => panic!("{state}: {found:?}"),
        }
        let path = "/v3/pay/transactions/out-trade-no/PAY2026010100000001?mchid=1900000001";
        assert_eq!(puppet.seen()[0].path_and_query(), path);
    }
    for code in ["ORDER_NOT_EXIST", "ORDERNOTEXIST"] {
        let (_puppet, client) = answering(404, json!({ "code": code, "message": "" })).await;
        assert_eq!(client.query(&payment()).await.result, Ok(PaymentState::NotFound));
    }
}

#[tokio::test]
async fn an_answer_that_proves_nothing_is_an_unknown_effect_and_only_questions_are_repeated() {
    for (name, act) in worthless() {
        let puppet = Puppet::serve(move |_| act()).await;
        let client = client(settings(&puppet.url), &Clock::manual(now()));
        assert!(is_unknown(&client.refund(&refund()).await), "{name}");
        assert_eq!(puppet.count(), 1, "{name}: a refund is not sent twice");
        assert!(is_unknown(&client.query(&payment()).await), "{name}");
        if ["500", "503", "429", "silence"].contains(&name) {
            assert_eq!(puppet.count(), 4, "{name}: three tries");
        }
    }
}

#[tokio::test]
async fn an_answer_whose_signature_does_not_hold_is_an_unknown_effect() {
    let body = transaction("SUCCESS").to_string();
    let at = now().timestamp();
    let by_us = wechat::sign(&our_key(), PUBLIC_KEY_ID, at, "nonce", body.as_bytes()).unwrap();
    let mut probe = by_us.clone();
    probe.signature = "WECHATPAY/SIGNTEST/x".to_owned();
    let mut cases: Vec<(&str, Vec<(&'static str, String)>)> =
        [("another key", by_us), ("a probe", probe)].map(|(name, headers)| (name, owned(&headers))).into();
    for (name, serial, time, text) in [
        ("another serial", "PUB_KEY_ID_2", at, body.as_str()),
        ("an old answer", PUBLIC_KEY_ID, at - 301, body.as_str()),
        ("another body", PUBLIC_KEY_ID, at, "{}"),
    ] {
        cases.push((
            name,
            owned(&wechat::sign(&their_key(), serial, time, "nonce", text.as_bytes()).unwrap()),
        ));
    }
    cases.push(("no signature", Vec::new()));
    for (name, headers) in cases {
        let text = body.clone();
        let puppet = Puppet::serve(move |seen| {
            if seen.uri.path() == "/v3/certificates" {
                return answer(404, "{\"code\":\"RESOURCE_NOT_EXISTS\"}");
            }
            Act::Answer(200, headers.clone(), text.clone().into_bytes())
        })
        .await;
        let client = client(settings(&puppet.url), &Clock::manual(now()));
        assert!(is_unknown(&client.query(&payment()).await), "{name}");
    }
}

fn owned(headers: &wechat::SignedHeaders) -> Vec<(&'static str, String)> {
    headers.pairs().map(|(name, value)| (name, value.to_owned())).to_vec()
}

#[tokio::test]
async fn closing_ends_with_204_and_of_a_paid_payment_with_its_state() {
    let (puppet, client) = answering(204, Value::Null).await;
    assert_eq!(client.close(&payment()).await.result, Ok(PaymentState::Closed));
    assert_eq!(read(&puppet.seen()[0]), json!({ "mchid": MERCHANT }));
    let puppet = Puppet::serve(|seen| {
        if seen.uri.path().ends_with("/close") {
            return answer(400, "{\"code\":\"ORDER_PAID\",\"message\":\"paid\"}");
        }
        signed(200, &transaction("SUCCESS"))
    })
    .await;
    let state =
        super::wechat::client(settings(&puppet.url), &Clock::manual(now())).close(&payment()).await.result;
    assert!(matches!(state, Ok(PaymentState::Paid(_))), "{state:?}");
}

#[tokio::test]
async fn each_state_of_a_refund_is_understood() {
    let body = |status: &str| {
        json!({ "refund_id": "R1", "out_refund_no": "REF2026010100000001", "out_trade_no": "PAY2026010100000001",
            "status": status, "success_time": "2026-01-01T08:05:00+08:00", "amount": { "refund": 888, "total": 8888 } })
    };
    let (puppet, client) = answering(200, body("PROCESSING")).await;
    assert_eq!(client.refund(&refund()).await.result, Ok(RefundState::Pending));
    let sent = read(&puppet.seen()[0]);
    assert_eq!(sent["amount"], json!({ "refund": 888, "total": 8888, "currency": "CNY" }));
    assert_eq!(sent["notify_url"], "https://pay.example.com/callbacks/wechat");
    let (_puppet, client) = answering(200, body("SUCCESS")).await;
    let Ok(RefundState::Done(done)) = client.query_refund(&refund()).await.result else { panic!("not done") };
    assert_eq!((done.refund.as_deref(), done.amount), (Some("R1"), Some(Minor::new(888))));
    for status in ["CLOSED", "ABNORMAL"] {
        let (_puppet, client) = answering(200, body(status)).await;
        assert!(matches!(client.query_refund(&refund()).await.result, Ok(RefundState::Failed { .. })));
    }
    let (_puppet, client) = answering(404, json!({ "code": "RESOURCE_NOT_EXISTS" })).await;
    assert_eq!(client.query_refund(&refund()).await.result, Ok(RefundState::NotFound));
    let (_puppet, client) = answering(403, json!({ "code": "NOT_ENOUGH", "message": "余额不足" })).await;
    let refused = client.refund(&refund()).await.result.unwrap_err();
    assert!(matches!(refused, Trouble::Refused { reason: Refusal::LowBalance, .. }));
    let (_puppet, client) = answering(202, body("PROCESSING")).await;
    assert!(is_unknown(&client.refund(&refund()).await));
}

#[tokio::test]
async fn platform_certificates_are_fetched_when_a_serial_is_new_and_not_more_than_once_a_minute() {
    let pem = root().issue(&wanted("WeChat", &[7]), &PEMS[1]).unwrap();
    let certificate = Certificate::read(&pem).unwrap();
    let serial = certificate.serial_hex().to_owned();
    let is_there = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let switch = is_there.clone();
    let puppet = Puppet::serve(move |seen| {
        if seen.uri.path() != "/v3/certificates" {
            return signed_with(200, &transaction("NOTPAY").to_string(), &serial, now().timestamp());
        }
        if !switch.load(std::sync::atomic::Ordering::SeqCst) {
            return answer(404, "{\"code\":\"RESOURCE_NOT_EXISTS\"}");
        }
        let api_key = ApiKey::read(API_KEY).unwrap();
        let time = "2026-01-01T08:00:00+08:00";
        let body =
            wechat::write_certificates(&[(&certificate, time, time, "SbxCertNonce")], &api_key).unwrap();
        signed_with(200, &String::from_utf8(body).unwrap(), &serial, now().timestamp())
    })
    .await;
    let clock = Clock::manual(now());
    let client = client(WechatSettings { trust: Keys::default(), ..settings(&puppet.url) }, &clock);
    let asked = || puppet.seen().iter().filter(|seen| seen.uri.path() == "/v3/certificates").count();
    for _ in 0..3 {
        assert!(is_unknown(&client.query(&payment()).await));
    }
    assert_eq!(asked(), 1, "whoever sends unknown serials does not make us ask again and again");
    is_there.store(true, std::sync::atomic::Ordering::SeqCst);
    clock.advance(Duration::seconds(61));
    for _ in 0..3 {
        assert_eq!(client.query(&payment()).await.result, Ok(PaymentState::Pending));
    }
    assert_eq!(asked(), 2);
    assert_eq!(client.refresh_trust().await, Ok(()));
    assert_eq!(asked(), 3);
}

#[tokio::test]
async fn the_book_of_a_day_is_fetched_and_its_hash_compared() {
    let row = |state: &str| BillRow {
        at: "2026-01-01 08:05:00".to_owned(),
        transaction_id: "T1".to_owned(),
        out_trade_no: "PAY2026010100000001".to_owned(),
        trade_state: state.to_owned(),
        amount: if state == "SUCCESS" { Minor::new(8_888) } else { Minor::ZERO },
        refund_amount: if state == "REFUND" { Minor::new(888) } else { Minor::ZERO },
        out_refund_no: if state == "REFUND" { "REF1".to_owned() } else { String::new() },
        ..BillRow::default()
    };
    let rows = ["SUCCESS", "REFUND", "REVOKED"].map(row);
    let packed = wechat::write_packed_bill(&rows).unwrap();
    let right = wechat::bill_hash(wechat::write_bill(&rows).as_bytes());
    for (hash, expected) in [(right, 2), ("0".repeat(40), 0)] {
        let packed = packed.clone();
        let puppet = Puppet::serve(move |seen| {
            read(seen);
            if seen.uri.path() == "/v3/billdownload/file" {
                return answer(200, packed.clone());
            }
            let host = seen.headers["host"].to_str().unwrap();
            let url = format!("http://{host}/v3/billdownload/file?token=a%2Bb");
            signed(200, &json!({ "hash_type": "SHA1", "hash_value": hash, "download_url": url }))
        })
        .await;
        let client = client(settings(&puppet.url), &Clock::manual(now()));
        let lines = client.bill("2026-01-01".parse().unwrap()).await.result;
        assert_eq!(lines.as_ref().map_or(0, Vec::len), expected, "{lines:?}");
    }
    let (_puppet, client) = answering(400, json!({ "code": "NO_STATEMENT_EXIST" })).await;
    assert_eq!(client.bill("2026-01-01".parse().unwrap()).await.result, Ok(Vec::new()));
    let (_puppet, client) = answering(400, json!({ "code": "STATEMENT_CREATING" })).await;
    let trouble = client.bill("2026-01-01".parse().unwrap()).await.result.unwrap_err();
    assert!(matches!(trouble, Trouble::Refused { reason: Refusal::NotReady, .. }));
}
