//! Document 003: ordering, asking, giving up, and what the contract adds.

use fault::{Code, Fault};
use proto::{
    bill::v1::{self as bill, OrderKind, OrderStatus, ProductKind},
    payment::v1::{self as payment, Channel, Handout, Method as By},
    user::v1 as user,
    wallet::v1 as wallet,
};
use reqwest::Method;

use super::{
    pay::{CANCEL_ORDER, CREATE, GET_ORDER, ORDER, PRODUCTS, minute, opened, order},
    stage::{Stage, send},
};

const BODY: &str =
    r#"{"product_type":"membership","product_id":1,"payment_method":"wechat","is_upgrade":false}"#;
const CREATE_ORDER: &str = "/api/v1/payment/create-order";
const STATUS: &str = "/api/v1/payment/order-status";
const CANCEL: &str = "/api/v1/payment/cancel-order";
const WHICH: &str = r#"{"order_no":"ORD202501011200001"}"#;

fn products() -> Vec<bill::Product> {
    vec![
        bill::Product {
            id: 1,
            kind: ProductKind::Membership.into(),
            name: "月度会员".to_owned(),
            price_minor: 9_900,
            currency: "CNY".to_owned(),
            plan: "monthly".to_owned(),
            days: 30,
            points: 0,
        },
        bill::Product {
            id: 4,
            kind: ProductKind::Points.into(),
            name: "100 积分".to_owned(),
            price_minor: 1_000,
            currency: "CNY".to_owned(),
            points: 100,
            ..bill::Product::default()
        },
    ]
}

/// The order of document 003.
fn membership_order(status: OrderStatus) -> bill::Order {
    bill::Order {
        order_no: "ORD202501011200001".to_owned(),
        kind: OrderKind::Membership.into(),
        amount_minor: 9_900,
        status: status.into(),
        ..order()
    }
}

