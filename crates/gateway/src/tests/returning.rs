//! The page to which a payer's browser comes back.

use fault::{Code, Fault};
use proto::{
    bill::v1::{GetOrderRequest, GetOrderResponse, Order, OrderStatus},
    payment::v1 as payment,
};
use reqwest::Method;

use super::{
    pay::{GET, GET_ORDER, opened, order, teach_payment},
    stage::{Reply, Stage, send},
};

const PAGE: &str = "/payment/return?order_no=ORD202401160001";

fn teach(stage: &Stage, status: OrderStatus) {
    stage.fakes.on(GET_ORDER, move |request: GetOrderRequest| {
        assert_eq!(request.order_no, "ORD202401160001");
        Ok(GetOrderResponse { order: Some(Order { status: status.into(), ..order() }) })
    });
}

async fn ask(stage: &Stage, path: &str) -> Reply {
    send(stage.request(Method::GET, path)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_shows_the_state_and_nothing_else_of_the_order() {
    let stage = Stage::new().await;
    for (status, title, is_open) in [
        (OrderStatus::Pending, "等待支付", true),
        (OrderStatus::Paid, "支付成功", false),
        (OrderStatus::Completed, "支付成功", false),
        (OrderStatus::Refunded, "已退款", false),
        (OrderStatus::Cancelled, "订单已取消", false),
    ] {
        teach(&stage, status);
        let reply = ask(&stage, PAGE).await;
        assert_eq!((reply.status, reply.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(reply.text.contains(&format!("<h1>{title}</h1>")), "{}", reply.text);
        assert_eq!(reply.text.contains("http-equiv=\"refresh\""), is_open);
        for inside in ["237", "Java", "987654"] {
            assert!(!reply.text.contains(inside), "{}", reply.text);
        }
    }
    for call in stage.fakes.calls(GET_ORDER) {
        assert!(!call.headers.contains_key("authorization"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_for_phones_without_scripts_and_loads_nothing_from_elsewhere() {
    let stage = Stage::new().await;
    teach(&stage, OrderStatus::Paid);
    let reply = ask(&stage, PAGE).await;
    assert!(reply.text.contains("width=device-width") && !reply.text.contains("<script"));
    let policy =
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    assert_eq!(reply.header("content-security-policy"), policy);
    assert_eq!((reply.header("cache-control"), reply.header("referrer-policy")), ("no-store", "no-referrer"));
    let style = ask(&stage, "/payment/return/style.css").await;
    assert_eq!((style.status, style.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(reply.text.contains("href=\"/payment/return/style.css\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_address_says_about_success_is_not_believed() {
    let stage = Stage::new().await;
    teach(&stage, OrderStatus::Pending);
    let path = format!("{PAGE}&trade_status=TRADE_SUCCESS&status=paid&sign=x");
    assert!(ask(&stage, &path).await.text.contains("等待支付"));
    let reply = send(stage.request(Method::POST, &path).body("respCode=00")).await;
    assert!(reply.text.contains("等待支付"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_names_the_payment_and_an_app_its_order() {
    let stage = Stage::new().await;
    teach(&stage, OrderStatus::Paid);
    teach_payment(&stage, opened(), false);
    for query in [
        "orderNo=ORD202401160001",
        "out_trade_no=PAY202401160001&total_amount=1",
        "paymentNo=PAY202401160001",
    ] {
        let reply = ask(&stage, &format!("/payment/return?{query}")).await;
        assert!(reply.text.contains("支付成功"), "{query}: {}", reply.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_none_is_a_page_too() {
    let stage = Stage::new().await;
    stage.fakes.refuse(GET_ORDER, Fault::not_found("order"));
    stage.fakes.refuse(GET, Fault::new(Code::PaymentNotFound, "payment not found"));
    for query in [
        "",
        "?order_no=ORD202401160001",
        "?out_trade_no=PAY202401160001",
        "?order_no=%3Cscript%3Ealert(1)",
        "?x=1",
    ] {
        let reply = ask(&stage, &format!("/payment/return{query}")).await;
        assert_eq!((reply.status, reply.header("content-type")), (404, "text/html; charset=utf-8"));
        assert!(reply.text.contains("订单不存在") && !reply.text.contains("script"), "{}", reply.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_away_is_a_page_that_tries_again() {
    let stage = Stage::new().await;
    stage.fakes.refuse(GET_ORDER, Fault::unavailable("postgres on 10.0.0.7"));
    let reply = ask(&stage, PAGE).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, "1"));
    assert!(reply.text.contains("暂时无法查询") && reply.text.contains("refresh"));
    assert!(!reply.text.contains("10.0.0.7"));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_speaks_english_on_request_and_changes_nothing() {
    let stage = Stage::new().await;
    teach(&stage, OrderStatus::Paid);
    stage.fakes.on(GET, |_: payment::GetPaymentRequest| Ok(payment::GetPaymentResponse::default()));
    let reply = send(stage.request(Method::GET, PAGE).header("accept-language", "en")).await;
    assert!(reply.text.contains("<h1>Paid</h1>") && reply.text.contains("lang=\"en\""), "{}", reply.text);
    assert_eq!(stage.fakes.calls_of_substance(), stage.fakes.calls(GET_ORDER).len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_is_sent_on_by_the_form_of_his_payment_or_shown_how_it_stands() {
    let stage = Stage::new().await;
    let form = "<form method=\"post\" action=\"https://gateway.example\"></form>";
    let handout = payment::Handout { payment_form: form.to_owned(), ..payment::Handout::default() };
    stage.fakes.on(GET, move |request: payment::GetPaymentRequest| match request.payment_no.as_str() {
        "PAY202401160001" => {
            let payment = payment::Payment { handout: Some(handout.clone()), ..opened() };
            Ok(payment::GetPaymentResponse { payment: Some(payment), is_cached: false })
        }
        _ => Err(Fault::new(Code::PaymentNotFound, "payment not found")),
    });
    let reply = ask(&stage, "/payment/go/PAY202401160001").await;
    assert_eq!((reply.status, reply.text.as_str()), (200, form));
    assert!(reply.header("content-security-policy").contains("form-action http: https:"));
    assert!(!stage.fakes.calls(GET)[0].headers.contains_key("authorization"));
    // Who cannot be sent on is led to the page that shows how it stands.
    for number in ["PAY000", "a%22b"] {
        let reply = ask(&stage, &format!("/payment/go/{number}")).await;
        assert_eq!(reply.status, 404);
        assert!(reply.text.contains("订单不存在"), "{}", reply.text);
    }
}
