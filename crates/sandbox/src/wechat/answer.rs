//! Answers: successes with their five headers, errors with a code.

use axum::response::{IntoResponse as _, Response};
use clock::Clock;
use http::{HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};
use wire::wechat::{self, PROBE_PREFIX};

use crate::{desk::Desk, keys::WECHAT_PUBLIC_KEY_ID};

const JSON: &str = "application/json; charset=utf-8";
const NONCE_CHARS: usize = 32;
const SIGNATURE: &str = "wechatpay-signature";

/// What a call comes to.
pub(super) enum Answer {
    /// 200 with content.
    Content(Vec<u8>),
    /// 204.
    Nothing,
    /// A file, which is not signed.
    File(Vec<u8>),
}

impl Answer {
    /// Takes content.
    pub(super) fn of(value: &Value) -> Self {
        Self::Content(value.to_string().into_bytes())
    }

    /// Signs and sends it with the key that the merchant trusts.
    pub(super) fn sent(self, desk: &Desk, is_by_public_key: bool) -> Response {
        let (status, body) = match self {
            Self::File(bytes) => {
                return ([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response();
            }
            Self::Content(body) => (StatusCode::OK, body),
            Self::Nothing => (StatusCode::NO_CONTENT, Vec::new()),
        };
        let keys = &desk.keys;
        let (key, serial) = if is_by_public_key {
            (&keys.wechat_public, WECHAT_PUBLIC_KEY_ID)
        } else {
            (&keys.wechat_platform, keys.wechat_certificate.serial_hex())
        };
        let nonce = desk.clock.code(NONCE_CHARS);
        let signed = wechat::sign(key, serial, desk.clock.now().timestamp(), &nonce, &body);
        let Ok(signed) = signed else { return Refusal::trouble().sent() };
        let mut response = (status, [(CONTENT_TYPE, JSON)], body).into_response();
        if status == StatusCode::NO_CONTENT {
            response.headers_mut().remove(CONTENT_TYPE);
        }
        for (name, value) in signed.pairs() {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().insert(name, value);
            }
        }
        let id = HeaderValue::try_from(format!("08{}", desk.clock.code(NONCE_CHARS)));
        response.headers_mut().extend(id.ok().map(|id| (HeaderName::from_static("request-id"), id)));
        response
    }
}

/// Makes a signed answer one with the signature by which WeChat Pay finds out who verifies.
pub(crate) fn as_probe(mut response: Response, clock: &Clock) -> Response {
    if let Some(signature) = response.headers_mut().get_mut(SIGNATURE)
        && let Ok(value) = HeaderValue::try_from(format!("{PROBE_PREFIX}{}", clock.code(NONCE_CHARS)))
    {
        *signature = value;
    }
    response
}

/// Why a call is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    detail: Option<Value>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, message: &str) -> Self {
        Self { status, code, message: message.to_owned(), detail: None }
    }

    /// A field is wrong; `field` is a JSON pointer.
    pub(super) fn param(field: &str, value: &str, issue: &str) -> Self {
        let location = if field.starts_with('/') { "body" } else { "url" };
        let detail = json!({ "field": field, "value": value, "issue": issue, "location": location });
        let message = format!("参数错误：{field} {issue}");
        Self::new(StatusCode::BAD_REQUEST, "PARAM_ERROR", &message).with(detail)
    }

    /// A rule is broken.
    pub(super) fn rule(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_REQUEST", message)
    }

    /// WeChat Pay itself is in trouble.
    pub(super) fn trouble() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "SYSTEM_ERROR", "系统异常，请稍后重试")
    }

    /// Adds a detail.
    pub(super) fn with(mut self, detail: Value) -> Self {
        self.detail = Some(detail);
        self
    }

    /// Sends it, unsigned.
    pub(super) fn sent(self) -> Response {
        let mut body = json!({ "code": self.code, "message": self.message });
        if let (Some(members), Some(detail)) = (body.as_object_mut(), self.detail) {
            members.insert("detail".to_owned(), detail);
        }
        (self.status, [(CONTENT_TYPE, JSON)], body.to_string()).into_response()
    }
}

impl From<fault::Fault> for Refusal {
    fn from(fault: fault::Fault) -> Self {
        tracing::error!(error = %fault, inside = fault.internal_context(), "a call could not be done");
        Self::trouble()
    }
}
