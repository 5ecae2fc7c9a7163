//! How a fault looks over HTTP: status, message in the caller's language, headers.
//!
//! The only file that knows HTTP statuses (checklist 6.5, contract section 6). Which fault it is gets decided by
//! the services and by `extract`, how its body is called by the face whose path was asked. The rule not to be broken: an
//! answer of 500 and above holds a code, a constant text and the request id, nothing of the inside.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use fault::{Code, Fault};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};

use crate::{
    faces::{Face, admin, billing, checkout, dorm, payments},
    language::Text,
    visit::Visit,
};

/// Carries a fault to the edge. *Shape*: the envelope of the face whose path was asked.
#[derive(Debug)]
pub(crate) struct Problem {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Fault(Box<Fault>),
    MethodNotAllowed,
}

/// What a face prints of a refusal.
#[derive(Debug)]
pub(crate) struct Particulars<'a> {
    /// What went wrong, stable in every language.
    pub(crate) code: &'static str,
    /// The HTTP status.
    pub(crate) status: u16,
    /// What HTTP calls the status.
    pub(crate) reason: &'static str,
    /// The number of document 002.
    pub(crate) number: u16,
    /// A short text in the language of the caller.
    pub(crate) message: &'static str,
    /// What exactly is wrong, in English; names the field and the rule where there is one.
    pub(crate) detail: &'a str,
    /// Names the request in our logs. Only from status 500 on, where message and detail are constant texts.
    pub(crate) request_id: Option<String>,
}

impl Particulars<'_> {
    /// Gives message and detail in one text, where a face has room for one alone.
    pub(crate) fn sentence(&self) -> String {
        let is_constant = self.request_id.is_some() || self.detail.is_empty();
        if is_constant { self.message.to_owned() } else { format!("{}: {}", self.message, self.detail) }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self { kind: Kind::Fault(Box::new(fault)) }
    }
}

impl From<tonic::Status> for Problem {
    fn from(status: tonic::Status) -> Self {
        Fault::from(status).into()
    }
}

impl Problem {
    /// Refuses a method that a path does not know.
    pub(crate) const fn method_not_allowed() -> Self {
        Self { kind: Kind::MethodNotAllowed }
    }

    /// Refuses in words that somebody else wants to hear.
    pub(crate) fn in_other_words(self, content_type: &'static str, body: impl Into<Body>) -> Response {
        self.log();
        let mut response = Response::new(body.into());
        *response.status_mut() = self.looks().0;
        self.tell(response.headers_mut(), content_type);
        response
    }

    /// Names the status that a code gets, for the description of the API.
    pub(crate) fn status_text(code: Code) -> String {
        looks_of(code).0.as_u16().to_string()
    }

    /// Tells what a face may print.
    pub(crate) fn particulars(&self) -> Particulars<'_> {
        let (status, text, code) = self.looks();
        let detail = match &self.kind {
            Kind::MethodNotAllowed => "the path does not know this method",
            Kind::Fault(fault) if status.is_server_error() => constant_detail(fault.code()),
            Kind::Fault(fault) => fault.detail(),
        };
        let number = match &self.kind {
            Kind::Fault(fault) => number_of(fault.code()),
            Kind::MethodNotAllowed => None,
        };
        Particulars {
            code,
            status: status.as_u16(),
            reason: status.canonical_reason().unwrap_or_default(),
            number: number.unwrap_or(status.as_u16()),
            message: text.in_language(Visit::language()),
            detail,
            request_id: status.is_server_error().then(Visit::request_id),
        }
    }

    /// Writes the body in the envelope of the face that was asked.
    fn body(&self) -> Vec<u8> {
        let particulars = self.particulars();
        let written = match Visit::face() {
            Face::Dorm => serde_json::to_vec(&dorm::refusal::Refusal::of(particulars)),
            Face::Payments => serde_json::to_vec(&payments::refusal::Refusal::of(particulars)),
            Face::Admin => serde_json::to_vec(&admin::refusal::Refusal::of(particulars)),
            Face::Checkout => serde_json::to_vec(&checkout::refusal::Refusal::of(particulars)),
            Face::Billing => serde_json::to_vec(&billing::refusal::Refusal::of(particulars)),
        };
        written.unwrap_or_default()
    }

    /// Writes the headers of a refusal.
    fn tell(&self, headers: &mut HeaderMap, content_type: &'static str) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        if self.looks().0 == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Kind::Fault(fault) = &self.kind
            && let Some(seconds) = fault.retry_after_seconds().or_else(|| retry_after_default(fault.code()))
        {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
    }

    fn looks(&self) -> (StatusCode, Text, &'static str) {
        match &self.kind {
            Kind::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                Text { zh: "请求方法不支持", en: "method not allowed" },
                "METHOD_NOT_ALLOWED",
            ),
            Kind::Fault(fault) => {
                let (status, text) = looks_of(fault.code());
                (status, text, fault.code().as_str())
            }
        }
    }

    /// Logs what the caller is not told. Faults of peers were logged there too, with their own context.
    fn log(&self) {
        let Kind::Fault(fault) = &self.kind else { return };
        let (code, context) = (fault.code().as_str(), fault.internal_context().unwrap_or_default());
        if fault.code().is_private() {
            tracing::error!(code, context, "the request failed inside");
        } else if !context.is_empty() {
            tracing::warn!(code, context, "the request was refused: {}", fault.detail());
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.log();
        let mut response = Response::new(Body::from(self.body()));
        *response.status_mut() = self.looks().0;
        self.tell(response.headers_mut(), "application/json");
        response
    }
}

