//! Many at once: one of paying and giving up wins, and the book is always the sum of what moved.

use futures::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::{Inbox, Merchant, Stage, merchant::Mode};

#[tokio::test]
async fn of_paying_and_giving_up_at_once_one_wins() {
    let stage = Stage::new().await;
    let merchant = Merchant::new(&stage, Mode::Key);
    for round in 0..20 {
        let number = format!("RACE{round}");
        let biz = json!({ "out_trade_no": number, "total_amount": "1.00", "subject": "x" });
        merchant.alipay(&stage, "alipay.trade.precreate", biz).await;
        let (pay, give_up) =
            (format!("/control/trades/{number}/pay"), format!("/control/trades/{number}/give-up"));
        let paths = if round % 2 == 0 { [&pay, &give_up] } else { [&give_up, &pay] };
        let done = join_all(paths.map(|path| stage.post(path, ""))).await;
        let mut statuses: Vec<_> = done.iter().map(|(status, _)| *status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
    }
    let all = stage.control("trades").await;
    let paid = all["trades"].as_array().unwrap().iter().filter(|trade| trade["status"] == "paid").count();
    let received = stage.control("book").await["books"][0]["received_fen"].as_u64().unwrap();
    assert_eq!(u64::try_from(paid).unwrap() * 100, received);
}

#[tokio::test]
async fn a_number_begun_and_paid_by_many_at_once_is_one_trade_paid_once() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    let order = merchant.order("MANY01", 100, &inbox.url);
    let path = "/v3/pay/transactions/native";
    let made = join_all((0..10).map(|_| merchant.wechat(&stage, Method::POST, path, order.clone()))).await;
    assert!(made.iter().all(|answer| *answer == made[0] && answer.0 == 200));
    join_all((0..10).map(|_| stage.pay("MANY01"))).await;
    assert_eq!(stage.control("book").await["books"][1]["received_fen"], 100);
    inbox.next().await;
    stage.until("MANY01", |trade| trade["notifications"][0]["standing"] == "acknowledged").await;
    assert!(inbox.is_empty(), "told once");
}

#[tokio::test]
async fn a_refund_without_a_number_goes_by_the_trade() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    let biz = json!({ "out_trade_no": "BARE1", "total_amount": "1.00", "subject": "x" });
    merchant.alipay_with(&stage, "alipay.trade.precreate", &[("notify_url", &inbox.url)], biz).await;
    stage.pay("BARE1").await;
    inbox.next().await;
    let back = json!({ "out_trade_no": "BARE1", "refund_amount": "0.40" });
    for change in ["Y", "N"] {
        let made = merchant.alipay(&stage, "alipay.trade.refund", back.clone()).await;
        assert_eq!(
            (made.content["fund_change"].as_str(), made.content["refund_fee"].as_str()),
            (Some(change), Some("0.40"))
        );
    }
    let told = wire::alipay::read_notification(&inbox.next().await.body, &merchant.alipay_keys()).unwrap();
    assert_eq!(told["out_biz_no"], told["trade_no"]);
    let asked = json!({ "out_trade_no": "BARE1", "out_request_no": "BARE1" });
    let found = merchant.alipay(&stage, "alipay.trade.fastpay.refund.query", asked).await;
    assert_eq!(found.content["refund_amount"], "0.40");
}
