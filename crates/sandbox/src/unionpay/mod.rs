//! UnionPay's side of ACP 5.1.0: which message it is, whether it is signed, and what is answered.
//!
//! What the messages do stands in the files beside. The rules not to be broken: nothing is done before the signature
//! holds; answers carry the certificate that signed them; `00` on a refund says that it was accepted and no more.

mod back;
mod file;
mod front;
pub(crate) mod notice;
mod query;

use axum::{
    body::Bytes,
    extract::State,
    response::{Html, IntoResponse as _, Redirect, Response},
};
use http::{StatusCode, header::CONTENT_TYPE};
use wire::{
    Error, Params,
    unionpay::{self, Signer},
};

use crate::{cashier, desk::Desk, faults::Operation, keys::UNIONPAY_MERCHANT_ID, trades::Provider};

const TEXT: &str = "text/html;charset=UTF-8";

/// Why a message is refused: its code, and a text.
#[derive(Debug)]
pub(super) struct Refusal {
    code: &'static str,
    text: String,
}

impl Refusal {
    pub(super) fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }
}

impl From<fault::Fault> for Refusal {
    fn from(fault: fault::Fault) -> Self {
        tracing::error!(error = %fault, inside = fault.internal_context(), "a message could not be done");
        Self::new("06", "系统繁忙，请稍后再试")
    }
}

/// Serves `frontTransReq.do`: a browser that wants to pay.
pub(crate) async fn front(State(desk): State<Desk>, body: Bytes) -> Result<Response, Response> {
    let params = read(&desk, &body).map_err(|(_, refusal)| page(&refusal))?;
    let number = params.get("orderId").cloned();
    let place = (Provider::Unionpay, number.as_deref(), Operation::Create);
    let work = async {
        match front::begin(&desk, &params).await {
            Ok(trade) => Redirect::to(&cashier::path(&trade.token)).into_response(),
            Err(refusal) => page(&refusal),
        }
    };
    Ok(desk.pass(place, broken, work).await)
}

/// Serves `backTransReq.do`: refunds and undoings.
pub(crate) async fn back(State(desk): State<Desk>, body: Bytes) -> Result<Response, Response> {
    let params = read(&desk, &body).map_err(|(params, refusal)| answered(&desk, &params, Err(refusal)))?;
    let number = params.get("orderId").cloned();
    let place = (Provider::Unionpay, number.as_deref(), Operation::Refund);
    let work = async { answered(&desk, &params, back::take(&desk, &params).await) };
    Ok(desk.pass(place, broken, work).await)
}

/// Serves `queryTrans.do`.
pub(crate) async fn query(State(desk): State<Desk>, body: Bytes) -> Result<Response, Response> {
    let params = read(&desk, &body).map_err(|(params, refusal)| answered(&desk, &params, Err(refusal)))?;
    let number = params.get("orderId").cloned();
    let place = (Provider::Unionpay, number.as_deref(), Operation::Query);
    let work = async { answered(&desk, &params, query::answer(&desk, &params).await) };
    Ok(desk.pass(place, broken, work).await)
}

/// Serves the host of settlement files.
pub(crate) async fn file(State(desk): State<Desk>, body: Bytes) -> Result<Response, Response> {
    let params = read(&desk, &body).map_err(|(params, refusal)| answered(&desk, &params, Err(refusal)))?;
    let work = async { answered(&desk, &params, file::answer(&desk, &params).await) };
    Ok(desk.pass((Provider::Unionpay, None, Operation::Bill), broken, work).await)
}

/// Reads a message and checks what all must have. *Errors*: a refusal, with what could be read.
fn read(desk: &Desk, body: &[u8]) -> Result<Params, (Params, Refusal)> {
    let params =
        unionpay::read_form(body).map_err(|_| (Params::new(), Refusal::new("10", "报文格式错误")))?;
    match check(desk, &params) {
        Ok(()) => Ok(params),
        Err(refusal) => Err((params, refusal)),
    }
}

