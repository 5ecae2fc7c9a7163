//! Calling Alipay: what is sent, what answers mean, and what proves nothing.

use serde_json::{Value, json};
use wire::{
    Params,
    alipay::{self, BillHead, BillRow, Keys},
    keys::Certificate,
};

use super::{
    Act, Held, PEMS, Puppet, Seen, answer, is_unknown, now, order, our_key, payment, refund, root, their_key,
    wanted, worthless,
};
use crate::providers::{
    AlipaySettings, Channel, Handout, PaymentState, Payout, PayoutState, Product, RefundState, Refusal,
    Settings, Trouble,
};
use clock::Clock;
use money::Minor;

const APP: &str = "2021000000000001";

pub(in crate::tests) fn settings(url: &str) -> AlipaySettings {
    AlipaySettings {
        app_id: APP.to_owned(),
        key: our_key(),
        trust: Keys::of_key(their_key().public()),
        serials: None,
        gateway: format!("{url}/gateway.do"),
        notify_url: "https://pay.example.com/callbacks/alipay".to_owned(),
        return_url: Some("https://www.example.com/done".to_owned()),
        seller_id: Some("2088000000000001".to_owned()),
    }
}

pub(super) fn client(of: AlipaySettings) -> Held {
    let settings = Settings { alipay: Some(of), explains: true, ..Settings::default() };
    Held::new(settings, Channel::Alipay, &Clock::manual(now()))
}

/// Reads a request as the gateway does: it must be signed.
fn read(seen: &Seen) -> (Params, Value) {
    let query = seen.uri.query().unwrap_or_default();
    let params = alipay::read_request(query.as_bytes(), &seen.body).unwrap();
    assert_eq!(alipay::verify(&params, &our_key().public()), Ok(()));
    let biz = serde_json::from_str(&params["biz_content"]).unwrap();
    (params, biz)
}

fn signed(seen: &Seen, content: &Value) -> Act {
    let (params, _) = read(seen);
    answer(200, alipay::write_answer(&params["method"], &content.to_string(), &their_key(), None).unwrap())
}

async fn answering(content: Value) -> (Puppet, Held) {
    let puppet = Puppet::serve(move |seen| signed(seen, &content)).await;
    let client = client(settings(&puppet.url));
    (puppet, client)
}

fn failed(sub_code: &str) -> Value {
    json!({ "code": "40004", "msg": "Business Failed", "sub_code": sub_code, "sub_msg": "text" })
}

#[tokio::test]
async fn a_code_is_asked_for_with_a_signed_request() {
    let content = json!({ "code": "10000", "out_trade_no": "PAY2026010100000001", "qr_code": "https://qr.alipay.com/x" });
    let (puppet, client) = answering(content).await;
    let outcome = client.create(&order(Product::Qr)).await;
    assert_eq!(outcome.result, Ok(Handout::QrCode("https://qr.alipay.com/x".to_owned())));
    assert_eq!(outcome.record.http_status, Some(200));
    let shown = outcome.record.answer.to_string();
    assert!(!shown.contains("qr.alipay.com") && shown.contains("\"sign\":\"***\""), "{shown}");
    let (params, biz) = read(&puppet.seen()[0]);
    assert_eq!(params["method"], "alipay.trade.precreate");
    assert_eq!(
        (params["timestamp"].as_str(), params["notify_url"].as_str()),
        ("2026-01-01 08:00:00", "https://pay.example.com/callbacks/alipay")
    );
    assert_eq!(
        biz,
        json!({ "out_trade_no": "PAY2026010100000001", "total_amount": "88.88", "subject": "宿舍   电费 1",
            "product_code": "QR_CODE_OFFLINE", "time_expire": "2026-01-01 08:15:00" })
    );
}

#[tokio::test]
async fn pages_and_apps_get_signed_parameters_without_a_call() {
    let (puppet, client) = answering(json!({})).await;
    for (product, method) in [
        (Product::Page, "alipay.trade.page.pay"),
        (Product::MobilePage, "alipay.trade.wap.pay"),
        (Product::App, "alipay.trade.app.pay"),
    ] {
        let query = match client.create(&order(product)).await.result.unwrap() {
            Handout::Redirect(url) => {
                url.strip_prefix(&format!("{}/gateway.do?", puppet.url)).unwrap().to_owned()
            }
            Handout::AppParams(params) => params["orderString"].clone(),
            other => panic!("{other:?}"),
        };
        let params = alipay::read_request(query.as_bytes(), b"").unwrap();
        assert_eq!(alipay::verify(&params, &our_key().public()), Ok(()));
        assert_eq!(params["method"], method);
        assert_eq!(params.contains_key("return_url"), product != Product::App);
        assert!(params.contains_key("notify_url"));
    }
    let Ok(Handout::Form(page)) = client.create(&order(Product::PageForm)).await.result else {
        panic!("no form")
    };
    assert!(page.contains("name=\"biz_content\"") && page.contains("sign_type=RSA2"));
    let refused = client.create(&order(Product::InApp)).await.result.unwrap_err();
    assert!(matches!(refused, Trouble::Refused { reason: Refusal::NotOffered, .. }));
    assert_eq!(puppet.count(), 0);
}

