//! UnionPay: from the form in the browser to the notification, its queries and its file.

use chrono::Duration;
use money::Minor;
use wire::{
    Params,
    unionpay::{read_answer, read_file, write_form},
};

use super::{Inbox, Merchant, Stage, merchant::Mode};

pub(super) const FRONT: &str = "/gateway/api/frontTransReq.do";
pub(super) const BACK: &str = "/gateway/api/backTransReq.do";
pub(super) const QUERY: &str = "/gateway/api/queryTrans.do";
pub(super) const CONSUME: [&str; 3] = ["01", "01", "000201"];

/// Gives a signed payment form.
pub(super) fn form(stage: &Stage, merchant: &Merchant, number: &str, inbox: &Inbox) -> Params {
    let more = [
        ("orderId", number),
        ("txnAmt", "8888"),
        ("currencyCode", "156"),
        ("orderDesc", "五月电费"),
        ("frontUrl", "http://shop.test/done"),
        ("backUrl", inbox.url.as_str()),
        ("reqReserved", "room301"),
    ];
    merchant.unionpay_params(stage, CONSUME, &more)
}

/// Begins a payment and gives the address of its cashier.
pub(super) async fn begun(stage: &Stage, params: &Params) -> String {
    let answer =
        stage.client.post(format!("{}{FRONT}", stage.url)).body(write_form(params)).send().await.unwrap();
    assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
    answer.headers()["location"].to_str().unwrap().to_owned()
}

/// Asks for a payment or refund by number and time.
pub(super) async fn asked(stage: &Stage, merchant: &Merchant, number: &str, time: &str) -> Params {
    let more = [("orderId", number), ("txnTime", time)];
    let params = merchant.unionpay_params(stage, ["00", "00", "000000"], &more);
    merchant.unionpay(stage, QUERY, &params).await
}

#[tokio::test]
async fn a_form_is_paid_told_asked_for_and_leads_back() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    let params = form(&stage, &merchant, "U20260001", &inbox);
    let cashier = begun(&stage, &params).await;
    assert_eq!(begun(&stage, &params).await, cashier, "a browser may send the form again");
    let open = asked(&stage, &merchant, "U20260001", &params["txnTime"]).await;
    assert_eq!((open["respCode"].as_str(), open["origRespCode"].as_str()), ("00", "05"));
    assert!(stage.get(&cashier).await.1.contains("银联在线支付"));
    assert_eq!(stage.post(&format!("{cashier}/pay"), "").await.0, 303);
    let told = merchant.read_unionpay(&stage, &inbox.next().await.body).unwrap();
    assert_eq!(
        (told["orderId"].as_str(), told["txnAmt"].as_str(), told["respCode"].as_str()),
        ("U20260001", "8888", "00")
    );
    assert_eq!((&told["txnTime"], told["reqReserved"].as_str()), (&params["txnTime"], "room301"));
    let paid = asked(&stage, &merchant, "U20260001", &params["txnTime"]).await;
    assert_eq!((paid["origRespCode"].as_str(), &paid["queryId"]), ("00", &told["queryId"]));
    let (_, page) = stage.get(&format!("{cashier}/return")).await;
    assert!(page.contains("action=\"http://shop.test/done\"") && page.contains("name=\"signature\""));
    assert_eq!(stage.control("book").await["books"][2]["received_fen"], 8_888);
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_with_its_code() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    let good = form(&stage, &merchant, "U20260002", &inbox);
    let with = |more: &[(&str, &str)]| {
        let mut all: Vec<_> = good.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        all.extend(more);
        merchant.unionpay_params(&stage, CONSUME, &all)
    };
    begun(&stage, &good).await;
    let mut unsigned = good.clone();
    unsigned.insert("txnAmt".to_owned(), "1".to_owned());
    for (params, expected) in [
        (with(&[("txnAmt", "8889")]), "12 "),
        (with(&[("orderId", "short")]), "10 "),
        (with(&[("orderId", "U-20260003")]), "10 "),
        (with(&[("txnAmt", "0")]), "10 "),
        (with(&[("currencyCode", "840")]), "10 "),
        (with(&[("orderId", "U20260004"), ("payTimeout", "20260301115959")]), "39 "),
        (with(&[("merId", "777290058110049")]), "31 "),
        (with(&[("bizType", "000301")]), "68 "),
        (with(&[("orderId", "U20260005"), ("backUrl", "")]), "13 "),
        (unsigned, "11 "),
    ] {
        let (status, page) = stage.post(FRONT, write_form(&params)).await;
        assert!(status == 200 && page.contains(&format!(">{expected}")), "{expected}: {page}");
    }
    let unknown = asked(&stage, &merchant, "U20269999", "20260301120000").await;
    assert_eq!(unknown["respCode"], "34");
    let (_, body) = stage.post(QUERY, "a=b").await;
    assert_eq!(read_answer(body.as_bytes()).unwrap()["respCode"], "13");
}

#[tokio::test]
async fn an_unpaid_order_fails_at_its_time() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    let mut fields: Vec<(String, String)> =
        form(&stage, &merchant, "U20260006", &inbox).into_iter().collect();
    fields.push(("payTimeout".to_owned(), "20260301120500".to_owned()));
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let params = merchant.unionpay_params(&stage, CONSUME, &fields);
    let cashier = begun(&stage, &params).await;
    stage.pass(Duration::minutes(5));
    assert!(stage.get(&cashier).await.1.contains("订单已过期"));
    assert_eq!(asked(&stage, &merchant, "U20260006", &params["txnTime"]).await["origRespCode"], "01");
}

#[tokio::test]
async fn the_file_of_a_day_holds_what_moved() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    begun(&stage, &form(&stage, &merchant, "U20260007", &inbox)).await;
    stage.pay("U20260007").await;
    let file = async || {
        let more = [("settleDate", "0301"), ("fileType", "00")];
        let params = merchant.unionpay_params(&stage, ["76", "01", "000000"], &more);
        merchant.unionpay(&stage, merchant.of("UNIONPAY_FILE_URL"), &params).await
    };
    assert_eq!(file().await["respCode"], "98");
    stage.pass(Duration::hours(21));
    let rows = read_file(&file().await["fileContent"]).unwrap();
    assert_eq!((rows.len(), rows[0].amount, rows[0].order_id.as_str()), (1, Minor::new(8_888), "U20260007"));
}
