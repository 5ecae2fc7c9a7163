//! The route table of the sandbox: a page, and nothing else.

use std::time::Duration;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{any, get, post},
};
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::{alipay, cashier, control, desk::Desk, unionpay, webhooks, wechat};

/// The most that a request may hold.
const BODY_BYTES_MAX: usize = 256 * 1024;
/// The longest pause within a body.
const BODY_PAUSE_MAX: Duration = Duration::from_secs(10);

/// Gives all routes.
pub(crate) fn router(desk: Desk) -> Router {
    Router::new()
        .route("/gateway.do", get(alipay::serve).post(alipay::serve))
        .route("/alipay/bill/{ticket}", get(alipay::download))
        .route("/v3/{*rest}", any(wechat::serve))
        .route("/gateway/api/frontTransReq.do", post(unionpay::front))
        .route("/gateway/api/backTransReq.do", post(unionpay::back))
        .route("/gateway/api/queryTrans.do", post(unionpay::query))
        .route("/unionpay/files", post(unionpay::file))
        .route("/unionpay/files/", post(unionpay::file))
        .route("/cashier", get(alipay::serve))
        .route("/cashier/{token}", get(cashier::show))
        .route("/cashier/{token}/pay", post(cashier::pay))
        .route("/cashier/{token}/give-up", post(cashier::give_up))
        .route("/cashier/{token}/state", get(cashier::state))
        .route("/cashier/{token}/return", get(cashier::back))
        .route("/control/trades", get(control::api::list))
        .route("/control/trades/{number}", get(control::api::show))
        .route("/control/trades/{number}/pay", post(control::api::pay))
        .route("/control/trades/{number}/give-up", post(control::api::give_up))
        .route("/control/book", get(control::api::book))
        .route(
            "/control/faults",
            get(control::faults::list).post(control::faults::add).delete(control::faults::clear),
        )
        .route("/control/webhooks/{name}", get(webhooks::show))
        .route("/webhooks/{name}", any(webhooks::receive))
        .route("/", get(control::page::show))
        .route("/page/trades/{token}/pay", post(control::page::pay))
        .route("/page/trades/{token}/give-up", post(control::page::give_up))
        .route("/page/faults", post(control::page::add_fault))
        .route("/page/faults/clear", post(control::page::clear_faults))
        .route("/health", get(|| async { "ok" }))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(RequestBodyTimeoutLayer::new(BODY_PAUSE_MAX))
        .with_state(desk)
}