fn teach(stage: &Stage) {
    stage.fakes.on(PRODUCTS, |request: bill::ListProductsRequest| {
        let kind = request.kind();
        let is_wanted = |product: &bill::Product| kind == ProductKind::Unspecified || product.kind() == kind;
        Ok(bill::ListProductsResponse { products: products().into_iter().filter(is_wanted).collect() })
    });
    stage.fakes.on(ORDER, |_: bill::CreateOrderRequest| {
        Ok(bill::CreateOrderResponse { order: Some(membership_order(OrderStatus::Pending)) })
    });
    stage.fakes.on(CREATE, |request: payment::CreatePaymentRequest| {
        assert_eq!(
            (request.order_id, request.method(), request.channel()),
            (987_654, By::Wechat, Channel::Qr)
        );
        assert_eq!(request.expected_amount_minor, 9_900);
        let handout = Handout {
            qr_code: "weixin://wxpay/bizpayurl?pr=xxx".to_owned(),
            expires_at: Some(minute(15)),
            ..Handout::default()
        };
        let made = payment::Payment { handout: Some(handout), method: By::Wechat.into(), ..opened() };
        Ok(payment::CreatePaymentResponse { payment: Some(made), is_new: true })
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_order_prints_003_e01() {
    let stage = Stage::new().await;
    teach(&stage);
    stage.fakes.on(ORDER, |request: bill::CreateOrderRequest| {
        let product = bill::ProductOrder { product_id: 1, is_upgrade: false };
        assert_eq!(request.what, Some(bill::create_order_request::What::Product(product)));
        Ok(bill::CreateOrderResponse { order: Some(membership_order(OrderStatus::Pending)) })
    });
    let reply = stage.post(CREATE_ORDER, BODY).await;
    assert_eq!(
        (reply.status, reply.text.as_str()),
        (
            200,
            r#"{"order_no":"ORD202501011200001","amount":99.00,"qr_code_url":"weixin://wxpay/bizpayurl?pr=xxx","qr_code_expire_at":"2024-01-16T10:45:00","expire_at":"2024-01-16T11:00:00"}"#
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_is_passed_on_and_needs_no_word_otherwise() {
    let stage = Stage::new().await;
    teach(&stage);
    for (body, is_upgrade) in [
        (BODY.replace("false", "true"), true),
        (BODY.replace(r#","is_upgrade":false"#, "").replace("wechat", "WeChat"), false),
    ] {
        stage.fakes.on(ORDER, move |request: bill::CreateOrderRequest| {
            let product = bill::ProductOrder { product_id: 1, is_upgrade };
            assert_eq!(request.what, Some(bill::create_order_request::What::Product(product)));
            Ok(bill::CreateOrderResponse { order: Some(membership_order(OrderStatus::Pending)) })
        });
        assert_eq!(stage.post(CREATE_ORDER, &body).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_of_the_other_type_or_none_is_not_found_and_nothing_is_ordered() {
    let stage = Stage::new().await;
    teach(&stage);
    for body in [BODY.replace(r#""product_id":1"#, r#""product_id":4"#), BODY.replace("membership", "points")]
    {
        stage.post(CREATE_ORDER, &body).await.is_refused_in_checkout(404, "资源不存在: product not found");
    }
    assert_eq!(stage.fakes.calls(ORDER).len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_of_an_order_prints_003_e02() {
    let stage = Stage::new().await;
    for (status, paid_at, expected) in [
        (
            OrderStatus::Paid,
            Some(minute(5)),
            r#""status":"paid","amount":99.00,"payment_time":"2024-01-16T10:35:00""#,
        ),
        (OrderStatus::Pending, None, r#""status":"pending","amount":99.00,"payment_time":null"#),
        (OrderStatus::Cancelled, None, r#""status":"cancelled","amount":99.00,"payment_time":null"#),
        (OrderStatus::Refunded, None, r#""status":"refunded","amount":99.00,"payment_time":null"#),
        (OrderStatus::Completed, None, r#""status":"paid","amount":99.00,"payment_time":null"#),
    ] {
        stage.fakes.on(GET_ORDER, move |request: bill::GetOrderRequest| {
            assert_eq!((request.order_id, request.order_no.as_str()), (0, "ORD202501011200001"));
            let order = bill::Order { paid_at, ..membership_order(status) };
            Ok(bill::GetOrderResponse { order: Some(order) })
        });
        let reply = stage.get(&format!("{STATUS}?order_no=ORD202501011200001")).await;
        assert_eq!(reply.text, format!(r#"{{"order_no":"ORD202501011200001",{expected}}}"#));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn giving_up_prints_003_e03_in_both_languages() {
    let stage = Stage::new().await;
    stage.fakes.on(CANCEL_ORDER, |request: payment::CancelOrderRequest| {
        assert_eq!((request.order_no.as_str(), request.order_id), ("ORD202501011200001", 0));
        Ok(payment::CancelOrderResponse { order_no: request.order_no, order_id: 1, is_closed: true })
    });
    assert_eq!(stage.post(CANCEL, WHICH).await.text, r#"{"code":200,"msg":"订单已取消","data":null}"#);
    let request = stage.request(Method::POST, CANCEL).header("authorization", stage.keys.user(1));
    let request = request.header("content-type", "application/json").header("accept-language", "en");
    assert_eq!(send(request.body(WHICH)).await.json()["msg"], "order cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn products_membership_and_points_are_bare() {
    let stage = Stage::new().await;
    teach(&stage);
    assert_eq!(
        stage.get("/api/v1/payment/products").await.text,
        r#"[{"product_id":1,"product_type":"membership","name":"月度会员","price":99.00,"currency":"CNY","plan":"monthly","days":30,"points":null},{"product_id":4,"product_type":"points","name":"100 积分","price":10.00,"currency":"CNY","plan":null,"days":null,"points":100}]"#
    );
    for (plan, expires_at, printed) in [
        ("monthly", Some(minute(0)), r#"{"plan":"monthly","expires_at":"2024-01-16T10:30:00"}"#),
        ("", None, r#"{"plan":null,"expires_at":null}"#),
    ] {
        stage.fakes.on(
            "user.v1.MembershipService/GetMembership",
            move |request: user::GetMembershipRequest| {
                assert_eq!(request.user_id, 1);
                let membership =
                    user::Membership { plan: plan.to_owned(), expires_at, ..user::Membership::default() };
                Ok(user::GetMembershipResponse { membership: Some(membership) })
            },
        );
        assert_eq!(stage.get("/api/v1/payment/membership").await.text, printed);
    }
    stage.fakes.on("wallet.v1.WalletService/GetBalance", |request: wallet::GetBalanceRequest| {
        assert_eq!((request.user_id, request.currency.as_str()), (1, "POINTS"));
        Ok(wallet::GetBalanceResponse { balance_minor: 500, ..wallet::GetBalanceResponse::default() })
    });
    assert_eq!(stage.get("/api/v1/payment/points").await.text, r#"{"balance":500}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_named_and_no_service_hears_of_it() {
    let stage = Stage::new().await;
    let number = "order_no: must have 6 to 32 of the characters 0-9, A-Z, a-z, _ and -";
    for (path, body, detail) in [
        (CREATE_ORDER, "{}".to_owned(), "product_type: is required"),
        (CREATE_ORDER, BODY.replace("membership", "car"), "product_type: must be one of membership, points"),
        (CREATE_ORDER, BODY.replace(":1,", ":0,"), "product_id: must be a positive whole number"),
        (CREATE_ORDER, BODY.replace(":1,", r#":"1","#), "product_id: must be a whole number"),
        (CREATE_ORDER, BODY.replace("wechat", "balance"), "payment_method: must be one of alipay, wechat"),
        (CREATE_ORDER, BODY.replace("wechat", "bank"), "payment_method: must be one of alipay, wechat"),
        (CREATE_ORDER, BODY.replace("false", "1"), "is_upgrade: must be true or false"),
        (
            CREATE_ORDER,
            BODY.replace("membership", "points").replace("false", "true"),
            "is_upgrade: is for memberships alone",
        ),
        (CREATE_ORDER, BODY.replace("product_id", "productId"), "productId: is not a known field"),
        (CREATE_ORDER, BODY.replace("false", r#"false,"amount":1"#), "amount: is not a known field"),
        (CANCEL, "{}".to_owned(), "order_no: is required"),
        (CANCEL, r#"{"order_no":"x"}"#.to_owned(), number),
        (
            CANCEL,
            r#"{"order_no":"ORD202501011200001","reason":"x"}"#.to_owned(),
            "reason: is not a known field",
        ),
    ] {
        let reply = stage.post(path, &body).await;
        reply.is_refused_in_checkout(400, &format!("请求参数验证失败: {detail}"));
    }
    for (query, detail) in [
        ("", "order_no: is required"),
        ("?order_no=x", number),
        ("?order_no=ORD2025%27--", number),
        ("?orderNo=ORD202501011200001", "orderNo: is not a known field"),
    ] {
        let reply = stage.get(&format!("{STATUS}{query}")).await;
        reply.is_refused_in_checkout(400, &format!("请求参数验证失败: {detail}"));
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_have_the_status_as_their_code() {
    let stage = Stage::new().await;
    teach(&stage);
    for (code, status, text) in [
        (Code::NotFound, 404, "资源不存在"),
        (Code::PaymentAlreadySuccess, 409, "支付已成功"),
        (Code::PaymentAlreadyCancelled, 409, "支付已取消"),
        (Code::PaymentExpired, 409, "支付已过期"),
        (Code::Forbidden, 403, "权限不足"),
    ] {
        stage.fakes.refuse(CANCEL_ORDER, Fault::new(code, "why"));
        stage.post(CANCEL, WHICH).await.is_refused_in_checkout(status, &format!("{text}: why"));
    }
    stage.fakes.refuse(CREATE, Fault::new(Code::ThirdPartyError, "10.0.0.1"));
    let reply = stage.post(CREATE_ORDER, BODY).await;
    let request_id = reply.header("x-request-id");
    let expected =
        format!(r#"{{"code":502,"msg":"第三方支付错误","data":null,"request_id":"{request_id}"}}"#);
    assert_eq!((reply.status, reply.text.as_str()), (502, expected.as_str()));
}
