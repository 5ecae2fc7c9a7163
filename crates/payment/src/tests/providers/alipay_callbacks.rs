//! What Alipay tells us unasked: paid, closed, refunded; and what is no word of Alipay's.

use axum::http::HeaderMap;
use money::Minor;
use wire::{Mistake, Params, alipay};

use super::{
    alipay::{client, settings},
    our_key, their_key,
};
use crate::providers::{BadCallback, Notice, RefundState};

fn fields(changes: &[(&str, &str)]) -> Params {
    let all = [
        ("app_id", "2021000000000001"),
        ("seller_id", "2088000000000001"),
        ("charset", "utf-8"),
        ("trade_no", "T1"),
        ("out_trade_no", "PAY2026010100000001"),
        ("trade_status", "TRADE_SUCCESS"),
        ("total_amount", "88.88"),
        ("gmt_payment", "2026-01-01 08:05:00"),
        ("subject", "宿舍 50% + 电费"),
    ];
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    all.iter().chain(changes).map(owned).filter(|(_, value)| !value.is_empty()).collect()
}

async fn read(body: &str) -> Result<Notice, BadCallback> {
    client(settings("http://127.0.0.1:9")).read_callback(&HeaderMap::new(), body.as_bytes()).await
}

async fn told(changes: &[(&str, &str)]) -> Result<Notice, BadCallback> {
    read(&alipay::write_notification(&fields(changes), &their_key()).unwrap()).await
}

#[tokio::test]
async fn a_payment_is_told_with_its_amount_and_time() {
    for status in ["TRADE_SUCCESS", "TRADE_FINISHED"] {
        let Ok(Notice::Paid { out_no, paid }) = told(&[("trade_status", status)]).await else {
            panic!("not paid")
        };
        assert_eq!((out_no.as_str(), paid.amount), ("PAY2026010100000001", Minor::new(8_888)));
        assert_eq!(paid.paid_at.unwrap().to_rfc3339(), "2026-01-01T00:05:00+00:00");
    }
}

#[tokio::test]
async fn a_refund_is_no_second_payment_and_a_close_no_refund() {
    let partial =
        told(&[("refund_fee", "8.88"), ("out_biz_no", "REF1"), ("gmt_refund", "2026-01-01 09:00:00.123")])
            .await;
    let Ok(Notice::Refund { out_refund_no, state: RefundState::Done(_), .. }) = partial else {
        panic!("{partial:?}")
    };
    assert_eq!(out_refund_no.as_deref(), Some("REF1"));
    let full =
        told(&[("trade_status", "TRADE_CLOSED"), ("refund_fee", "88.88"), ("out_biz_no", "REF2")]).await;
    assert!(matches!(full, Ok(Notice::Refund { .. })), "{full:?}");
    let closed = told(&[("trade_status", "TRADE_CLOSED")]).await;
    assert_eq!(closed, Ok(Notice::Closed { out_no: "PAY2026010100000001".to_owned() }));
    assert!(matches!(told(&[("trade_status", "WAIT_BUYER_PAY")]).await, Ok(Notice::Nothing { .. })));
}

#[tokio::test]
async fn what_is_meant_for_somebody_else_is_not_ours() {
    for change in
        [("app_id", "2021999999999999"), ("seller_id", "2088999999999999"), ("total_amount", "88.888")]
    {
        let found = told(&[change]).await;
        assert!(matches!(found, Err(BadCallback::NotOurs { .. })), "{change:?}: {found:?}");
    }
}

#[tokio::test]
async fn what_alipay_did_not_sign_is_refused() {
    let good = alipay::write_notification(&fields(&[]), &their_key()).unwrap();
    let by_us = alipay::write_notification(&fields(&[]), &our_key()).unwrap();
    let client = client(settings("http://127.0.0.1:9"));
    let explained = |body: &str| client.explain_callback(&HeaderMap::new(), body.as_bytes()).cause();
    assert_eq!(
        (explained(&good), explained(&by_us)),
        (Some(Mistake::None), Some(Mistake::KeyOfTheOtherSide))
    );
    for body in [
        by_us,
        good.replace("total_amount=88.88", "total_amount=99.99"),
        good.replace("sign_type=RSA2", "sign_type=RSA"),
        good.replace("&sign_type=RSA2", ""),
        format!("{good}&total_amount=99.99"),
        format!("{good}&extra=1"),
        String::new(),
        "<xml></xml>".to_owned(),
        "{}".to_owned(),
        "a=1&".repeat(100_000),
    ] {
        let found = read(&body).await;
        assert!(matches!(found, Err(BadCallback::BadSignature { .. })), "{found:?}");
    }
}