#[tokio::test]
async fn each_state_of_a_payment_is_understood() {
    let trade = |status: &str, paid: bool| {
        let mut content = json!({ "code": "10000", "trade_no": "T1", "out_trade_no": "PAY2026010100000001",
            "trade_status": status, "total_amount": "88.88", "buyer_logon_id": "a***@b.com" });
        if paid {
            content["send_pay_date"] = "2026-01-01 08:05:00".into();
        }
        content
    };
    for (content, expected) in [
        (trade("WAIT_BUYER_PAY", false), Some(PaymentState::Pending)),
        (trade("TRADE_CLOSED", false), Some(PaymentState::Closed)),
        (failed("ACQ.TRADE_NOT_EXIST"), Some(PaymentState::NotFound)),
        (trade("TRADE_SUCCESS", true), None),
        (trade("TRADE_FINISHED", true), None),
        (trade("TRADE_CLOSED", true), None),
    ] {
        let (_puppet, client) = answering(content.clone()).await;
        let state = client.query(&payment()).await.result.unwrap();
        match (expected, state) {
            (Some(expected), state) => assert_eq!(state, expected),
            (None, PaymentState::Paid(paid)) => {
                assert_eq!((paid.transaction.as_str(), paid.amount), ("T1", Minor::new(8_888)));
                assert_eq!(paid.paid_at.unwrap().to_rfc3339(), "2026-01-01T00:05:00+00:00");
                assert_eq!(paid.payer.as_deref(), Some("a***@b.com"));
            }
            (None, state) => panic!("{content}: {state:?}"),
        }
    }
    let mut other = trade("TRADE_SUCCESS", true);
    other["out_trade_no"] = "PAY2".into();
    let (_puppet, client) = answering(other).await;
    assert!(is_unknown(&client.query(&payment()).await), "an answer about another payment");
}

#[tokio::test]
async fn an_answer_that_proves_nothing_is_an_unknown_effect_and_only_questions_are_repeated() {
    for (name, act) in worthless() {
        let puppet = Puppet::serve(move |_| act()).await;
        let client = client(settings(&puppet.url));
        assert!(is_unknown(&client.refund(&refund()).await), "{name}");
        assert_eq!(puppet.count(), 1, "{name}: a refund is not sent twice");
        let outcome = client.query(&payment()).await;
        assert!(is_unknown(&outcome), "{name}");
        assert_eq!(outcome.record.http_status, name.parse().ok().or(status_of(name)), "{name}");
        let tries = puppet.count() - 1;
        assert!((1..=3).contains(&tries), "{name}: {tries} tries");
        if ["500", "503", "429", "silence"].contains(&name) {
            assert_eq!(tries, 3, "{name}");
        }
    }
}

fn status_of(name: &str) -> Option<u16> {
    match name {
        "nothing" | "a page" => Some(200),
        "a redirect" => Some(302),
        _ => None,
    }
}

#[tokio::test]
async fn an_answer_that_nobody_or_somebody_else_signed_is_an_unknown_effect() {
    let content = "{\"code\":\"10000\",\"fund_change\":\"Y\"}";
    let root = "alipay_trade_refund_response";
    let by_us = alipay::write_answer("alipay.trade.refund", content, &our_key(), None).unwrap();
    let tampered =
        alipay::write_answer("alipay.trade.refund", "{\"code\":\"40004\"}", &their_key(), None).unwrap();
    for body in [
        by_us,
        tampered.replace("{\"code\":\"40004\"}", content),
        format!("{{\"{root}\":{content}}}"),
        format!("{{\"{root}\":{{\"code\":\"40002\",\"sub_code\":\"isv.invalid-app-id\"}}}}"),
    ] {
        let text = body.clone();
        let puppet = Puppet::serve(move |_| answer(200, text.clone())).await;
        assert!(is_unknown(&client(settings(&puppet.url)).refund(&refund()).await), "{body}");
    }
}

