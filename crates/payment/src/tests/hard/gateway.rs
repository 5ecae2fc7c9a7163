//! The gateway as providers see it: one address for each, whose callbacks go through the service's door.
//!
//! It keeps what came, so that a test can tell it again; it can be deaf, as a network is.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, Response, StatusCode},
};
use fault::Fault;
use host::testing::Visitor;
use proto::payment::v1::{
    HandleCallbackRequest, HandleCallbackResponse, Header, Method,
    payment_service_client::PaymentServiceClient,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{operations::handle_callback, service::Service};

/// The most callbacks that are kept.
const KEPT_MAX: usize = 4_096;

/// Makes a visitor with proof that is fresh.
type Door = Box<dyn Fn() -> Visitor + Send + Sync>;

/// What is behind the address.
#[derive(Default)]
struct Inner {
    /// Through whom callbacks go on.
    door: Mutex<Option<Door>>,
    /// To whom they go on without a door: many at once cost less so.
    inside: Mutex<Option<Service>>,
    kept: Mutex<Vec<HandleCallbackRequest>>,
    is_deaf: AtomicBool,
    came: AtomicU32,
    refused: AtomicU32,
}

/// An address that takes callbacks.
pub(super) struct Gateway {
    url: String,
    inner: Arc<Inner>,
    _stop: DropGuard,
}

impl Gateway {
    pub(super) async fn serve() -> Self {
        let inner = Arc::new(Inner::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback_service(
            Router::new().route("/{channel}", axum::routing::post(take)).with_state(inner.clone()),
        );
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stopped).await });
        Self { url, inner, _stop: stop.drop_guard() }
    }

    /// Where Alipay, WeChat Pay and UnionPay send their callbacks.
    pub(super) fn addresses(&self) -> [String; 3] {
        ["alipay", "wechat", "unionpay"].map(|channel| format!("{}/{channel}", self.url))
    }

    /// Callbacks go on to this door from now on.
    pub(super) fn lead_to(&self, door: impl Fn() -> Visitor + Send + Sync + 'static) {
        *self.inner.door.lock().unwrap() = Some(Box::new(door));
    }

    /// Callbacks go on to this copy's operation from now on, past its door.
    pub(super) fn lead_inside(&self, service: Service) {
        *self.inner.inside.lock().unwrap() = Some(service);
    }

    /// Whether nobody hears callbacks any more; they are kept all the same.
    pub(super) fn deaf(&self, is_deaf: bool) {
        self.inner.is_deaf.store(is_deaf, Ordering::SeqCst);
    }

    /// Takes what was kept since the last time.
    pub(super) fn kept(&self) -> Vec<HandleCallbackRequest> {
        std::mem::take(&mut self.inner.kept.lock().unwrap())
    }

    /// How many came, and how many of them were answered with a failure.
    pub(super) fn counts(&self) -> (u32, u32) {
        (self.inner.came.load(Ordering::SeqCst), self.inner.refused.load(Ordering::SeqCst))
    }
}

/// The channel's word in addresses.
pub(super) fn method_of(channel: &str) -> Method {
    match channel {
        "alipay" => Method::Alipay,
        "wechat" => Method::Wechat,
        "unionpay" => Method::Unionpay,
        other => panic!("there is no channel {other}"),
    }
}

/// Tells the service something through its door.
pub(super) async fn tell(
    door: &Visitor,
    request: HandleCallbackRequest,
) -> Result<HandleCallbackResponse, Fault> {
    Ok(PaymentServiceClient::new(door.line()).handle_callback(request).await?.into_inner())
}

/// Tells a copy something without its door.
async fn told_inside(
    service: &Service,
    request: &HandleCallbackRequest,
) -> Result<HandleCallbackResponse, Fault> {
    let call = host::Call::default();
    Ok(Box::pin(handle_callback::run(service, &call, request)).await?.reply)
}

async fn take(
    State(inner): State<Arc<Inner>>,
    Path(channel): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<axum::body::Body> {
    inner.came.fetch_add(1, Ordering::SeqCst);
    let pair = |(name, value): (&http::HeaderName, &http::HeaderValue)| Header {
        name: name.to_string(),
        value: value.to_str().unwrap().to_owned(),
    };
    let request = HandleCallbackRequest {
        method: method_of(&channel).into(),
        headers: headers.iter().map(pair).collect(),
        body,
    };
    {
        let mut kept = inner.kept.lock().unwrap();
        if kept.len() < KEPT_MAX {
            kept.push(request.clone());
        }
    }
    let is_deaf = inner.is_deaf.load(Ordering::SeqCst);
    let door = inner.door.lock().unwrap().as_ref().filter(|_| !is_deaf).map(|door| door());
    let inside = inner.inside.lock().unwrap().clone().filter(|_| !is_deaf);
    let answer = match (door, inside) {
        (Some(door), _) => tell(&door, request).await.ok(),
        (None, Some(service)) => told_inside(&service, &request).await.ok(),
        (None, None) => None,
    };
    if !answer.as_ref().is_some_and(|answer| answer.is_taken) {
        inner.refused.fetch_add(1, Ordering::SeqCst);
    }
    let (status, body) = answer.map_or((503, Bytes::new()), |answer| (answer.status, answer.body));
    let status = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok()).unwrap();
    Response::builder().status(status).body(body.into()).unwrap()
}
