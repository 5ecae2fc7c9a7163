//! The control interface: what it does, and what it says about bad input.

use serde_json::{Value, json};

use super::{Inbox, Merchant, Stage, merchant::Mode};

async fn begun(stage: &Stage, number: &str) {
    let merchant = Merchant::new(stage, Mode::Key);
    let biz =
        json!({ "out_trade_no": number, "total_amount": "1.00", "subject": "<script>alert(1)</script>" });
    merchant.alipay(stage, "alipay.trade.precreate", biz).await;
}

#[tokio::test]
async fn a_trade_is_listed_paid_and_given_up() {
    let stage = Stage::new().await;
    begun(&stage, "L1").await;
    begun(&stage, "L2").await;
    let all = stage.control("trades?provider=alipay&limit=1").await;
    assert_eq!(all["trades"][0]["out_trade_no"], "L2", "the newest first");
    assert_eq!(stage.control("trades?provider=wechat").await["trades"], json!([]));
    stage.pay("L1").await;
    stage.pay("L1").await;
    assert_eq!(stage.control("trades/L1").await["status"], "paid");
    assert_eq!(stage.post("/control/trades/L1/give-up", "").await.0, 409);
    for _ in 0..2 {
        assert_eq!(stage.post("/control/trades/L2/give-up", "").await.0, 200);
    }
    assert_eq!(stage.post("/control/trades/L2/pay", "").await.0, 409);
    let book = &stage.control("book").await["books"][0];
    assert_eq!((book["received_fen"].as_i64(), book["net"].as_str()), (Some(100), Some("1.00")), "paid once");
}

#[tokio::test]
async fn a_number_that_two_providers_know_needs_the_providers_name() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    begun(&stage, "SAME01").await;
    let merchant = Merchant::new(&stage, Mode::Key);
    let order = merchant.order("SAME01", 1, &inbox.url);
    merchant.wechat(&stage, reqwest::Method::POST, "/v3/pay/transactions/native", order).await;
    assert_eq!(stage.control("trades/SAME01").await["provider"], "wechat", "the one begun last");
    assert_eq!(stage.post("/control/trades/SAME01/pay?provider=alipay", "").await.0, 200);
    assert_eq!(stage.control("trades/SAME01?provider=alipay").await["status"], "paid");
    assert_eq!(stage.control("trades/SAME01?provider=wechat").await["status"], "waiting");
}

#[tokio::test]
async fn bad_input_is_told_by_field_and_rule() {
    let stage = Stage::new().await;
    for (body, field) in [
        (json!([]), "body"),
        (json!({}), "operation"),
        (json!({ "operation": "pay", "fault": "lost" }), "operation"),
        (json!({ "operation": "callback", "fault": "los" }), "fault"),
        (json!({ "operation": "callback", "fault": "slow" }), "fault"),
        (json!({ "operation": "create", "fault": "lost" }), "fault"),
        (json!({ "operation": "callback", "fault": "lost", "times": 0 }), "times"),
        (json!({ "operation": "callback", "fault": "lost", "times": "1" }), "times"),
        (json!({ "operation": "callback", "fault": "late", "delay_ms": -1 }), "delay_ms"),
        (json!({ "operation": "callback", "fault": "late", "delay_ms": 86_400_001 }), "delay_ms"),
        (json!({ "operation": "callback", "fault": "lost", "provider": "paypal" }), "provider"),
        (json!({ "operation": "callback", "fault": "lost", "out_trade_no": "x".repeat(65) }), "out_trade_no"),
        (json!({ "operation": "callback", "fault": "lost", "time": 1 }), "time"),
    ] {
        let (status, answer) = stage.post("/control/faults", body.to_string()).await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!((status, answer["error"]["field"].as_str()), (400, Some(field)), "{body}");
        assert!(!answer["error"]["rule"].as_str().unwrap().is_empty());
    }
    for (path, status, field) in [
        ("/control/trades/nothing", 404, "out_trade_no"),
        ("/control/trades?provider=x", 400, "provider"),
        ("/control/trades?limit=0", 400, "limit"),
        ("/control/webhooks/a%20b", 400, "name"),
    ] {
        let (got, answer) = stage.get(path).await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!((got, answer["error"]["field"].as_str()), (status, Some(field)), "{path}");
    }
    assert_eq!(stage.control("faults").await["faults"], json!([]));
}

#[tokio::test]
async fn faults_are_shown_and_taken_away() {
    let stage = Stage::new().await;
    for kind in ["lost", "late"] {
        stage.fault(&json!({ "operation": "callback", "fault": kind, "times": 2 })).await;
    }
    let all = stage.control("faults").await;
    assert_eq!(
        (all["faults"][0]["fault"].as_str(), all["faults"][1]["times"].as_u64()),
        (Some("lost"), Some(2))
    );
    let delete = async |path: &str| {
        let answer = stage.client.delete(format!("{}{path}", stage.url)).send().await.unwrap();
        answer.json::<Value>().await.unwrap()
    };
    let id = &all["faults"][0]["id"];
    assert_eq!(delete(&format!("/control/faults?id={id}")).await["removed"], 1);
    assert_eq!(delete("/control/faults").await["removed"], 1);
    assert_eq!(delete("/control/faults?id=x").await["error"]["field"], "id");
}

#[tokio::test]
async fn a_webhook_is_kept_as_it_came_and_the_oldest_goes() {
    let stage = Stage::new().await;
    for index in 0..25 {
        let sent =
            stage.client.post(format!("{}/webhooks/my-hook?n={index}", stage.url)).header("X-Index", index);
        assert_eq!(sent.body("{\"a\":1}").send().await.unwrap().status(), 200);
    }
    let kept = stage.control("webhooks/my-hook").await;
    let all = kept["requests"].as_array().unwrap();
    assert_eq!((all.len(), all[0]["body"].as_str()), (20, Some("{\"a\":1}")));
    assert!(all[0]["headers"].as_array().unwrap().contains(&json!(["x-index", "24"])));
    assert_eq!(stage.control("webhooks/other").await["requests"], json!([]));
}

#[tokio::test]
async fn the_control_page_shows_and_steers_and_escapes() {
    let stage = Stage::new().await;
    begun(&stage, "PAGE1").await;
    let (status, page) = stage.get("/").await;
    assert!(status == 200 && page.contains("PAGE1") && page.contains("&lt;script&gt;alert(1)"));
    let act = page.split("action=\"").find(|part| part.starts_with("/page/trades/")).unwrap();
    let act = act.split('"').next().unwrap();
    assert_eq!(stage.post(act, "").await.0, 303);
    assert!(stage.get("/").await.1.contains("已支付"));
    let form = "provider=&operation=callback&fault=lost&out_trade_no=&times=3&delay_ms=";
    assert_eq!(stage.post("/page/faults", form).await.0, 303);
    assert_eq!(stage.control("faults").await["faults"][0]["times"], 3);
    assert_eq!(stage.post("/page/faults", form.replace("times=3", "times=x")).await.0, 400);
    assert_eq!(stage.post("/page/faults/clear", "").await.0, 303);
    assert_eq!(stage.control("faults").await["faults"], json!([]));
}