#[tokio::test]
async fn a_refund_moved_money_only_if_the_answer_says_so() {
    for (change, expected) in [("Y", true), ("N", false)] {
        let content = json!({ "code": "10000", "fund_change": change, "refund_fee": "8.88" });
        let (puppet, client) = answering(content).await;
        let state = client.refund(&refund()).await.result.unwrap();
        assert_eq!(matches!(state, RefundState::Done(_)), expected);
        assert_eq!(state == RefundState::Pending, !expected);
        let (params, biz) = read(&puppet.seen()[0]);
        assert!(!params.contains_key("notify_url"));
        assert_eq!(
            (biz["refund_amount"].as_str(), biz["out_request_no"].as_str()),
            (Some("8.88"), Some("REF2026010100000001"))
        );
    }
}

#[tokio::test]
async fn a_question_about_a_refund_finds_it_or_not() {
    let (_puppet, client) = answering(json!({ "code": "10000", "trade_no": "T1" })).await;
    assert_eq!(client.query_refund(&refund()).await.result, Ok(RefundState::NotFound));
    let content = json!({ "code": "10000", "refund_status": "REFUND_SUCCESS", "refund_amount": "8.88" });
    let (_puppet, client) = answering(content).await;
    let Ok(RefundState::Done(done)) = client.query_refund(&refund()).await.result else { panic!("not done") };
    assert_eq!(done.amount, Some(Minor::new(888)));
}

#[tokio::test]
async fn refusals_are_told_apart_from_unknown_effects() {
    for (sub_code, reason) in [
        ("ACQ.SELLER_BALANCE_NOT_ENOUGH", Some(Refusal::LowBalance)),
        ("AQC.TRADE_NOT_ALLOW_REFUND", Some(Refusal::Other)),
        ("ACQ.DISCORDANT_REPEAT_REQUEST", Some(Refusal::NumberUsed)),
        ("ACQ.SYSTEM_ERROR", None),
        ("AQC.SYSTEM_ERROR", None),
    ] {
        let (_puppet, client) = answering(failed(sub_code)).await;
        match client.refund(&refund()).await.result.unwrap_err() {
            Trouble::Refused { reason: found, .. } => assert_eq!(Some(found), reason, "{sub_code}"),
            Trouble::Unknown { .. } => assert_eq!(reason, None, "{sub_code}"),
        }
    }
    let (_puppet, client) = answering(json!({ "code": "20000", "sub_code": "isp.unknow-error" })).await;
    assert!(is_unknown(&client.refund(&refund()).await));
}

#[tokio::test]
async fn closing_a_paid_payment_says_that_it_is_paid() {
    let puppet = Puppet::serve(|seen| {
        let content = if read(seen).0["method"] == "alipay.trade.close" {
            failed("ACQ.TRADE_STATUS_ERROR")
        } else {
            json!({ "code": "10000", "trade_no": "T1", "out_trade_no": "PAY2026010100000001",
                "trade_status": "TRADE_SUCCESS", "total_amount": "88.88" })
        };
        signed(seen, &content)
    })
    .await;
    let state = client(settings(&puppet.url)).close(&payment()).await.result;
    assert!(matches!(state, Ok(PaymentState::Paid(_))), "{state:?}");
}

#[tokio::test]
async fn the_book_of_a_day_is_fetched_unpacked_and_read() {
    let head =
        BillHead { account: "2088000000000001", day: "20260101", exported_at: "2026年01月02日 10:00:00" };
    let row = |is_refund: bool, fen: i64| BillRow {
        trade_no: "T1".to_owned(),
        out_trade_no: "PAY2026010100000001".to_owned(),
        is_refund,
        subject: "电费".to_owned(),
        created_at: "2026-01-01 08:04:30".to_owned(),
        finished_at: "2026-01-01 08:05:00".to_owned(),
        counterparty: "*三".to_owned(),
        amount: Minor::new(fen),
        received: Minor::new(fen),
        out_request_no: if is_refund { "REF1".to_owned() } else { String::new() },
        fee: Minor::ZERO,
    };
    let zip = alipay::write_bill(&head, &[row(false, 8_888), row(true, -888)]).unwrap();
    let puppet = Puppet::serve(move |seen| {
        if seen.uri.path() == "/bill.zip" {
            return answer(200, zip.clone());
        }
        let url = format!("http://{}/bill.zip", seen.headers["host"].to_str().unwrap());
        signed(seen, &json!({ "code": "10000", "bill_download_url": url }))
    })
    .await;
    let lines = client(settings(&puppet.url)).bill("2026-01-01".parse().unwrap()).await.result.unwrap();
    assert_eq!((lines[0].amount, lines[0].out_refund_no.clone()), (Minor::new(8_888), None));
    assert_eq!((lines[1].amount, lines[1].out_refund_no.as_deref()), (Minor::new(888), Some("REF1")));
    for (sub_code, expected) in
        [("BILL_NOT_EXIST", false), ("isp.bill_not_exist", false), ("NO_BILL_DATA", true)]
    {
        let (_puppet, client) = answering(failed(sub_code)).await;
        let lines = client.bill("2026-01-01".parse().unwrap()).await.result;
        assert_eq!(lines.is_ok_and(|lines| lines.is_empty()), expected, "{sub_code}");
    }
}