fn check(desk: &Desk, params: &Params) -> Result<(), Refusal> {
    match Signer::verify_request(&desk.keys.unionpay_merchant, params) {
        Ok(()) => {}
        Err(Error::Missing(name)) => return Err(Refusal::new("13", format!("报文交易要素缺失：{name}"))),
        Err(Error::SignType) => return Err(Refusal::new("10", "版本号或签名方法不支持，须为5.1.0与01")),
        Err(_) => return Err(Refusal::new("11", "验证签名失败")),
    }
    for name in ["encoding", "txnType", "txnSubType", "bizType", "accessType", "merId", "txnTime"] {
        need(params, name)?;
    }
    if need(params, "merId")? != UNIONPAY_MERCHANT_ID {
        return Err(Refusal::new("31", "商户状态不正确"));
    }
    if !need(params, "encoding")?.eq_ignore_ascii_case("utf-8") {
        return Err(Refusal::new("10", "encoding须为UTF-8"));
    }
    if crate::beijing::read_compact(need(params, "txnTime")?).is_none() {
        return Err(Refusal::new("10", "txnTime须为YYYYMMDDhhmmss"));
    }
    Ok(())
}

/// Gives a parameter that must be there.
fn need<'a>(params: &'a Params, name: &str) -> Result<&'a str, Refusal> {
    let found = params.get(name).map(String::as_str).filter(|value| !value.is_empty());
    found.ok_or_else(|| Refusal::new("13", format!("报文交易要素缺失：{name}")))
}

/// Gives the number of an order. *Errors*: it is not 8 to 32 letters and digits.
fn order_id(params: &Params) -> Result<&str, Refusal> {
    let found = need(params, "orderId")?;
    let is_number = (8..=32).contains(&found.len()) && found.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_number { Ok(found) } else { Err(Refusal::new("10", "orderId须为8至32位字母或数字")) }
}

/// Gives the amount. *Units*: fen, positive.
fn amount_of(params: &Params) -> Result<i64, Refusal> {
    let amount = unionpay::read_fen(need(params, "txnAmt")?).map(money::Minor::get).unwrap_or_default();
    if amount > 0 { Ok(amount) } else { Err(Refusal::new("10", "txnAmt须为正整数，单位为分")) }
}

/// Tells whether a message is of a kind, sub-kind and business.
fn is(params: &Params, kinds: [&str; 3]) -> bool {
    let get = |name: &str| params.get(name).map(String::as_str);
    [get("txnType"), get("txnSubType"), get("bizType")] == kinds.map(Some)
}

/// Signs and sends an answer: what was asked, then what it came to.
fn answered(desk: &Desk, asked: &Params, outcome: Result<Params, Refusal>) -> Response {
    let mut all = Params::new();
    let echoed = [
        "encoding",
        "txnType",
        "txnSubType",
        "bizType",
        "accessType",
        "merId",
        "orderId",
        "txnTime",
        "txnAmt",
    ];
    for name in echoed.into_iter().chain(["currencyCode", "reqReserved", "origQryId"]) {
        all.extend(asked.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    let (code, text, more) = match outcome {
        Ok(more) => ("00", "成功[0000000]".to_owned(), more),
        Err(Refusal { code, text }) => (code, text, Params::new()),
    };
    all.insert("respCode".to_owned(), code.to_owned());
    all.insert("respMsg".to_owned(), text);
    all.extend(more);
    if desk.keys.unionpay.sign_with_certificate(&mut all).is_err() {
        return broken();
    }
    (StatusCode::OK, [(CONTENT_TYPE, TEXT)], unionpay::write_answer(&all)).into_response()
}

fn page(refusal: &Refusal) -> Response {
    let line = format!("{} {}", refusal.code, refusal.text);
    (StatusCode::OK, Html(cashier::message_page("银联沙箱：请求被拒绝", &line))).into_response()
}

fn broken() -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, "system error").into_response()
}
