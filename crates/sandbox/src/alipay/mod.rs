//! Alipay's side of `gateway.do`: which call it is, whether it is signed, and what is answered.
//!
//! What the calls do stands in the files beside. The rules not to be broken: the application is checked before anything
//! else and answered unsigned; nothing is done before the signature holds; answers are signed over the text that leaves.

mod answer;
mod bill;
mod biz;
pub(crate) mod notice;
mod refund;
mod trade;
mod transfer;

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use http::StatusCode;
use serde_json::Value;
use wire::{Error, Params, alipay};

use self::answer::{Refusal, answered, unsigned};
pub(crate) use self::bill::{download, is_ready};
use crate::{cashier, desk::Desk, faults::Operation, keys::ALIPAY_APP_ID, trades::Provider};

/// A call whose signature holds.
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) params: Params,
    pub(crate) biz: Value,
}

impl Call {
    /// Gives a parameter beside `biz_content`.
    fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Tells whether the merchant is in certificate mode.
    fn is_certified(&self) -> bool {
        self.params.contains_key("app_cert_sn")
    }
}

/// Serves `gateway.do`, GET and POST, and order strings that are opened as an address.
pub(crate) async fn serve(State(desk): State<Desk>, RawQuery(query): RawQuery, body: Bytes) -> Response {
    let read = alipay::read_request(query.unwrap_or_default().as_bytes(), &body);
    let Ok(params) = read else {
        return unsigned("error", &Refusal::invalid("isv.invalid-parameter", "参数无效"));
    };
    let method = params.get("method").cloned().unwrap_or_default();
    if params.get("app_id").map(String::as_str) != Some(ALIPAY_APP_ID) {
        return unsigned(&method, &Refusal::invalid("isv.invalid-app-id", "无效的AppID参数"));
    }
    let is_page = is_page(&method);
    let is_certified = params.contains_key("app_cert_sn");
    let call = match check(&desk, params, method.clone()) {
        Ok(call) => call,
        Err(refusal) if is_page => return page_of(&refusal),
        Err(refusal) => return answered(&desk, &method, is_certified, Err(refusal)),
    };
    let number = number_of(&call).map(str::to_owned);
    let place = (Provider::Alipay, number.as_deref(), operation_of(&method));
    let broken = || (StatusCode::INTERNAL_SERVER_ERROR, "system error").into_response();
    desk.pass(place, broken, dispatch(&desk, call)).await
}

async fn dispatch(desk: &Desk, call: Call) -> Response {
    let (method, is_certified) = (call.method.clone(), call.is_certified());
    if is_page(&method) {
        return match trade::begin(desk, &call).await {
            Ok(trade) => Redirect::to(&cashier::path(&trade.token)).into_response(),
            Err(refusal) => page_of(&refusal),
        };
    }
    let result = match method.as_str() {
        "alipay.trade.precreate" => trade::precreate(desk, &call).await,
        "alipay.trade.query" => trade::query(desk, &call).await,
        "alipay.trade.close" => trade::close(desk, &call).await,
        "alipay.trade.cancel" => trade::cancel(desk, &call).await,
        "alipay.trade.refund" => refund::refund(desk, &call).await,
        "alipay.trade.fastpay.refund.query" => refund::query(desk, &call).await,
        "alipay.data.dataservice.bill.downloadurl.query" => bill::url(desk, &call).await,
        "alipay.fund.trans.uni.transfer" => transfer::transfer(desk, &call).await,
        "alipay.fund.trans.common.query" => transfer::query(desk, &call).await,
        "alipay.fund.account.query" => transfer::balance(desk, &call).await,
        "alipay.open.app.alipaycert.download" => transfer::certificate(desk, &call),
        _ => Err(Refusal::invalid("isv.invalid-method", "不存在的方法名")),
    };
    answered(desk, &method, is_certified, result)
}

