//! Payments as people make them: a code is scanned, a page in a real browser says yes, and everybody hears of it.
//!
//! The provider is the sandbox, over real sockets with real signatures; at the end its books are compared with ours.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{events::ear::Ear, room::Room};
use crate::{
    browser::Browser,
    client::{Answer, Client},
    stage::Stage,
};

/// What the providers' books say is left with the platform, in fen.
async fn provider_books(stage: &Stage) -> Result<Vec<(String, i64)>> {
    let answer = Client::new(&stage.sandbox_url())?.get("/control/book").await?;
    let books = answer.body["books"].as_array().context("no books")?.clone();
    let book = |book: &Value| Some((book["provider"].as_str()?.to_owned(), book["net_fen"].as_i64()?));
    books.iter().map(|row| book(row).context("a book without figures")).collect()
}

/// The balance that document 001 prints, as text with two decimals.
async fn balance(of: &Client) -> Result<String> {
    let answer = of.get(&format!("/api/v1/payments/wallet/{}/balance", of.user_id)).await?;
    Ok(format!("{:.2}", good(&answer)["totalBalance"].as_f64().context("no balance")?))
}

/// What a success of document 001 says.
fn good(answer: &Answer) -> Value {
    assert_eq!((answer.status, &answer.body["responseCode"]), (200, &json!("SUCCESS")), "{}", answer.text);
    answer.body["data"].clone()
}

/// A bill over 40.00 of four flatmates, approved. The second's share is 10.00 and goes to the first.
async fn approved_bill(room: &Room) -> Result<(String, i64)> {
    let (author, debtor) = (room.admin(), &room.people[1]);
    let expense = author.post("/api/expenses", &room.expense("搬家", "40.00")).await?.data()?;
    let body = json!({"title": "九月账单", "description": "", "due_date": "2099-12-31", "room_id": room.id,
        "items": [{"expense_id": expense["id"], "amount": 40}], "split_type": "equal"});
    let bill = author.post("/api/bills", &body).await?.data()?;
    let path = format!("/api/bills/{}", bill["id"]);
    let review = json!({"status": "approved", "review_comment": "好"});
    debtor.post(&format!("{path}/review"), &review).await?.data()?;
    let split = split_of(room, &path).await?;
    assert_eq!(split["is_paid"], false);
    Ok((path, split["id"].as_i64().context("no split")?))
}

async fn split_of(room: &Room, bill: &str) -> Result<Value> {
    let debtor = &room.people[1];
    let bill = debtor.get(bill).await?.data()?;
    let mut splits = bill["splits"].as_array().context("no splits")?.iter();
    splits.find(|split| split["user_id"] == debtor.user_id).cloned().context("no share")
}

