//! Answers of the gateway: successes, refusals, and how they are signed.

use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header::CONTENT_TYPE};
use serde_json::{Map, Value, json};
use wire::alipay;

use crate::desk::Desk;

const TEXT: &str = "text/html;charset=utf-8";

/// Why a call is refused.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    code: &'static str,
    msg: &'static str,
    sub_code: String,
    sub_msg: String,
    more: Map<String, Value>,
}

impl Refusal {
    /// A part of the call itself is wrong.
    pub(super) fn invalid(sub_code: &str, sub_msg: &str) -> Self {
        Self::new(("40002", "Invalid Arguments"), sub_code, sub_msg)
    }

    /// A part of the call itself is not there.
    pub(super) fn missing(sub_code: &str, sub_msg: &str) -> Self {
        Self::new(("40001", "Missing Required Arguments"), sub_code, sub_msg)
    }

    /// What the call asks for cannot be.
    pub(super) fn business(sub_code: &str, sub_msg: &str) -> Self {
        Self::new(("40004", "Business Failed"), sub_code, sub_msg)
    }

    /// The application may not do this.
    pub(super) fn forbidden(sub_code: &str, sub_msg: &str) -> Self {
        Self::new(("40006", "Insufficient Permissions"), sub_code, sub_msg)
    }

    /// The gateway itself is in trouble.
    pub(super) fn trouble(error: &fault::Fault) -> Self {
        tracing::error!(%error, inside = error.internal_context(), "a call could not be done");
        Self::new(("20000", "Service Currently Unavailable"), "isp.unknow-error", "系统繁忙")
    }

    /// There is no such trade.
    pub(super) fn no_trade() -> Self {
        Self::business("ACQ.TRADE_NOT_EXIST", "交易不存在")
    }

    /// Adds a member to the answer.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.more.insert(name.to_owned(), json!(value));
        self
    }

    /// Says it in one line, for a page.
    pub(super) fn line(&self) -> String {
        format!("{} {}：{}", self.code, self.sub_code, self.sub_msg)
    }

    fn new((code, msg): (&'static str, &'static str), sub_code: &str, sub_msg: &str) -> Self {
        Self { code, msg, sub_code: sub_code.to_owned(), sub_msg: sub_msg.to_owned(), more: Map::new() }
    }

    fn object(&self) -> Value {
        let mut all = json!({
            "code": self.code, "msg": self.msg, "sub_code": self.sub_code, "sub_msg": self.sub_msg,
        });
        if let Some(members) = all.as_object_mut() {
            members.extend(self.more.clone());
        }
        all
    }
}

impl From<fault::Fault> for Refusal {
    fn from(fault: fault::Fault) -> Self {
        Self::trouble(&fault)
    }
}

/// What a call comes to: the members of the answer, without code and message.
pub(super) type Outcome = Result<Value, Refusal>;

/// Signs and sends an answer.
pub(super) fn answered(desk: &Desk, method: &str, is_certified: bool, outcome: Outcome) -> Response {
    let content = match outcome {
        Ok(value) => success(value),
        Err(refusal) => refusal.object(),
    };
    let serial = desk.keys.alipay_serials.get(2).map(String::as_str).filter(|_| is_certified);
    match alipay::write_answer(method, &escaped(&content), &desk.keys.alipay, serial) {
        Ok(body) => sent(body),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Sends a refusal without a signature, as the gateway does before it knows who asks.
pub(super) fn unsigned(method: &str, refusal: &Refusal) -> Response {
    let root = format!("{}_response", method.replace('.', "_"));
    let is_plain = method.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_');
    let root = if is_plain && !method.is_empty() { root } else { "error_response".to_owned() };
    sent(format!("{{\"{root}\":{}}}", escaped(&refusal.object())))
}

fn success(value: Value) -> Value {
    let mut all = json!({ "code": "10000", "msg": "Success" });
    if let (Some(members), Value::Object(more)) = (all.as_object_mut(), value) {
        members.extend(more.into_iter().filter(|(_, value)| !value.is_null()));
    }
    all
}

/// Writes slashes as the gateway does, so that nobody who reads and writes it again gets the same bytes.
fn escaped(content: &Value) -> String {
    content.to_string().replace('/', "\\/")
}

fn sent(body: String) -> Response {
    (StatusCode::OK, [(CONTENT_TYPE, TEXT)], body).into_response()
}
