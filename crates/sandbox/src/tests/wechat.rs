//! WeChat Pay: from order to notification, in both modes of trust; its rules about numbers and its bill.

use chrono::Duration;
use http::StatusCode;
use money::Minor;
use reqwest::Method;
use serde_json::{Value, json};
use wire::wechat::{read_bill, read_certificates, unpack_bill};

use super::{Inbox, Merchant, Stage, merchant::Mode};

const NATIVE: &str = "/v3/pay/transactions/native";

fn by(number: &str) -> String {
    format!("/v3/pay/transactions/out-trade-no/{number}?mchid=1900000001")
}

async fn begun(stage: &Stage, merchant: &Merchant, number: &str, inbox: &Inbox) -> String {
    let (status, made) =
        merchant.wechat(stage, Method::POST, NATIVE, merchant.order(number, 8_888, &inbox.url)).await;
    assert_eq!(status, 200, "{made}");
    made["code_url"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_order_is_paid_at_the_cashier_told_and_asked_for_in_both_modes() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    inbox.answer(StatusCode::NO_CONTENT, "");
    for mode in [Mode::Key, Mode::Certificate] {
        let merchant = Merchant::new(&stage, mode);
        let number = format!("W2026-{mode:?}");
        let code = begun(&stage, &merchant, &number, &inbox).await;
        let (_, open) = merchant.wechat(&stage, Method::GET, &by(&number), Value::Null).await;
        assert_eq!((open["trade_state"].as_str(), open.get("transaction_id")), (Some("NOTPAY"), None));
        assert_eq!(stage.get(&code).await.0, 200);
        assert_eq!(stage.post(&format!("{code}/pay"), "").await.0, 303);
        let (told, plain) = merchant.read_wechat(&stage, &inbox.next().await).unwrap();
        assert_eq!(
            (told.event_type.as_str(), plain["amount"]["total"].as_i64()),
            ("TRANSACTION.SUCCESS", Some(8_888))
        );
        assert_eq!(plain["attach"], "room=301");
        let (_, paid) = merchant.wechat(&stage, Method::GET, &by(&number), Value::Null).await;
        assert_eq!(paid, plain, "queries and notifications say the same");
        let id = paid["transaction_id"].as_str().unwrap();
        let path = format!("/v3/pay/transactions/id/{id}?mchid=1900000001");
        assert_eq!(merchant.wechat(&stage, Method::GET, &path, Value::Null).await, (200, paid));
    }
    assert_eq!(stage.control("book").await["books"][1]["received"], "177.76");
}

#[tokio::test]
async fn h5_jsapi_and_app_give_what_their_clients_need() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    let mut h5 = merchant.order("H50001", 1, &inbox.url);
    let path = "/v3/pay/transactions/h5";
    assert_eq!(merchant.wechat(&stage, Method::POST, path, h5.clone()).await.0, 400);
    h5["scene_info"] = json!({ "payer_client_ip": "127.0.0.1", "h5_info": { "type": "Wap" } });
    let (_, made) = merchant.wechat(&stage, Method::POST, path, h5).await;
    let url =
        format!("{}&redirect_url=http%3A%2F%2Fshop.test%2Fdone%3Fa%3D1", made["h5_url"].as_str().unwrap());
    let (_, page) = stage.get(&url).await;
    let pay = page.split("action=\"").nth(1).unwrap().split('"').next().unwrap();
    let paid = stage.client.post(format!("{}{pay}", stage.url)).send().await.unwrap();
    let (_, page) = stage.get(paid.headers()["location"].to_str().unwrap()).await;
    assert!(page.contains("支付成功") && page.contains("返回商家"));
    let back = page.split("id=\"back\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let back = stage.client.get(format!("{}{back}", stage.url)).send().await.unwrap();
    assert_eq!(back.headers()["location"], "http://shop.test/done?a=1");

    let mut jsapi = merchant.order("J00001", 1, &inbox.url);
    let path = "/v3/pay/transactions/jsapi";
    let (status, refused) = merchant.wechat(&stage, Method::POST, path, jsapi.clone()).await;
    assert_eq!((status, refused["detail"]["field"].as_str()), (400, Some("/payer/openid")));
    jsapi["payer"] = json!({ "openid": "oABC" });
    for (path, order) in
        [(path, jsapi), ("/v3/pay/transactions/app", merchant.order("A00001", 1, &inbox.url))]
    {
        let (_, made) = merchant.wechat(&stage, Method::POST, path, order).await;
        let id = made["prepay_id"].as_str().unwrap();
        assert!(id.starts_with("wx") && id.len() <= 64);
        assert_eq!(stage.get(&format!("/cashier/{id}")).await.0, 200);
    }
}

#[tokio::test]
async fn a_number_means_one_thing() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    let code = begun(&stage, &merchant, "N00001", &inbox).await;
    assert_eq!(begun(&stage, &merchant, "N00001", &inbox).await, code);
    let post = async |path: &str, body: Value| {
        let (status, answer) = merchant.wechat(&stage, Method::POST, path, body).await;
        (status, answer["code"].as_str().unwrap_or_default().to_owned())
    };
    let used = (403, "OUT_TRADE_NO_USED".to_owned());
    assert_eq!(post(NATIVE, merchant.order("N00001", 8_889, &inbox.url)).await, used);
    assert_eq!(post("/v3/pay/transactions/app", merchant.order("N00001", 8_888, &inbox.url)).await, used);
    stage.pay("N00001").await;
    assert_eq!(
        post(NATIVE, merchant.order("N00001", 8_888, &inbox.url)).await,
        (400, "ORDER_PAID".to_owned())
    );
}

