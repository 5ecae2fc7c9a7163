//! What WeChat Pay tells us unasked: paid, refunded; and what is no word of WeChat Pay's.

use axum::http::{HeaderMap, HeaderValue};
use clock::Clock;
use money::Minor;
use serde_json::{Value, json};
use wire::{
    Mistake,
    keys::PrivateKey,
    wechat::{self, ApiKey, Notification, SignedHeaders},
};

use super::{
    Puppet, answer, now, our_key, their_key,
    wechat::{API_KEY, PUBLIC_KEY_ID, client, settings, transaction},
};
use crate::providers::{BadCallback, Notice, RefundState};

fn envelope(event: &str, kind: &str, plain: &Value) -> Vec<u8> {
    let notification = Notification {
        id: "1".to_owned(),
        event_type: event.to_owned(),
        original_type: kind.to_owned(),
        plaintext: plain.to_string().into_bytes(),
    };
    let api_key = ApiKey::read(API_KEY).unwrap();
    wechat::write_notification(&notification, "2026-01-01T08:00:00+08:00", "成功", &api_key, "SbxNonce0001")
        .unwrap()
}

fn signed(body: &[u8], key: &PrivateKey, serial: &str, at: i64) -> SignedHeaders {
    wechat::sign(key, serial, at, "nonce", body).unwrap()
}

async fn read(headers: &SignedHeaders, body: &[u8]) -> Result<Notice, BadCallback> {
    let mut map = HeaderMap::new();
    for (name, value) in headers.pairs() {
        map.insert(name, HeaderValue::from_str(value).unwrap());
    }
    let puppet = Puppet::serve(|_| answer(404, "{\"code\":\"RESOURCE_NOT_EXISTS\"}")).await;
    client(settings(&puppet.url), &Clock::manual(now())).read_callback(&map, body).await
}

async fn told(event: &str, kind: &str, plain: &Value) -> Result<Notice, BadCallback> {
    let body = envelope(event, kind, plain);
    read(&signed(&body, &their_key(), PUBLIC_KEY_ID, now().timestamp()), &body).await
}

#[tokio::test]
async fn a_payment_is_told_with_the_orders_amount() {
    let found = told("TRANSACTION.SUCCESS", "transaction", &transaction("SUCCESS")).await;
    let Ok(Notice::Paid { out_no, paid }) = found else { panic!("{found:?}") };
    assert_eq!((out_no.as_str(), paid.amount), ("PAY2026010100000001", Minor::new(8_888)));
    assert_eq!(paid.payer.as_deref(), Some("oPayer"));
}

#[tokio::test]
async fn each_end_of_a_refund_is_told() {
    let plain = |status: &str| {
        json!({ "mchid": "1900000001", "out_trade_no": "PAY2026010100000001", "out_refund_no": "REF1",
            "refund_id": "R1", "refund_status": status, "amount": { "refund": 888, "total": 8888 } })
    };
    let found = told("REFUND.SUCCESS", "refund", &plain("SUCCESS")).await;
    let Ok(Notice::Refund { out_refund_no, state: RefundState::Done(done), .. }) = found else {
        panic!("{found:?}")
    };
    assert_eq!((out_refund_no.as_deref(), done.amount), (Some("REF1"), Some(Minor::new(888))));
    for (event, status) in [("REFUND.ABNORMAL", "ABNORMAL"), ("REFUND.CLOSED", "CLOSED")] {
        let found = told(event, "refund", &plain(status)).await;
        assert!(matches!(found, Ok(Notice::Refund { state: RefundState::Failed { .. }, .. })), "{found:?}");
    }
    assert!(matches!(told("OTHER.EVENT", "other", &json!({})).await, Ok(Notice::Nothing { .. })));
}

#[tokio::test]
async fn what_is_meant_for_somebody_else_is_not_ours() {
    for (name, value) in [("mchid", "1900000002"), ("appid", "wx0000000000000002")] {
        let mut plain = transaction("SUCCESS");
        plain[name] = value.into();
        let found = told("TRANSACTION.SUCCESS", "transaction", &plain).await;
        assert!(matches!(found, Err(BadCallback::NotOurs { .. })), "{name}: {found:?}");
    }
    let mut plain = transaction("SUCCESS");
    plain["amount"]["currency"] = "USD".into();
    let found = told("TRANSACTION.SUCCESS", "transaction", &plain).await;
    assert!(matches!(found, Err(BadCallback::NotOurs { .. })), "{found:?}");
}

#[tokio::test]
async fn what_wechat_pay_did_not_sign_or_seal_is_refused() {
    let body = envelope("TRANSACTION.SUCCESS", "transaction", &transaction("SUCCESS"));
    let at = now().timestamp();
    let good = signed(&body, &their_key(), PUBLIC_KEY_ID, at);
    assert!(read(&good, &body).await.is_ok());
    let mut probe = good.clone();
    probe.signature = "WECHATPAY/SIGNTEST/x".to_owned();
    let other_data = String::from_utf8(body.clone())
        .unwrap()
        .replace("\"associated_data\":\"transaction\"", "\"associated_data\":\"refund\"");
    let cases = [
        ("another key", signed(&body, &our_key(), PUBLIC_KEY_ID, at), body.clone()),
        ("an unknown serial", signed(&body, &their_key(), "PUB_KEY_ID_9", at), body.clone()),
        ("a replay", signed(&body, &their_key(), PUBLIC_KEY_ID, at - 301), body.clone()),
        ("a probe", probe, body.clone()),
        ("another body", good.clone(), [body.as_slice(), b" "].concat()),
        (
            "other associated data",
            signed(other_data.as_bytes(), &their_key(), PUBLIC_KEY_ID, at),
            other_data.into_bytes(),
        ),
        ("no JSON", signed(b"<xml/>", &their_key(), PUBLIC_KEY_ID, at), b"<xml/>".to_vec()),
        ("a megabyte", good, vec![b'x'; 1 << 20]),
    ];
    for (name, headers, body) in cases {
        let found = read(&headers, &body).await;
        assert!(matches!(found, Err(BadCallback::BadSignature { .. })), "{name}: {found:?}");
    }
    let client = client(settings("http://127.0.0.1:9"), &Clock::manual(now()));
    let bare = client.read_callback(&HeaderMap::new(), b"{}").await;
    assert!(matches!(bare, Err(BadCallback::BadSignature { .. })));
    assert_eq!(client.explain_callback(&HeaderMap::new(), b"{}").cause(), Some(Mistake::Unsigned));
    assert_eq!((client.reply(true).status, client.reply(false).status), (204, 401));
}
