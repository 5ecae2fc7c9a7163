//! Alipay's gateway: from order to refund, its rules about numbers and its bill.

use chrono::Duration;
use http::StatusCode;
use money::Minor;
use serde_json::{Value, json};
use wire::alipay::{self, read_bill};

use super::{
    Inbox, Merchant, Stage,
    merchant::{Answered, Mode},
};

fn order(number: &str) -> Value {
    json!({ "out_trade_no": number, "total_amount": "88.88", "subject": "五月电费 <b>&=x", "product_code": "QR_CODE_OFFLINE" })
}

fn sub_code(answered: &Answered) -> &str {
    assert_eq!(answered.verified, Ok(()), "{}", answered.text);
    answered.content["sub_code"].as_str().unwrap_or_default()
}

/// Begins a trade by a code, with a place for notifications.
async fn begun(stage: &Stage, merchant: &Merchant, number: &str, inbox: &Inbox) -> String {
    let more = [("notify_url", inbox.url.as_str())];
    let made = merchant.alipay_with(stage, "alipay.trade.precreate", &more, order(number)).await;
    assert_eq!(made.verified, Ok(()));
    made.content["qr_code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_code_is_scanned_paid_told_asked_for_refunded_and_booked() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    for mode in [Mode::Key, Mode::Certificate] {
        let merchant = Merchant::new(&stage, mode);
        let number = format!("A2026_{mode:?}");
        let code = begun(&stage, &merchant, &number, &inbox).await;
        let by = json!({ "out_trade_no": number });
        let unseen = merchant.alipay(&stage, "alipay.trade.query", by.clone()).await;
        assert_eq!(sub_code(&unseen), "ACQ.TRADE_NOT_EXIST");
        assert_eq!(unseen.content["receipt_amount"], "0.00");

        let (status, page) = stage.get(&code).await;
        assert!(
            status == 200 && page.contains("88.88") && page.contains("五月电费 &lt;b&gt;&amp;=x"),
            "{page}"
        );
        let seen = merchant.alipay(&stage, "alipay.trade.query", by.clone()).await;
        assert_eq!(seen.content["trade_status"], "WAIT_BUYER_PAY");
        assert_eq!(stage.post(&format!("{code}/pay"), "").await.0, 303);

        let paid = alipay::read_notification(&inbox.next().await.body, &merchant.alipay_keys()).unwrap();
        assert_eq!(
            (paid["trade_status"].as_str(), paid["total_amount"].as_str()),
            ("TRADE_SUCCESS", "88.88")
        );
        let asked = merchant.alipay(&stage, "alipay.trade.query", by).await;
        assert_eq!(asked.content["trade_no"].as_str(), Some(paid["trade_no"].as_str()));
        assert_eq!(asked.text.contains("alipay_cert_sn"), mode == Mode::Certificate);

        for (amount, total, status) in [("8.88", "8.88", "TRADE_SUCCESS"), ("80.00", "88.88", "TRADE_CLOSED")]
        {
            let biz = json!({ "out_trade_no": number, "refund_amount": amount, "out_request_no": format!("R{amount}").replace('.', "") });
            let back = merchant.alipay(&stage, "alipay.trade.refund", biz.clone()).await;
            assert_eq!(
                (back.content["fund_change"].as_str(), back.content["refund_fee"].as_str()),
                (Some("Y"), Some(total))
            );
            let again = merchant.alipay(&stage, "alipay.trade.refund", biz).await;
            assert_eq!(
                (again.content["fund_change"].as_str(), again.content["refund_fee"].as_str()),
                (Some("N"), Some(total))
            );
            let told = alipay::read_notification(&inbox.next().await.body, &merchant.alipay_keys()).unwrap();
            assert_eq!((told["trade_status"].as_str(), told["refund_fee"].as_str()), (status, total));
            assert_eq!(told.contains_key("gmt_close"), status == "TRADE_CLOSED");
        }
        let biz = json!({ "out_trade_no": number, "out_request_no": "R888" });
        let asked = merchant.alipay(&stage, "alipay.trade.fastpay.refund.query", biz).await;
        assert_eq!(
            (asked.content["refund_status"].as_str(), asked.content["refund_amount"].as_str()),
            (Some("REFUND_SUCCESS"), Some("8.88"))
        );
    }
    let book = &stage.control("book").await["books"][0];
    assert_eq!(
        (book["received"].as_str(), book["refunded"].as_str(), book["net_fen"].as_i64()),
        (Some("177.76"), Some("177.76"), Some(0))
    );
}