/// Checks what every call must have, the signature before the content.
fn check(desk: &Desk, params: Params, method: String) -> Result<Call, Refusal> {
    let has = |name: &str| params.get(name).is_some_and(|value| !value.is_empty());
    for (name, sub_code, sub_msg) in [
        ("method", "isv.missing-method", "缺少方法名参数"),
        ("sign", "isv.missing-signature", "缺少签名参数"),
        ("sign_type", "isv.missing-signature-type", "缺少签名类型参数"),
        ("timestamp", "isv.missing-timestamp", "缺少时间戳参数"),
        ("version", "isv.missing-version", "缺少版本参数"),
    ] {
        if !has(name) {
            return Err(Refusal::missing(sub_code, sub_msg));
        }
    }
    match alipay::verify(&params, &desk.keys.alipay_app) {
        Ok(()) => {}
        Err(Error::SignType) => return Err(Refusal::invalid("isv.invalid-signature-type", "无效签名类型")),
        Err(_) => {
            return Err(Refusal::invalid(
                "isv.invalid-signature",
                "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配",
            ));
        }
    }
    let is = |name: &str, value: &str| params.get(name).is_none_or(|found| found.eq_ignore_ascii_case(value));
    if !is("charset", "utf-8") {
        return Err(Refusal::invalid("isv.invalid-charset", "字符集错误，沙箱只接受utf-8"));
    }
    if !is("format", "json") {
        return Err(Refusal::invalid("isv.invalid-format", "无效的数据格式"));
    }
    if !is("version", "1.0") {
        return Err(Refusal::invalid("isv.invalid-version", "无效的版本"));
    }
    if params.get("timestamp").and_then(|text| crate::beijing::read_spaced(text)).is_none() {
        return Err(Refusal::invalid("isv.invalid-timestamp", "非法的时间戳参数"));
    }
    check_certificates(desk, &params)?;
    let biz = params.get("biz_content").map_or("{}", String::as_str);
    let biz: Value = serde_json::from_str(biz).unwrap_or_default();
    if !biz.is_object() {
        return Err(Refusal::invalid("isv.illegal-json", "biz_content不是合法的JSON"));
    }
    Ok(Call { method, params, biz })
}

fn check_certificates(desk: &Desk, params: &Params) -> Result<(), Refusal> {
    let [app, root, _] = &desk.keys.alipay_serials;
    let is = |name: &str, serial: &str| params.get(name).is_none_or(|found| found == serial);
    if !is("app_cert_sn", app) {
        return Err(Refusal::invalid("isv.invalid-app-cert-sn", "应用公钥证书序列号不匹配"));
    }
    if !is("alipay_root_cert_sn", root) {
        return Err(Refusal::invalid("isv.invalid-root-cert-sn", "支付宝根证书序列号不匹配"));
    }
    Ok(())
}

fn is_page(method: &str) -> bool {
    ["alipay.trade.page.pay", "alipay.trade.wap.pay", "alipay.trade.app.pay"].contains(&method)
}

fn operation_of(method: &str) -> Operation {
    match method {
        "alipay.trade.query" => Operation::Query,
        "alipay.trade.close" | "alipay.trade.cancel" => Operation::Close,
        "alipay.trade.refund" => Operation::Refund,
        "alipay.trade.fastpay.refund.query" => Operation::RefundQuery,
        "alipay.data.dataservice.bill.downloadurl.query" => Operation::Bill,
        "alipay.fund.trans.uni.transfer" => Operation::Transfer,
        "alipay.fund.trans.common.query" | "alipay.fund.account.query" => Operation::TransferQuery,
        "alipay.open.app.alipaycert.download" => Operation::Certificates,
        _ => Operation::Create,
    }
}

/// Gives the number by which a fault may mean this call.
fn number_of(call: &Call) -> Option<&str> {
    ["out_trade_no", "out_biz_no"].iter().find_map(|name| call.biz.get(name).and_then(Value::as_str))
}

fn page_of(refusal: &Refusal) -> Response {
    let page = cashier::message_page("支付宝沙箱：请求被拒绝", &refusal.line());
    (StatusCode::OK, Html(page)).into_response()
}
