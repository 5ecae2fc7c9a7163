//! What payment providers call: every documented address, one handler.
//!
//! Headers and raw bytes go to the payment service, its answer goes back as it is. Nothing is read or decided here:
//! trust comes from the signature alone, never from the path or an address. The rule not to be broken: whatever goes
//! wrong, a provider hears the failure that he knows, so that he tries again.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{Path, Request, State},
    response::Response,
    routing::post,
};
use bytes::Bytes;
use fault::Fault;
use http::HeaderMap;
use proto::payment::v1::{HandleCallbackRequest, Header, Method};
use tokio::sync::Semaphore;
use utoipa::openapi::{
    OpenApi, OpenApiBuilder, PathItem, PathsBuilder, ResponseBuilder,
    path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn},
};

use crate::{
    extract,
    faces::Face,
    peers::Peers,
    problem::{self, Problem},
};

const BODY_BYTES_MAX: usize = 256 * 1024;
/// How many bodies are held in memory at once.
const BODIES_MAX: usize = 512;

/// Addresses of one provider (contract section 3).
const FIXED: [(&str, Method); 7] = [
    ("/api/v1/payment/wechat/callback", Method::Wechat),
    ("/api/v1/payment/alipay/callback", Method::Alipay),
    ("/api/v1/payment/alipay/notify", Method::Alipay),
    ("/api/billing/payments/notify/wechat", Method::Wechat),
    ("/api/billing/payments/notify/alipay", Method::Alipay),
    ("/billing/payments/notify/wechat", Method::Wechat),
    ("/billing/payments/notify/alipay", Method::Alipay),
];
/// Addresses that name the provider in their last segment: `alipay`, `wechat` or `bank`.
const NAMED: [&str; 3] = [
    "/api/v1/payments/notify/{channel}",
    "/api/v1/payments/refund/notify/{channel}",
    "/api/v1/payments/refunds/notify/{channel}",
];

/// What a callback reaches. Cheap to clone.
#[derive(Clone)]
struct Desk {
    peers: Peers,
    bodies: Arc<Semaphore>,
}

/// Serves every address.
pub(crate) fn routes(peers: Peers) -> Router {
    let mut router = Router::new();
    for (path, method) in FIXED {
        let take = move |State(desk): State<Desk>, request: Request| desk.take(method, request);
        router = router.route(path, post(take).fallback(async move || refuse_method(method)));
    }
    for path in NAMED {
        router = router.route(path, post(named).fallback(named_with_another_method));
    }
    router.with_state(Desk { peers, bodies: Arc::new(Semaphore::new(BODIES_MAX)) })
}

/// Describes the addresses that belong to a face.
pub(crate) fn described(face: Face) -> OpenApi {
    let all = FIXED.map(|(path, _)| path).into_iter().chain(NAMED);
    let mut paths = PathsBuilder::new();
    for path in all.filter(|path| Face::of_path(path) == face) {
        let answer = ResponseBuilder::new().description("What the provider wants to hear.").build();
        let mut operation = OperationBuilder::new()
            .summary(Some("Takes what a payment provider tells; trusted by its signature alone."))
            .tag("callbacks")
            .operation_id(Some(path.trim_matches('/').replace(['/', '{', '}'], "_")))
            .response("200", answer);
        if path.contains('{') {
            let channel = ParameterBuilder::new().name("channel").parameter_in(ParameterIn::Path);
            operation =
                operation.parameter(channel.description(Some("`alipay`, `wechat` or `bank`")).build());
        }
        paths = paths.path(path, PathItem::new(HttpMethod::Post, operation.build()));
    }
    OpenApiBuilder::new().paths(paths.build()).build()
}

async fn named(State(desk): State<Desk>, Path(channel): Path<String>, request: Request) -> Response {
    match method_of(&channel) {
        Ok(method) => desk.take(method, request).await,
        Err(unknown) => unknown,
    }
}

async fn named_with_another_method(Path(channel): Path<String>) -> Response {
    method_of(&channel).map_or_else(|unknown| unknown, refuse_method)
}

fn method_of(channel: &str) -> Result<Method, Response> {
    use axum::response::IntoResponse as _;
    match channel.to_ascii_lowercase().as_str() {
        "alipay" => Ok(Method::Alipay),
        "wechat" => Ok(Method::Wechat),
        "bank" => Ok(Method::Unionpay),
        _ => Err(Problem::from(Fault::not_found("channel")).into_response()),
    }
}

fn refuse_method(method: Method) -> Response {
    Refusal::of(method).put_on(Problem::method_not_allowed())
}

impl Desk {
    async fn take(self, method: Method, request: Request) -> Response {
        let taken = self.pass_on(method, request).await;
        taken.unwrap_or_else(|fault| Refusal::of(method).put_on(Problem::from(fault)))
    }

    async fn pass_on(&self, method: Method, request: Request) -> Result<Response, Fault> {
        let (parts, body) = request.into_parts();
        let headers = headers_of(&parts.headers);
        let (body, _permit) = self.read(body).await?;
        let request = HandleCallbackRequest { method: method.into(), headers, body };
        let answer = self.peers.payment().handle_callback(request).await.map_err(Fault::from)?.into_inner();
        problem::verbatim(answer.status, &answer.content_type, answer.body)
    }

    async fn read(&self, body: Body) -> Result<(Bytes, tokio::sync::OwnedSemaphorePermit), Fault> {
        let permit = Arc::clone(&self.bodies).try_acquire_owned();
        let permit = permit.map_err(|_| Fault::unavailable("too many callbacks at once"))?;
        Ok((extract::read_body(body, BODY_BYTES_MAX).await?, permit))
    }
}

/// Takes the headers over, of which HTTP lets no more than 100 in; what is no text cannot have been signed.
fn headers_of(headers: &HeaderMap) -> Vec<Header> {
    let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        Some(Header { name: name.as_str().to_owned(), value: value.to_str().ok()?.to_owned() })
    };
    headers.iter().filter_map(text).collect()
}

/// What a provider understands as "try again".
struct Refusal {
    content_type: &'static str,
    body: &'static str,
}

impl Refusal {
    const fn of(method: Method) -> Self {
        match method {
            Method::Wechat => {
                Self { content_type: "application/json", body: r#"{"code":"FAIL","message":"失败"}"# }
            }
            Method::Unionpay => Self { content_type: "text/plain; charset=utf-8", body: "fail" },
            Method::Alipay | Method::Balance | Method::Unspecified => {
                Self { content_type: "text/plain; charset=utf-8", body: "failure" }
            }
        }
    }

    fn put_on(&self, problem: Problem) -> Response {
        problem.in_other_words(self.content_type, self.body)
    }
}