#[tokio::test]
async fn a_page_a_mobile_page_and_an_order_string_lead_to_the_cashier_and_back() {
    let stage = Stage::new().await;
    let merchant = Merchant::new(&stage, Mode::Key);
    for (method, product, number) in [
        ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY", "P1"),
        ("alipay.trade.wap.pay", "QUICK_WAP_WAY", "P2"),
        ("alipay.trade.wap.pay", "QUICK_WAP_PAY", "P3"),
        ("alipay.trade.app.pay", "QUICK_MSECURITY_PAY", "P4"),
    ] {
        let biz = json!({ "out_trade_no": number, "total_amount": "0.01", "subject": "x", "product_code": product });
        let more = [("return_url", "http://shop.test/done?a=1")];
        let params = merchant.alipay_params(&stage, method, &more, &biz);
        let gateway = if product == "QUICK_MSECURITY_PAY" {
            format!("{}/cashier", stage.url)
        } else {
            merchant.of("ALIPAY_GATEWAY").to_owned()
        };
        let answer = stage.client.get(alipay::url(&gateway, &params)).send().await.unwrap();
        let place = answer.headers()["location"].to_str().unwrap().to_owned();
        assert!(answer.status() == StatusCode::SEE_OTHER && place.contains("/cashier/"), "{place}");
        assert_eq!(stage.post(&format!("{place}/pay"), "").await.0, 303);
        let back = stage.client.get(format!("{}{place}/return", stage.url)).send().await.unwrap();
        let back = back.headers()["location"].to_str().unwrap().to_owned();
        let query = back.strip_prefix("http://shop.test/done?a=1&").unwrap();
        let said = alipay::read_notification(query.as_bytes(), &merchant.alipay_keys()).unwrap();
        assert_eq!((said["out_trade_no"].as_str(), said["total_amount"].as_str()), (number, "0.01"));
    }
}

#[tokio::test]
async fn a_number_means_one_thing() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    let code = begun(&stage, &merchant, "N1", &inbox).await;
    assert_eq!(begun(&stage, &merchant, "N1", &inbox).await, code);
    let mut other = order("N1");
    other["total_amount"] = json!("88.89");
    let refused = merchant.alipay(&stage, "alipay.trade.precreate", other).await;
    assert_eq!(sub_code(&refused), "ACQ.CONTEXT_INCONSISTENT");
    stage.pay("N1").await;
    assert_eq!(
        sub_code(&merchant.alipay(&stage, "alipay.trade.precreate", order("N1")).await),
        "ACQ.TRADE_HAS_SUCCESS"
    );
    for (number, amount, request, expected) in [
        ("N1", "8.00", "R1", ""),
        ("N1", "9.00", "R1", "ACQ.DISCORDANT_REPEAT_REQUEST"),
        ("N1", "80.89", "R2", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"),
        ("N1", "0", "R2", "ACQ.INVALID_PARAMETER"),
        ("N1", "1.001", "R2", "ACQ.INVALID_PARAMETER"),
        ("N1", "80.88", "R2", ""),
        ("N1", "0.01", "R3", "ACQ.TRADE_HAS_CLOSE"),
        ("N0", "0.01", "R3", "ACQ.TRADE_NOT_EXIST"),
    ] {
        let biz = json!({ "out_trade_no": number, "refund_amount": amount, "out_request_no": request });
        let back = merchant.alipay(&stage, "alipay.trade.refund", biz).await;
        assert_eq!(sub_code(&back), expected, "{amount} {request}");
    }
    let asked = json!({ "out_trade_no": "N1", "out_request_no": "R9" });
    let unknown = merchant.alipay(&stage, "alipay.trade.fastpay.refund.query", asked).await;
    assert!(unknown.content["code"] == "10000" && unknown.content.get("refund_status").is_none());
}

