//! The cashier's pages: what they show, what they let run, and that they are not to be broken out of.

use chrono::Duration;
use serde_json::json;

use super::{Merchant, Stage, merchant::Mode};

async fn begun(stage: &Stage, subject: &str) -> String {
    let merchant = Merchant::new(stage, Mode::Key);
    let biz = json!({ "out_trade_no": "K1", "total_amount": "1234.50", "subject": subject, "timeout_express": "90m" });
    let made = merchant.alipay(stage, "alipay.trade.precreate", biz).await;
    made.content["qr_code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_page_shows_amount_payee_time_and_a_code_of_itself() {
    let stage = Stage::new().await;
    let code = begun(&stage, "五月电费").await;
    stage.pass(Duration::minutes(5));
    let (_, page) = stage.get(&code).await;
    for wanted in [
        "1234.50",
        "五月电费",
        "data-left=\"5100\"",
        "01:25:00",
        "<svg",
        "确认支付",
        "放弃支付",
        "width=device-width",
    ] {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
    assert_eq!(stage.control("trades/K1").await["cashier_url"], code.as_str());
}

#[tokio::test]
async fn text_of_others_stays_text_and_only_own_scripts_run() {
    let stage = Stage::new().await;
    let code = begun(&stage, "\"><script>alert(1)</script><img src=x onerror=alert(1)>").await;
    let answer = stage.client.get(&code).send().await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let page = answer.text().await.unwrap();
    assert!(!page.contains("<script>") && !page.contains("<img"), "{page}");
    let nonce = policy.split("script-src 'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert!(policy.contains("default-src 'none'") && page.contains(&format!("<script nonce=\"{nonce}\">")));
    let again = stage.client.get(&code).send().await.unwrap();
    assert_ne!(again.headers()["content-security-policy"], policy.as_str(), "a nonce is used once");
}

#[tokio::test]
async fn a_page_says_what_became_of_the_trade() {
    let stage = Stage::new().await;
    let code = begun(&stage, "x").await;
    assert_eq!(stage.get(&format!("{code}/state")).await.1, "{\"status\":\"waiting\"}");
    assert_eq!(stage.post(&format!("{code}/give-up"), "").await.0, 303);
    assert!(stage.get(&code).await.1.contains("订单已关闭"));
    assert_eq!(stage.post(&format!("{code}/pay"), "").await.0, 303, "too late, and the page says so");
    assert_eq!(stage.get(&format!("{code}/state")).await.1, "{\"status\":\"closed\"}");
    assert_eq!(stage.control("book").await["books"][0]["received_fen"], 0);
}

#[tokio::test]
async fn an_unknown_page_is_not_there_and_nobody_is_sent_anywhere_else() {
    let stage = Stage::new().await;
    assert_eq!(stage.get("/cashier/nothing").await.0, 404);
    assert_eq!(stage.post("/cashier/nothing/pay", "").await.0, 404);
    let code = begun(&stage, "x").await;
    let (_, page) = stage.get(&format!("{code}?redirect_url=javascript:alert(1)")).await;
    assert!(!page.contains("javascript:"));
    stage.pay("K1").await;
    let (_, page) = stage.get(&format!("{code}?redirect_url=javascript:alert(1)")).await;
    assert!(!page.contains("javascript:") && !page.contains("返回商家"));
    assert_eq!(stage.get(&format!("{code}/return?redirect_url=javascript:alert(1)")).await.0, 404);
}
