//! `/payment/return`: where a payer's browser comes back to (003-P01). It shows how an order stands and changes nothing.
//!
//! Good on a phone, without scripts. A stranger sees the state alone: no amount, no name, no subject. The rule not to
//! be broken: what the address says about success is not believed; the order service is asked.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::get,
};
use bytes::Bytes;
use fault::{Code, Fault};
use http::{HeaderValue, Uri, header::CONTENT_TYPE};
use proto::{
    bill::v1::{GetOrderRequest, OrderStatus},
    payment::v1::GetPaymentRequest,
};

use crate::{
    app::App,
    extract::is_number,
    language::{Language, Text},
    problem::Problem,
    visit::Visit,
};

/// Where the page is.
pub(crate) const PATH: &str = "/payment/return";
const STYLE_PATH: &str = "/payment/return/style.css";
const STYLE: &str = include_str!("returning.css");
/// Names of parameters with an order's number, and of those with a payment's: providers add their own.
const ORDER_NAMES: [&str; 2] = ["order_no", "orderNo"];
const PAYMENT_NAMES: [&str; 3] = ["out_trade_no", "paymentNo", "payment_no"];
const PARAMETERS_MAX: usize = 50;

/// Serves the page and its style.
pub(crate) fn routes(app: App) -> Router {
    Router::new()
        .route(PATH, get(page).post(page))
        .route(STYLE_PATH, get(async || ([(CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)))
        .with_state(app)
}

async fn page(State(app): State<App>, uri: Uri) -> Response {
    match found(&app, uri.query().unwrap_or_default()).await {
        Ok((order_no, status)) => html(Shown::of(status), &order_no).into_response(),
        Err(fault) => {
            let shown = if is_nobodys(&fault) { &NOT_FOUND } else { &AWAY };
            Problem::from(fault).in_other_words(HTML, html(shown, ""))
        }
    }
}

const HTML: &str = "text/html; charset=utf-8";

/// What the page says of a state.
struct Shown {
    sign: &'static str,
    class: &'static str,
    title: Text,
    text: Text,
    is_open: bool,
}

const NOT_FOUND: Shown = Shown {
    sign: "?",
    class: "none",
    title: Text { zh: "订单不存在", en: "No such order" },
    text: Text {
        zh: "请回到应用中查看您的订单。", en: "Please look at your orders in the app."
    },
    is_open: false,
};
const AWAY: Shown = Shown {
    sign: "…",
    class: "open",
    title: Text { zh: "暂时无法查询", en: "Not available at the moment" },
    text: Text {
        zh: "您的付款不会丢失，请稍后刷新。", en: "Your payment is safe. Please try again later."
    },
    is_open: true,
};
const PENDING: Shown = Shown {
    sign: "…",
    class: "open",
    title: Text { zh: "等待支付", en: "Waiting for the payment" },
    text: Text {
        zh: "如已付款，结果将在几秒内更新。",
        en: "If you have paid, this page changes in a few seconds.",
    },
    is_open: true,
};
const PAID: Shown = Shown {
    sign: "✓",
    class: "done",
    title: Text { zh: "支付成功", en: "Paid" },
    text: Text { zh: "您可以关闭此页面。", en: "You may close this page." },
    is_open: false,
};
const REFUNDED: Shown = Shown {
    sign: "↩",
    class: "none",
    title: Text { zh: "已退款", en: "Refunded" },
    text: Text { zh: "款项已原路退回。", en: "The money went back the way it came." },
    is_open: false,
};
const CANCELLED: Shown = Shown {
    sign: "✕",
    class: "none",
    title: Text { zh: "订单已取消", en: "Cancelled" },
    text: Text {
        zh: "未产生扣款；如已付款将自动退回。",
        en: "What was paid nevertheless goes back by itself.",
    },
    is_open: false,
};

impl Shown {
    const fn of(status: OrderStatus) -> &'static Self {
        match status {
            OrderStatus::Unspecified | OrderStatus::Pending => &PENDING,
            OrderStatus::Paid | OrderStatus::Completed => &PAID,
            OrderStatus::Refunded => &REFUNDED,
            OrderStatus::Cancelled => &CANCELLED,
        }
    }
}

/// Finds the order that an address names.
async fn found(app: &App, query: &str) -> Result<(String, OrderStatus), Fault> {
    let order_no = match (given(query, &ORDER_NAMES), given(query, &PAYMENT_NAMES)) {
        (Some(order_no), _) => order_no,
        (None, Some(payment_no)) => {
            let request = GetPaymentRequest { payment_id: 0, payment_no };
            let reply = unnamed(app.peers.payment().get_payment(request)).await.map_err(Fault::from)?;
            reply.into_inner().payment.map(|payment| payment.order_no).unwrap_or_default()
        }
        (None, None) => return Err(Fault::not_found("order")),
    };
    let request = GetOrderRequest { order_id: 0, order_no: order_no.clone() };
    let reply = unnamed(app.peers.orders().get_order(request)).await.map_err(Fault::from)?;
    let order = reply.into_inner().order.ok_or_else(|| Fault::internal("a service left out the order"))?;
    Ok((order_no, order.status()))
}

/// Asks in the name of the gateway alone: a browser that comes or goes brings no token.
pub(crate) async fn unnamed<F: Future>(call: F) -> F::Output {
    match rpc::context::current() {
        Some(context) => {
            let context = rpc::Context { authorization: None, idempotency_key: None, ..context };
            rpc::context::scope(context, call).await
        }
        None => call.await,
    }
}

fn given(query: &str, names: &[&str]) -> Option<String> {
    let mut parameters = url::form_urlencoded::parse(query.as_bytes()).take(PARAMETERS_MAX);
    let (_, number) = parameters.find(|(name, _)| names.contains(&name.as_ref()))?;
    is_number(&number).then(|| number.into_owned())
}

fn is_nobodys(fault: &Fault) -> bool {
    matches!(fault.code(), Code::NotFound | Code::PaymentNotFound | Code::ValidationError)
}

/// Writes the page. Of `order_no` only what has the form of a number comes here; no mark can be in it.
fn html(shown: &Shown, order_no: &str) -> Html {
    let language = Visit::language();
    let title = shown.title.in_language(language);
    let text = shown.text.in_language(language);
    let Shown { sign, class, is_open, .. } = shown;
    let refresh = if *is_open { r#"<meta http-equiv="refresh" content="5">"# } else { "" };
    let number = match (order_no, language) {
        ("", _) => String::new(),
        (_, Language::Chinese) => format!("<p class=\"number\">订单号 {order_no}</p>"),
        (_, Language::English) => format!("<p class=\"number\">Order {order_no}</p>"),
    };
    let page = format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{refresh}\
         <title>{title}</title><link rel=\"stylesheet\" href=\"{STYLE_PATH}\"></head>\
         <body><main class=\"{class}\"><p class=\"sign\" aria-hidden=\"true\">{sign}</p><h1>{title}</h1>\
         <p>{text}</p>{number}</main></body></html>",
        lang = language.tag(),
    );
    Html(Bytes::from(page))
}

/// A page as an answer.
struct Html(Bytes);

impl From<Html> for axum::body::Body {
    fn from(page: Html) -> Self {
        page.0.into()
    }
}

impl axum::response::IntoResponse for Html {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.into());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(HTML));
        response
    }
}
