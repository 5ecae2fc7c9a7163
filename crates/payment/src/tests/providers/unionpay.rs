//! Calling UnionPay: what is sent, what answers and notifications mean, and what proves nothing.

use axum::http::HeaderMap;
use chrono::Duration;
use clock::Clock;
use money::Minor;
use wire::{
    Params,
    keys::{Certificate, PrivateKey},
    unionpay::{self, FileRow, Signer, Trust},
};

use super::{
    Held, PEMS, Puppet, Seen, answer, is_unknown, now, order, our_key, payment, refund, root, their_key,
    wanted, worthless,
};
use crate::providers::{
    BadCallback, Channel, Handout, Notice, PaymentState, Product, RefundState, Refusal, Settings, Trouble,
    UnionpaySettings,
};

const MERCHANT: &str = "777000000000001";
const COMPANY: &str = "041@Z@中国银联股份有限公司@00000002";

fn certificate(common_name: &str, key: usize) -> Certificate {
    Certificate::read(&root().issue(&wanted(common_name, &[9]), &PEMS[key]).unwrap()).unwrap()
}

fn client_at(url: &str, clock: &Clock) -> Held {
    let of = UnionpaySettings {
        merchant_id: MERCHANT.to_owned(),
        signer: Signer::new(our_key(), certificate("merchant", 0)).unwrap(),
        trust: Trust::read(root().pem(), false).unwrap(),
        base_url: url.to_owned(),
        file_url: format!("{url}/file"),
        notify_url: "https://pay.example.com/callbacks/unionpay".to_owned(),
        return_url: "https://www.example.com/done".to_owned(),
    };
    let settings = Settings { unionpay: Some(of), explains: true, ..Settings::default() };
    Held::new(settings, Channel::Unionpay, clock)
}

fn client(url: &str) -> Held {
    client_at(url, &Clock::manual(now()))
}

fn read(seen: &Seen) -> Params {
    let params = unionpay::read_form(&seen.body).unwrap();
    assert_eq!(Signer::verify_request(&certificate("merchant", 0), &params), Ok(()));
    params
}