fn payout() -> Payout {
    Payout {
        out_no: "WD2026010100000001".to_owned(),
        amount: Minor::new(10_000),
        account: "13800000000".to_owned(),
        owner: "张三".to_owned(),
        title: "提现".to_owned(),
    }
}

/// Certificate mode: the certificate of the provider's key has this serial.
fn with_certificates(url: &str, known: &[u8]) -> AlipaySettings {
    let app = root().issue(&wanted("app", &[5]), &PEMS[0]).unwrap();
    let app = alipay::certificate_serial(&Certificate::read(&app).unwrap());
    let known = root().issue(&wanted("Alipay", known), &PEMS[1]).unwrap();
    let trust = Keys::of_certificate(&known, root().pem()).unwrap();
    let roots = alipay::root_serial(root().pem()).unwrap();
    AlipaySettings { trust, serials: Some((app, roots)), ..settings(url) }
}

#[tokio::test]
async fn a_payout_needs_certificates_and_sends_their_serials() {
    let (puppet, by_key) = answering(json!({})).await;
    let refused = by_key.payout(&payout()).await.result.unwrap_err();
    assert!(matches!(refused, Trouble::Refused { reason: Refusal::NotOffered, .. }));
    assert_eq!(puppet.count(), 0);
    let pem = root().issue(&wanted("Alipay", &[7]), &PEMS[1]).unwrap();
    let serial = alipay::certificate_serial(&Certificate::read(&pem).unwrap());
    let puppet = Puppet::serve(move |seen| {
        let (params, biz) = read(seen);
        assert!(params.contains_key("app_cert_sn") && params.contains_key("alipay_root_cert_sn"));
        assert_eq!(
            (biz["trans_amount"].as_str(), biz["payee_info"]["name"].as_str()),
            (Some("100.00"), Some("张三"))
        );
        let content = "{\"code\":\"10000\",\"status\":\"SUCCESS\",\"order_id\":\"O1\"}";
        answer(200, alipay::write_answer(&params["method"], content, &their_key(), Some(&serial)).unwrap())
    })
    .await;
    let outcome = client(with_certificates(&puppet.url, &[7])).payout(&payout()).await;
    assert_eq!(outcome.result, Ok(PayoutState::Done { transaction: "O1".to_owned() }));
}

#[tokio::test]
async fn a_certificate_that_is_new_is_fetched_and_must_chain_to_the_roots() {
    for is_genuine in [true, false] {
        let authority = if is_genuine {
            root()
        } else {
            wire::making::Authority::root(&wanted("Test Root", &[1]), &PEMS[0]).unwrap()
        };
        let pem = authority.issue(&wanted("Alipay", &[8]), &PEMS[1]).unwrap();
        let serial = alipay::certificate_serial(&Certificate::read(&pem).unwrap());
        let puppet = Puppet::serve(move |seen| {
            let (params, _) = read(seen);
            let content = if params["method"] == "alipay.open.app.alipaycert.download" {
                use base64::{Engine as _, engine::general_purpose::STANDARD};
                json!({ "code": "10000", "alipay_cert_content": STANDARD.encode(&pem) })
            } else {
                json!({ "code": "10000", "status": "DEALING" })
            };
            let body =
                alipay::write_answer(&params["method"], &content.to_string(), &their_key(), Some(&serial));
            answer(200, body.unwrap())
        })
        .await;
        let client = client(with_certificates(&puppet.url, &[7]));
        let outcome = client.query_payout("WD2026010100000001").await;
        assert_eq!(outcome.result == Ok(PayoutState::Pending), is_genuine, "{:?}", outcome.result);
        let calls = puppet.count();
        let again = client.query_payout("WD2026010100000001").await;
        assert_eq!(again.result.is_ok(), is_genuine);
        assert_eq!(puppet.count() - calls == 1, is_genuine, "what was fetched is kept");
    }
}
