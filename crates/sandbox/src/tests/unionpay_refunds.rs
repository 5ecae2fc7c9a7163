//! UnionPay's refunds and undoings: accepted first, told and answered later.

use chrono::Duration;
use wire::Params;

use super::{
    Inbox, Merchant, Stage,
    merchant::Mode,
    unionpay::{BACK, asked, begun, form},
};

const REFUND: [&str; 3] = ["04", "00", "000201"];
const UNDOING: [&str; 3] = ["31", "00", "000201"];

/// Pays an order and gives UnionPay's number of it.
async fn paid(stage: &Stage, merchant: &Merchant, number: &str, inbox: &Inbox) -> String {
    begun(stage, &form(stage, merchant, number, inbox)).await;
    stage.pay(number).await;
    merchant.read_unionpay(stage, &inbox.next().await.body).unwrap()["queryId"].clone()
}

async fn back(
    stage: &Stage,
    merchant: &Merchant,
    kinds: [&str; 3],
    (number, fen, original): (&str, &str, &str),
    inbox: &Inbox,
) -> Params {
    let more = [("orderId", number), ("txnAmt", fen), ("origQryId", original), ("backUrl", &inbox.url)];
    merchant.unionpay(stage, BACK, &merchant.unionpay_params(stage, kinds, &more)).await
}

#[tokio::test]
async fn a_refund_is_accepted_then_done_then_told() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    let original = paid(&stage, &merchant, "U20260101", &inbox).await;
    let taken = back(&stage, &merchant, REFUND, ("B20260101", "888", &original), &inbox).await;
    assert_eq!(taken["respCode"], "00");
    let time = &taken["txnTime"];
    assert_eq!(asked(&stage, &merchant, "B20260101", time).await["origRespCode"], "05");
    stage.pass(Duration::seconds(2));
    let told = merchant.read_unionpay(&stage, &inbox.next().await.body).unwrap();
    assert_eq!(
        (told["txnType"].as_str(), told["orderId"].as_str(), told["txnAmt"].as_str()),
        ("04", "B20260101", "888")
    );
    assert_eq!(asked(&stage, &merchant, "B20260101", time).await["origRespCode"], "00");
    assert_eq!(stage.control("book").await["books"][2]["net_fen"], 8_000);
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_with_its_code() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    let original = paid(&stage, &merchant, "U20260102", &inbox).await;
    for (kinds, number, fen, of, expected) in [
        (UNDOING, "B20260102", "888", original.as_str(), "36"),
        (REFUND, "B20260103", "8889", &original, "36"),
        (REFUND, "B20260104", "1", "999", "35"),
        (REFUND, "B20260105", "888", &original, "00"),
        (REFUND, "B20260105", "888", &original, "12"),
        (REFUND, "B20260106", "8000", &original, "00"),
        (REFUND, "B20260107", "1", &original, "45"),
        (["99", "00", "000201"], "B20260108", "1", &original, "68"),
    ] {
        let taken = back(&stage, &merchant, kinds, (number, fen, of), &inbox).await;
        assert_eq!(taken["respCode"], expected, "{number}");
    }
}

#[tokio::test]
async fn an_undoing_gives_all_back_on_the_same_day_only() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    let original = paid(&stage, &merchant, "U20260103", &inbox).await;
    assert_eq!(
        back(&stage, &merchant, UNDOING, ("B20260110", "8888", &original), &inbox).await["respCode"],
        "00"
    );
    let other = paid(&stage, &merchant, "U20260104", &inbox).await;
    stage.pass(Duration::hours(12));
    assert_eq!(
        back(&stage, &merchant, UNDOING, ("B20260111", "8888", &other), &inbox).await["respCode"],
        "39"
    );
}