/// How one payment reads in each of the faces: its state, as each prints it.
async fn in_every_face(stage: &Stage, payer: &Client, payment: &Value) -> Result<[Value; 5]> {
    let (id, number, order_no) = (&payment["id"], &payment["payment_no"], &payment["order_no"]);
    let [number, order_no] = [number, order_no].map(|text| text.as_str().unwrap_or_default());
    let first = good(&payer.get(&format!("/api/v1/payments/{number}")).await?);
    let second = stage.admin().await?.get(&format!("/payments/{id}")).await?.body["data"].clone();
    let third = payer.get(&format!("/api/v1/payment/order-status?order_no={order_no}")).await?.body;
    let fourth = payer.get(&format!("/api/billing/payments/{id}")).await?.body;
    let of_order = stage.admin().await?.get(&format!("/payments/order/{}", payment["order_id"])).await?;
    for face in [&first, &second, &third, &fourth] {
        assert_eq!(face["amount"], 10.0, "{face}");
    }
    let states = [&first, &second, &third, &fourth].map(|face| face["status"].clone());
    let [first, second, third, fourth] = states;
    Ok([first, second, third, fourth, of_order.body["data"]["status"].clone()])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_share_is_paid_by_code_in_a_browser_heard_seen_in_every_face_and_given_back() -> Result<()> {
    let stage = Stage::with_sandbox().await?;
    let room = Room::of_four(&stage).await?;
    let (payee, payer) = (room.admin(), &room.people[1]);
    let (bill, split_id) = approved_bill(&room).await?;
    let (mut payers_ear, mut payees_ear) = (Ear::of(&stage, payer).await?, Ear::of(&stage, payee).await?);

    let wanted = json!({"split_id": split_id, "payment_method": "alipay", "payment_channel": "qr"});
    let made = payer.post(&format!("{bill}/pay"), &wanted).await?.data()?;
    let payment = &made["payment"];
    assert_eq!(payment["amount"], 10.0, "{made}");
    let created = payers_ear.hear("payment_created").await?;
    assert_eq!(created["data"]["payment_no"], payment["payment_no"]);

    let browser = Browser::open().await?;
    browser.go(payment["qr_code"].as_str().context("no code")?).await?;
    assert_eq!(browser.text(".amount").await?.replace('\n', ""), "¥10.00");
    assert!(browser.text(".sum").await?.contains("九月账单"));
    browser.wait_for("#left b", "00:1").await?;
    browser.click("#pay").await?;
    browser.wait_for("h1", "支付成功").await?;

    let heard = payers_ear.hear("payment_success").await?;
    assert_eq!(
        (&heard["order_no"], &heard["data"]["order_no"]),
        (&payment["order_no"], &payment["order_no"])
    );
    assert_eq!(payees_ear.hear("bill_payment_confirmed").await?["data"]["split"]["id"], split_id);
    while payers_ear.hear("order_updated").await?["data"]["status"] != "paid" {}
    assert_eq!(payees_ear.hear("wallet_changed").await?["data"]["total_balance"], 10.0);
    assert_eq!(split_of(&room, &bill).await?["is_paid"], true);
    assert_eq!(balance(payee).await?, "10.00");
    assert_eq!(
        in_every_face(&stage, payer, payment).await?,
        [json!("success"), json!(1), json!("paid"), json!("success"), json!(1)]
    );
    assert_eq!(provider_books(&stage).await?[0], ("alipay".to_owned(), 1_000));

    give_back(&stage, payer, payment).await?;
    while payers_ear.hear("refund_updated").await?["data"]["status"] != "success" {}
    while payees_ear.hear("wallet_changed").await?["data"]["total_balance"] != 0.0 {}
    assert_eq!(split_of(&room, &bill).await?["is_paid"], false);
    assert_eq!(balance(payee).await?, "0.00");
    assert_eq!(
        in_every_face(&stage, payer, payment).await?,
        [json!("refunded"), json!(4), json!("refunded"), json!("refunded"), json!(4)]
    );
    assert_eq!(provider_books(&stage).await?[0], ("alipay".to_owned(), 0));
    let books = stage.program(&["ledger", "check"])?;
    assert!(!books.is_empty(), "it says what it found");
    Ok(())
}

/// The payer asks for his money, an operator agrees.
async fn give_back(stage: &Stage, payer: &Client, payment: &Value) -> Result<()> {
    let number = payment["payment_no"].as_str().context("no number")?;
    let wish = json!({"refundAmount": 10, "refundReason": "搬走了", "refundType": "full",
        "operatorId": payer.user_id, "operatorType": "user"});
    let wish = good(&payer.post(&format!("/api/v1/payments/{number}/refund"), &wish).await?);
    assert_eq!(wish["status"], "processing");
    let admin = stage.admin().await?;
    let waiting = admin.get("/api/admin/refunds").await?.data()?;
    let row = waiting.as_array().and_then(|rows| rows.first()).context("nobody waits")?;
    assert_eq!(row["refund_no"], wish["refundId"]);
    admin.post(&format!("/api/admin/refunds/{}/approve", row["id"]), &json!({})).await?.data()?;
    Ok(())
}

/// Where a payer is led by each method and channel, as document 001 prints it.
const WAYS: [(&str, &str, &str); 6] = [
    ("alipay", "web", "paymentUrl"),
    ("alipay", "h5", "paymentUrl"),
    ("alipay", "qr", "qrCodeUrl"),
    ("wechat", "qr", "qrCodeUrl"),
    ("wechat", "h5", "paymentUrl"),
    ("bank", "web", "paymentUrl"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_to_pay_leads_a_browser_to_a_cashier_and_back_to_a_page_that_knows() -> Result<()> {
    let stage = Stage::with_sandbox().await?;
    let payer = stage.person("payer", "付款人").await?;
    let browser = Browser::open().await?;
    for (at, (method, channel, leads)) in WAYS.into_iter().enumerate() {
        let back = format!("{}/payment/return?order_no=OUT{at:06}", stage.public_url());
        let wanted = json!({"orderId": at + 1, "orderNo": format!("OUT{at:06}"), "userId": payer.user_id,
            "amount": "12.34", "currency": "CNY", "paymentMethod": method, "paymentChannel": channel,
            "subject": "电影票", "returnUrl": back});
        let made = good(&payer.post("/api/v1/payments", &wanted).await?);
        let address = made["paymentInfo"][leads].as_str();
        let address = address.with_context(|| format!("{method} {channel}: {}", made["paymentInfo"]))?;
        browser.go(address).await.with_context(|| format!("{method} {channel}"))?;
        assert_eq!(browser.text(".amount").await?.replace('\n', ""), "¥12.34", "{method} {channel}");
        browser.click("#pay").await?;
        browser.wait_for("h1", "支付成功").await.with_context(|| format!("{method} {channel}"))?;

        browser.go(&back).await?;
        browser.wait_for("main", "支付成功").await.with_context(|| format!("{method} {channel}"))?;
        let path = format!("/api/v1/payments/{}", made["paymentId"].as_str().unwrap_or_default());
        assert_eq!(good(&payer.get(&path).await?)["status"], "success", "{method} {channel}");
    }
    let books = provider_books(&stage).await?;
    let expected = [("alipay", 3 * 1_234), ("wechat", 2 * 1_234), ("unionpay", 1_234)];
    assert_eq!(books, expected.map(|(provider, fen)| (provider.to_owned(), fen)));
    stage.program(&["ledger", "check"])?;
    Ok(())
}