fn with(pairs: &[(&str, &str)]) -> Params {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn signed_by(mut params: Params, common_name: &str, key: (PrivateKey, usize)) -> Params {
    let signer = Signer::new(key.0, certificate(common_name, key.1)).unwrap();
    signer.sign_with_certificate(&mut params).unwrap();
    params
}

fn genuine(params: Params) -> Params {
    signed_by(params, COMPANY, (their_key(), 1))
}

async fn answering(pairs: &[(&str, &str)]) -> (Puppet, String) {
    let body = unionpay::write_answer(&genuine(with(pairs)));
    let puppet = Puppet::serve(move |seen| {
        read(seen);
        answer(200, body.clone())
    })
    .await;
    let url = puppet.url.clone();
    (puppet, url)
}

const PAID: [(&str, &str); 7] = [
    ("respCode", "00"),
    ("origRespCode", "00"),
    ("orderId", "PAY2026010100000001"),
    ("queryId", "Q1"),
    ("txnAmt", "8888"),
    ("currencyCode", "156"),
    ("reqReserved", "{a=1&b=2}"),
];

#[tokio::test]
async fn a_payment_begins_with_a_signed_form() {
    let client = client("http://127.0.0.1:9");
    let Ok(Handout::Form(page)) = client.create(&order(Product::Page)).await.result else {
        panic!("no form")
    };
    let value = |name: &str| {
        let start = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap().1;
        start.split_once('"').unwrap().0.to_owned()
    };
    assert_eq!((value("txnAmt").as_str(), value("txnTime").as_str()), ("8888", "20260101080000"));
    assert_eq!((value("payTimeout").as_str(), value("channelType").as_str()), ("20260101081500", "07"));
    assert!(page.contains("action=\"http://127.0.0.1:9/gateway/api/frontTransReq.do\""));
    for product in [Product::Qr, Product::InApp, Product::App] {
        let refused = client.create(&order(product)).await.result.unwrap_err();
        assert!(matches!(refused, Trouble::Refused { reason: Refusal::NotOffered, .. }));
    }
    let mut odd = order(Product::Page);
    odd.out_no = "PAY-2026_01".to_owned();
    let refused = client.create(&odd).await.result.unwrap_err();
    assert!(matches!(refused, Trouble::Refused { reason: Refusal::Incomplete, .. }));
}

#[tokio::test]
async fn a_payment_is_paid_open_or_at_the_end_closed() {
    let (puppet, url) = answering(&PAID).await;
    let outcome = client(&url).query(&payment()).await;
    let Ok(PaymentState::Paid(paid)) = outcome.result else { panic!("{:?}", outcome.result) };
    assert_eq!((paid.transaction.as_str(), paid.amount), ("Q1", Minor::new(8_888)));
    assert_eq!(outcome.record.answer["signPubKeyCert"], "***");
    let sent = read(&puppet.seen()[0]);
    assert_eq!(
        (sent["orderId"].as_str(), sent["txnTime"].as_str()),
        ("PAY2026010100000001", "20260101080000")
    );
    for (code, at_once, at_the_end) in [
        ("05", PaymentState::Pending, PaymentState::Pending),
        ("30", PaymentState::Pending, PaymentState::Closed),
        ("42", PaymentState::Pending, PaymentState::Pending),
    ] {
        let answer = [("respCode", "00"), ("origRespCode", code), ("orderId", "PAY2026010100000001")];
        let (_puppet, url) = answering(&answer).await;
        let clock = Clock::manual(now());
        let client = client_at(&url, &clock);
        assert_eq!(client.query(&payment()).await.result, Ok(at_once), "{code}");
        clock.advance(Duration::minutes(21));
        assert_eq!(client.close(&payment()).await.result, Ok(at_the_end), "{code}");
    }
    let (_puppet, url) = answering(&[("respCode", "34"), ("respMsg", "no such transaction")]).await;
    assert_eq!(client(&url).query(&payment()).await.result, Ok(PaymentState::NotFound));
}

#[tokio::test]
async fn a_refund_is_accepted_and_then_asked_about() {
    let (puppet, url) = answering(&[("respCode", "00")]).await;
    assert_eq!(client(&url).refund(&refund()).await.result, Ok(RefundState::Pending));
    let sent = read(&puppet.seen()[0]);
    assert_eq!(
        (sent["txnType"].as_str(), sent["origQryId"].as_str(), sent["txnAmt"].as_str()),
        ("04", "T1", "888")
    );
    let answer = |code| {
        [("respCode", "00"), ("origRespCode", code), ("orderId", "REF2026010100000001"), ("queryId", "Q2")]
    };
    let (_puppet, url) = answering(&answer("00")).await;
    assert!(matches!(client(&url).query_refund(&refund()).await.result, Ok(RefundState::Done(_))));
    let (_puppet, url) = answering(&answer("01")).await;
    assert!(matches!(client(&url).query_refund(&refund()).await.result, Ok(RefundState::Failed { .. })));
    let (_puppet, url) = answering(&[("respCode", "03")]).await;
    assert!(is_unknown(&client(&url).refund(&refund()).await));
}

#[tokio::test]
async fn an_answer_that_proves_nothing_is_an_unknown_effect_and_only_questions_are_repeated() {
    for (name, act) in worthless() {
        let puppet = Puppet::serve(move |_| act()).await;
        let client = client(&puppet.url);
        assert!(is_unknown(&client.refund(&refund()).await), "{name}");
        assert_eq!(puppet.count(), 1, "{name}: a refund is not sent twice");
        assert!(is_unknown(&client.query(&payment()).await), "{name}");
        if ["500", "503", "429", "silence"].contains(&name) {
            assert_eq!(puppet.count(), 4, "{name}: three tries");
        }
    }
    for forged in [signed_by(with(&PAID), "041@Z@Mallory@1", (their_key(), 1)), with(&PAID)] {
        let body = unionpay::write_answer(&forged);
        let puppet = Puppet::serve(move |_| answer(200, body.clone())).await;
        assert!(is_unknown(&client(&puppet.url).query(&payment()).await));
    }
}

#[tokio::test]
async fn the_book_of_a_day_is_read() {
    let row = |kind: &str, time: &str| FileRow {
        txn_time: time.to_owned(),
        order_id: "PAY2026010100000001".to_owned(),
        txn_type: kind.to_owned(),
        amount: Minor::new(8_888),
        query_id: "Q1".to_owned(),
    };
    let rows = [row("01", "0101080030"), row("04", "1231235900"), row("31", "0101080030")];
    let content = unionpay::write_file("INN26010188ZM_777000000000001", &rows).unwrap();
    let (_puppet, url) = answering(&[("respCode", "00"), ("fileContent", &content)]).await;
    let lines = client(&url).bill("2026-01-01".parse().unwrap()).await.result.unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].at.unwrap().to_rfc3339(), "2026-01-01T00:00:30+00:00");
    assert_eq!(lines[1].at.unwrap().to_rfc3339(), "2025-12-31T15:59:00+00:00");
    let (_puppet, url) = answering(&[("respCode", "98")]).await;
    let trouble = client(&url).bill("2026-01-01".parse().unwrap()).await.result.unwrap_err();
    assert!(matches!(trouble, Trouble::Refused { reason: Refusal::NotReady, .. }));
}

#[tokio::test]
async fn notifications_are_believed_only_from_unionpay_and_only_for_us() {
    let client = client("http://127.0.0.1:9");
    let read = async |params: &Params| {
        client.read_callback(&HeaderMap::new(), unionpay::write_form(params).as_bytes()).await
    };
    let mut paid = with(&PAID);
    paid.extend(with(&[("txnType", "01"), ("merId", MERCHANT)]));
    let found = read(&genuine(paid.clone())).await;
    assert!(matches!(&found, Ok(Notice::Paid { paid, .. }) if paid.amount == Minor::new(8_888)), "{found:?}");
    let mut back = paid.clone();
    back.extend(with(&[("txnType", "04"), ("orderId", "REF1")]));
    let found = read(&genuine(back.clone())).await;
    assert!(
        matches!(&found, Ok(Notice::Refund { out_refund_no: Some(no), .. }) if no == "REF1"),
        "{found:?}"
    );
    back.extend(with(&[("respCode", "01")]));
    let found = read(&genuine(back)).await;
    assert!(matches!(&found, Ok(Notice::Refund { state: RefundState::Failed { .. }, .. })), "{found:?}");
    let mut failed = paid.clone();
    failed.extend(with(&[("respCode", "30")]));
    assert!(matches!(read(&genuine(failed)).await, Ok(Notice::Nothing { .. })));
    let mut other = paid.clone();
    other.extend(with(&[("merId", "777000000000002")]));
    assert!(matches!(read(&genuine(other)).await, Err(BadCallback::NotOurs { .. })));
    let mut tampered = genuine(paid.clone());
    tampered.extend(with(&[("txnAmt", "9999")]));
    let forged = signed_by(paid.clone(), "041@Z@Mallory@1", (our_key(), 0));
    for bad in [tampered, forged, paid] {
        assert!(matches!(read(&bad).await, Err(BadCallback::BadSignature { .. })));
    }
}
