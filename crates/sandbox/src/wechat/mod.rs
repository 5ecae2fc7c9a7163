//! WeChat Pay's side of API v3: which call it is, whether it is signed, and what is answered.
//!
//! What the calls do stands in the files beside. The rules not to be broken: the signature is verified over the raw bytes
//! and the path as it came, before the content is read; successes are signed, errors are not.

mod answer;
mod bill;
mod body;
mod certificates;
mod door;
pub(crate) mod notice;
mod order;
mod prepay;
mod refund;

use axum::{
    body::Bytes,
    extract::{OriginalUri, State},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

pub(crate) use self::answer::as_probe;
use self::answer::{Answer, Refusal};
use crate::{desk::Desk, faults::Operation, trades::Provider};

/// A call whose signature holds.
pub(super) struct Call {
    pub(super) query: Vec<(String, String)>,
    /// The content; null if there is none.
    pub(super) body: Value,
    /// Whether the merchant trusts the public key and not certificates.
    pub(super) is_by_public_key: bool,
}

impl Call {
    fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// What there is to call.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Route {
    Prepay(&'static str),
    ByNumber(String),
    ById(String),
    Close(String),
    Refund,
    RefundQuery(String),
    Certificates,
    TradeBill,
    BillFile,
}

/// Serves everything below `/v3`.
pub(crate) async fn serve(
    State(desk): State<Desk>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = door::parts(uri.path());
    let route = match route(&method, &path) {
        Ok(route) => route,
        Err(status) => return status.into_response(),
    };
    let url = uri.path_and_query().map_or(uri.path(), http::uri::PathAndQuery::as_str);
    let call = match door::check(&desk, &method, url, &headers, &body) {
        Ok(call) => call,
        Err(refusal) => return refusal.sent(),
    };
    let is_by_public_key = call.is_by_public_key;
    let number = number_of(&route, &call);
    let place = (Provider::Wechat, number.as_deref(), operation_of(&route));
    let broken = || Refusal::trouble().sent();
    desk.pass(place, broken, async {
        match dispatch(&desk, route, &call).await {
            Ok(answer) => answer.sent(&desk, is_by_public_key),
            Err(refusal) => refusal.sent(),
        }
    })
    .await
}

async fn dispatch(desk: &Desk, route: Route, call: &Call) -> Result<Answer, Refusal> {
    match route {
        Route::Prepay(product) => prepay::create(desk, product, call).await,
        Route::ByNumber(number) => order::by_number(desk, &number, call).await,
        Route::ById(id) => order::by_id(desk, &id, call).await,
        Route::Close(number) => order::close(desk, &number, call).await,
        Route::Refund => refund::create(desk, call).await,
        Route::RefundQuery(number) => refund::query(desk, &number).await,
        Route::Certificates => certificates::list(desk),
        Route::TradeBill => bill::url(desk, call).await,
        Route::BillFile => bill::file(desk, call).await,
    }
}

/// Finds the call of a path. *Errors*: the status of an unknown path or another method, both without a body.
fn route(method: &Method, path: &[String]) -> Result<Route, StatusCode> {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    let (wanted, route) = match parts.as_slice() {
        ["pay", "transactions", product] => {
            let all = ["native", "h5", "jsapi", "app"];
            let product = all.into_iter().find(|known| known == product).ok_or(StatusCode::NOT_FOUND)?;
            (Method::POST, Route::Prepay(product))
        }
        ["pay", "transactions", "out-trade-no", number] => {
            (Method::GET, Route::ByNumber((*number).to_owned()))
        }
        ["pay", "transactions", "id", id] => (Method::GET, Route::ById((*id).to_owned())),
        ["pay", "transactions", "out-trade-no", number, "close"] => {
            (Method::POST, Route::Close((*number).to_owned()))
        }
        ["refund", "domestic", "refunds"] => (Method::POST, Route::Refund),
        ["refund", "domestic", "refunds", number] => (Method::GET, Route::RefundQuery((*number).to_owned())),
        ["certificates"] => (Method::GET, Route::Certificates),
        ["bill", "tradebill"] => (Method::GET, Route::TradeBill),
        ["billdownload", "file"] => (Method::GET, Route::BillFile),
        _ => return Err(StatusCode::NOT_FOUND),
    };
    if *method == wanted { Ok(route) } else { Err(StatusCode::METHOD_NOT_ALLOWED) }
}

const fn operation_of(route: &Route) -> Operation {
    match route {
        Route::Prepay(_) => Operation::Create,
        Route::ByNumber(_) | Route::ById(_) => Operation::Query,
        Route::Close(_) => Operation::Close,
        Route::Refund => Operation::Refund,
        Route::RefundQuery(_) => Operation::RefundQuery,
        Route::Certificates => Operation::Certificates,
        Route::TradeBill | Route::BillFile => Operation::Bill,
    }
}

/// Gives the number by which a fault may mean this call.
fn number_of(route: &Route, call: &Call) -> Option<String> {
    match route {
        Route::ByNumber(number) | Route::Close(number) => Some(number.clone()),
        _ => call.body.get("out_trade_no").and_then(Value::as_str).map(str::to_owned),
    }
}