#[tokio::test]
async fn a_year_later_and_after_fifty_times_nothing_is_given_back() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    begun(&stage, &merchant, "Y1", &inbox).await;
    stage.pay("Y1").await;
    let back = async |request: u32| {
        let biz =
            json!({ "out_trade_no": "Y1", "refund_amount": "0.01", "out_request_no": format!("R{request}") });
        merchant.alipay(&stage, "alipay.trade.refund", biz).await
    };
    for request in 0..50 {
        assert_eq!(sub_code(&back(request).await), "");
    }
    assert_eq!(sub_code(&back(50).await), "ACQ.TRADE_NOT_ALLOW_REFUND");
    begun(&stage, &merchant, "Y2", &inbox).await;
    stage.pay("Y2").await;
    stage.pass(Duration::days(366));
    let biz = json!({ "out_trade_no": "Y2", "refund_amount": "0.01", "out_request_no": "R" });
    assert_eq!(
        sub_code(&merchant.alipay(&stage, "alipay.trade.refund", biz).await),
        "ACQ.TRADE_HAS_FINISHED"
    );
}

#[tokio::test]
async fn what_is_not_paid_closes_by_call_by_cancelling_or_by_time() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    let by = |number: &str| json!({ "out_trade_no": number });
    assert_eq!(
        sub_code(&merchant.alipay(&stage, "alipay.trade.close", by("C0")).await),
        "ACQ.TRADE_NOT_EXIST"
    );
    for (number, method) in [("C1", "alipay.trade.close"), ("C2", "alipay.trade.cancel")] {
        let code = begun(&stage, &merchant, number, &inbox).await;
        assert_eq!(sub_code(&merchant.alipay(&stage, method, by(number)).await), "ACQ.TRADE_NOT_EXIST");
        stage.get(&code).await;
        assert_eq!(sub_code(&merchant.alipay(&stage, method, by(number)).await), "");
        let told = alipay::read_notification(&inbox.next().await.body, &merchant.alipay_keys()).unwrap();
        assert!(told["trade_status"] == "TRADE_CLOSED" && !told.contains_key("refund_fee"));
        assert_eq!(
            sub_code(&merchant.alipay(&stage, "alipay.trade.precreate", order(number)).await),
            "ACQ.TRADE_HAS_CLOSE"
        );
    }
    let mut short = order("C3");
    short["timeout_express"] = json!("5m");
    let made = merchant.alipay(&stage, "alipay.trade.precreate", short).await;
    stage.get(made.content["qr_code"].as_str().unwrap()).await;
    stage.pass(Duration::minutes(5));
    assert_eq!(
        merchant.alipay(&stage, "alipay.trade.query", by("C3")).await.content["trade_status"],
        "TRADE_CLOSED"
    );
    assert_eq!(stage.post("/control/trades/C3/pay", "").await.0, 409);

    begun(&stage, &merchant, "C4", &inbox).await;
    stage.pay("C4").await;
    assert_eq!(
        sub_code(&merchant.alipay(&stage, "alipay.trade.close", by("C4")).await),
        "ACQ.TRADE_STATUS_ERROR"
    );
    let cancelled = merchant.alipay(&stage, "alipay.trade.cancel", by("C4")).await;
    assert_eq!(
        (cancelled.content["action"].as_str(), cancelled.content["retry_flag"].as_str()),
        (Some("refund"), Some("N"))
    );
}