#[tokio::test]
async fn closing_is_repeatable_and_paid_wins() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Certificate);
    let close = async |number: &str| {
        let path = format!("/v3/pay/transactions/out-trade-no/{number}/close");
        merchant.wechat(&stage, Method::POST, &path, json!({ "mchid": "1900000001" })).await
    };
    let code = begun(&stage, &merchant, "C|0*001", &inbox).await;
    assert_eq!(close("C%7C0%2A001").await, (204, Value::Null));
    assert_eq!(close("C%7C0%2A001").await.0, 204);
    assert_eq!(stage.post(&format!("{code}/pay"), "").await.0, 303);
    let (_, closed) = merchant.wechat(&stage, Method::GET, &by("C%7C0%2A001"), Value::Null).await;
    assert_eq!(closed["trade_state"], "CLOSED");
    let (status, refused) =
        merchant.wechat(&stage, Method::POST, NATIVE, merchant.order("C|0*001", 8_888, &inbox.url)).await;
    assert_eq!((status, refused["code"].as_str()), (400, Some("ORDER_CLOSED")));
    begun(&stage, &merchant, "C00002", &inbox).await;
    stage.pay("C00002").await;
    let (status, refused) = close("C00002").await;
    assert_eq!((status, refused["code"].as_str()), (400, Some("ORDER_PAID")));
    assert_eq!(close("C00003").await.1["code"], "ORDER_NOT_EXIST");
}

#[tokio::test]
async fn an_order_ends_at_its_time_but_not_before_a_minute() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    let mut order = merchant.order("E00001", 1, &inbox.url);
    order["time_expire"] = json!("2026-03-01T12:00:10+08:00");
    merchant.wechat(&stage, Method::POST, NATIVE, order).await;
    stage.pass(Duration::seconds(59));
    assert_eq!(
        merchant.wechat(&stage, Method::GET, &by("E00001"), Value::Null).await.1["trade_state"],
        "NOTPAY"
    );
    stage.pass(Duration::seconds(1));
    assert_eq!(
        merchant.wechat(&stage, Method::GET, &by("E00001"), Value::Null).await.1["trade_state"],
        "CLOSED"
    );
    assert!(inbox.is_empty(), "closing is not told");
}

#[tokio::test]
async fn the_certificates_open_with_the_merchants_key_and_verify_themselves() {
    let stage = Stage::new().await;
    let merchant = Merchant::new(&stage, Mode::Certificate);
    let path = "/v3/certificates";
    let header = merchant.wechat_authorization(&stage, &Method::GET, path, b"");
    let (status, headers, body) = merchant.wechat_raw(&stage, (Method::GET, path), &header, Vec::new()).await;
    assert_eq!(status, 200);
    let signed =
        wire::wechat::SignedHeaders::read(|name| headers.get(name).and_then(|v| v.to_str().ok())).unwrap();
    let now = stage.clock.now().timestamp();
    let none = wire::wechat::Keys::default();
    let (keys, all) = read_certificates(&signed, &body, &merchant.api_key(), &none, now).unwrap();
    assert!(all.len() == 1 && keys.get(all[0].serial_hex()).is_ok());
}

#[tokio::test]
async fn the_bill_of_a_day_holds_what_moved() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    begun(&stage, &merchant, "B00001", &inbox).await;
    stage.pay("B00001").await;
    let refund = json!({ "out_trade_no": "B00001", "out_refund_no": "R1", "amount": { "refund": 800, "total": 8_888, "currency": "CNY" } });
    merchant.wechat(&stage, Method::POST, "/v3/refund/domestic/refunds", refund).await;
    stage.pass(Duration::seconds(2));
    stage.until("B00001", |trade| trade["refunds"][0]["status"] == "success").await;
    let bill = async |day: &str| {
        let path = format!("/v3/bill/tradebill?bill_date={day}&bill_type=ALL&tar_type=GZIP");
        merchant.wechat(&stage, Method::GET, &path, Value::Null).await.1
    };
    assert_eq!(bill("2026-03-01").await["code"], "STATEMENT_CREATING");
    stage.pass(Duration::hours(21));
    assert_eq!(bill("2026-02-28").await["code"], "NO_STATEMENT_EXIST");
    assert_eq!(bill("soon").await["code"], "PARAM_ERROR");
    let made = bill("2026-03-01").await;
    let url = made["download_url"].as_str().unwrap();
    let path = url.strip_prefix(&stage.url).unwrap();
    let header = merchant.wechat_authorization(&stage, &Method::GET, path, b"");
    let (_, headers, packed) = merchant.wechat_raw(&stage, (Method::GET, url), &header, Vec::new()).await;
    assert!(!headers.contains_key("wechatpay-signature"), "files are not signed");
    let rows = read_bill(&unpack_bill(&packed, made["hash_value"].as_str().unwrap()).unwrap()).unwrap();
    let seen: Vec<_> =
        rows.iter().map(|row| (row.trade_state.as_str(), row.amount, row.refund_amount)).collect();
    assert_eq!(seen, [("SUCCESS", Minor::new(8_888), Minor::ZERO), ("REFUND", Minor::ZERO, Minor::new(800))]);
}