/// Passes on what a service wants to be answered, as it is.
///
/// *Errors*: internal, when that cannot be an answer.
pub(crate) fn verbatim(status: u32, content_type: &str, body: Bytes) -> Result<Response, Fault> {
    let status = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let (Some(status), Ok(kind)) = (status, HeaderValue::from_str(content_type)) else {
        return Err(Fault::internal("a service gave an answer that is none"));
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(response)
}

/// Answers that there is nothing to say, to a question about the methods of a path.
pub(crate) fn no_content() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// Tells whether an answer is a mistake of ours or of a dependency.
pub(crate) fn is_failure(response: &Response) -> bool {
    response.status().is_server_error()
}

/// What may come back after a while says when, even if the service did not.
const fn retry_after_default(code: Code) -> Option<u32> {
    match code {
        Code::ServiceUnavailable
        | Code::IdempotencyInProgress
        | Code::LockTimeout
        | Code::RateLimitExceeded => Some(1),
        _ => None,
    }
}

/// The constant text of an answer of 500 and above.
const fn constant_detail(code: Code) -> &'static str {
    match code {
        Code::ServiceUnavailable => "something needed for this is away; try again later",
        Code::ThirdPartyError => "the payment provider failed",
        _ => "internal error",
    }
}

/// The number of document 002 for a code; none where it is the status (checklist 6.5).
const fn number_of(code: Code) -> Option<u16> {
    match code {
        Code::NotFound | Code::PaymentNotFound | Code::MockOrderNotFound => Some(6001),
        Code::PaymentStatusError
        | Code::PaymentExpired
        | Code::PaymentAlreadySuccess
        | Code::PaymentAlreadyCancelled
        | Code::RefundNotAllowed
        | Code::MockPaymentStatusError
        | Code::MockPaymentNotPending => Some(6002),
        Code::PaymentAmountError | Code::InsufficientBalance | Code::PaymentLimitExceeded => Some(6003),
        Code::RiskControlRejected => Some(6004),
        Code::RefundAmountExceeded => Some(6005),
        Code::ThirdPartyError => Some(6006),
        _ => None,
    }
}