#[tokio::test]
async fn money_is_paid_out_once_and_only_in_certificate_mode() {
    let stage = Stage::new().await;
    let merchant = Merchant::new(&stage, Mode::Certificate);
    let biz = |number: &str, amount: &str, payee: &str| {
        json!({
            "out_biz_no": number, "trans_amount": amount, "product_code": "TRANS_ACCOUNT_NO_PWD",
            "biz_scene": "DIRECT_TRANSFER",
            "payee_info": { "identity": payee, "identity_type": "ALIPAY_LOGON_ID", "name": "王小明" },
        })
    };
    let method = "alipay.fund.trans.uni.transfer";
    let paid = merchant.alipay(&stage, method, biz("T1", "30.00", "wang@example.com")).await;
    assert_eq!((sub_code(&paid), paid.content["status"].as_str()), ("", Some("SUCCESS")));
    let again = merchant.alipay(&stage, method, biz("T1", "30.00", "wang@example.com")).await;
    assert_eq!(again.content["order_id"], paid.content["order_id"]);
    for (number, amount, payee, expected) in [
        ("T1", "30.01", "wang@example.com", "PAYMENT_INFO_INCONSISTENCY"),
        ("T2", "0.09", "wang@example.com", "INVALID_PARAMETER"),
        ("T2", "1.00", "nobody@sandbox.com", "PAYEE_NOT_EXIST"),
        ("T2", "50000.00", "wang@example.com", "MEMO_REQUIRED_IN_TRANSFER_ERROR"),
        ("T2", "x", "wang@example.com", "INVALID_PARAMETER"),
    ] {
        assert_eq!(sub_code(&merchant.alipay(&stage, method, biz(number, amount, payee)).await), expected);
    }
    let of = |number: &str| json!({ "out_biz_no": number, "product_code": "TRANS_ACCOUNT_NO_PWD" });
    let asked = merchant.alipay(&stage, "alipay.fund.trans.common.query", of("T1")).await;
    assert_eq!(
        (asked.content["status"].as_str(), asked.content["trans_amount"].as_str()),
        (Some("SUCCESS"), Some("30.00"))
    );
    assert_eq!(
        sub_code(&merchant.alipay(&stage, "alipay.fund.trans.common.query", of("T9")).await),
        "ORDER_NOT_EXIST"
    );
    assert_eq!(stage.control("book").await["books"][0]["net_fen"], -3_000);
    let by_key = Merchant::new(&stage, Mode::Key);
    let refused = by_key.alipay(&stage, method, biz("T3", "1.00", "wang@example.com")).await;
    assert_eq!(
        (refused.content["code"].as_str(), sub_code(&refused)),
        (Some("40006"), "isv.insufficient-isv-permissions")
    );
}

#[tokio::test]
async fn the_bill_of_a_day_holds_what_moved_and_its_address_dies_young() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    begun(&stage, &merchant, "B1", &inbox).await;
    stage.pay("B1").await;
    let biz = json!({ "out_trade_no": "B1", "refund_amount": "8.00", "out_request_no": "R1" });
    merchant.alipay(&stage, "alipay.trade.refund", biz).await;
    let method = "alipay.data.dataservice.bill.downloadurl.query";
    let of = |day: &str| json!({ "bill_type": "trade", "bill_date": day });
    assert_eq!(sub_code(&merchant.alipay(&stage, method, of("2026-03-01")).await), "BILL_NOT_EXIST");
    stage.pass(Duration::hours(21));
    assert_eq!(sub_code(&merchant.alipay(&stage, method, of("2026-02-28")).await), "NO_BILL_DATA");
    assert_eq!(sub_code(&merchant.alipay(&stage, method, of("yesterday")).await), "INVAILID_ARGUMENTS");
    let made = merchant.alipay(&stage, method, of("2026-03-01")).await;
    let address = made.content["bill_download_url"].as_str().unwrap();
    let zip = stage.client.get(address).send().await.unwrap().bytes().await.unwrap();
    let rows = read_bill(&zip).unwrap();
    let seen: Vec<_> =
        rows.iter().map(|row| (row.is_refund, row.amount, row.out_request_no.as_str())).collect();
    assert_eq!(seen, [(false, Minor::new(8_888), ""), (true, Minor::new(-800), "R1")]);
    stage.pass(Duration::seconds(31));
    assert_eq!(stage.get(address).await.0, 403);
}