/// Status and message of a code.
fn looks_of(code: Code) -> (StatusCode, Text) {
    use StatusCode as S;
    let (status, zh, en) = match code {
        Code::AuthRequired => (S::UNAUTHORIZED, "需要认证", "authentication required"),
        Code::AuthInvalid => (S::UNAUTHORIZED, "认证无效", "authentication invalid"),
        Code::AuthExpired => (S::UNAUTHORIZED, "认证已过期", "authentication expired"),
        Code::Forbidden => (S::FORBIDDEN, "权限不足", "forbidden"),
        Code::NotFound => (S::NOT_FOUND, "资源不存在", "not found"),
        Code::ValidationError => (S::BAD_REQUEST, "请求参数验证失败", "the request is not valid"),
        Code::DuplicateEntry => (S::CONFLICT, "重复条目", "duplicate entry"),
        Code::StateConflict => (S::CONFLICT, "当前状态不允许此操作", "the present state forbids this"),
        Code::VersionConflict => {
            (S::CONFLICT, "数据已被他人修改", "changed by somebody else in the meantime")
        }
        Code::IdempotencyConflict => (
            S::UNPROCESSABLE_ENTITY,
            "幂等键已用于其他请求",
            "the idempotency key belongs to another request",
        ),
        Code::IdempotencyInProgress => {
            (S::CONFLICT, "相同请求正在处理中", "the same request is still running")
        }
        Code::LockTimeout => (S::CONFLICT, "资源正忙，请稍后重试", "busy, try again later"),
        Code::RateLimitExceeded => (S::TOO_MANY_REQUESTS, "请求过于频繁", "too many requests"),
        Code::PayloadTooLarge => (S::PAYLOAD_TOO_LARGE, "请求内容过大", "the body is too large"),
        Code::BatchLimitExceeded => (S::BAD_REQUEST, "批量操作数量超出限制", "the batch is too large"),
        Code::ServiceUnavailable => (S::SERVICE_UNAVAILABLE, "服务暂时不可用", "temporarily not available"),
        Code::DatabaseError => (S::INTERNAL_SERVER_ERROR, "数据库错误", "database error"),
        Code::InternalError => (S::INTERNAL_SERVER_ERROR, "服务器内部错误", "internal error"),
        Code::MockOrderUpdateFailed => {
            (S::INTERNAL_SERVER_ERROR, "订单状态更新失败", "the order was not updated")
        }
        Code::CacheKeyInvalid => (S::INTERNAL_SERVER_ERROR, "缓存键值无效", "invalid cache key"),
        Code::CacheExpired => (S::INTERNAL_SERVER_ERROR, "缓存已过期", "the cache entry has expired"),
        Code::CacheUpdateFailed => (S::INTERNAL_SERVER_ERROR, "缓存更新失败", "the cache was not updated"),
        Code::PaymentNotFound => (S::NOT_FOUND, "支付记录不存在", "payment not found"),
        Code::MockOrderNotFound => (S::NOT_FOUND, "关联订单不存在", "order not found"),
        Code::PaymentStatusError => (S::CONFLICT, "支付状态错误", "the payment's state forbids this"),
        Code::MockPaymentStatusError => {
            (S::CONFLICT, "模拟支付状态错误", "the payment's state forbids the simulation")
        }
        Code::PaymentExpired => (S::CONFLICT, "支付已过期", "the payment has expired"),
        Code::PaymentAlreadySuccess => (S::CONFLICT, "支付已成功", "already paid"),
        Code::PaymentAlreadyCancelled => (S::CONFLICT, "支付已取消", "already cancelled"),
        Code::MockPaymentNotPending => {
            (S::CONFLICT, "支付状态不是待支付，无法模拟", "the payment is not pending")
        }
        Code::RefundNotAllowed => (S::CONFLICT, "不允许退款", "refund not allowed"),
        Code::PaymentAmountError => (S::BAD_REQUEST, "支付金额错误", "wrong amount"),
        Code::RefundAmountExceeded => (S::BAD_REQUEST, "退款金额超限", "the refund exceeds what is left"),
        Code::InsufficientBalance => (S::BAD_REQUEST, "余额不足", "insufficient balance"),
        Code::PaymentLimitExceeded => (S::BAD_REQUEST, "超出支付限额", "payment limit exceeded"),
        Code::RiskControlRejected => (S::FORBIDDEN, "风控拒绝", "refused by risk control"),
        Code::PaymentPasswordError => (S::FORBIDDEN, "支付密码错误", "wrong payment password"),
        Code::AccountFrozen => (S::FORBIDDEN, "账户被冻结", "the account is frozen"),
        Code::MockPaymentDisabled => (S::FORBIDDEN, "模拟支付已禁用（生产环境）", "mock payments are off"),
        Code::ThirdPartyError => (S::BAD_GATEWAY, "第三方支付错误", "the payment provider failed"),
    };
    (status, Text { zh, en })
}
