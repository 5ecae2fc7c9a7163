//! The cashier: what a QR code, a form or a redirect leads to. Here the payer pays or gives up.
//!
//! How the pages look stands in `pages`. The rules not to be broken: text of others is escaped; only addresses of HTTP
//! are linked to; a page may run its own script and nothing else.

mod pages;
mod qr;

use axum::{
    extract::{Path, Query, State},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use clock::Clock;
use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
};
use serde::Deserialize;
use serde_json::json;
use url::Url;

pub(crate) use self::pages::{document, message_page, name_of};
use crate::{
    alipay,
    desk::Desk,
    settings::is_http,
    store::Tx,
    trades::{self, NotClosed, NotPaid, Provider, Status, Trade},
    unionpay,
};

const NONCE_CHARS: usize = 24;
const BACK_CHARS_MAX: usize = 1_000;

/// What an address of the cashier may carry along.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Along {
    /// Where a payer of WeChat Pay's H5 goes afterwards.
    redirect_url: Option<String>,
}

impl Along {
    /// Gives the address if it is one that may be linked to.
    fn back(&self) -> Option<&str> {
        self.redirect_url.as_deref().filter(|url| is_http(url) && url.len() <= BACK_CHARS_MAX)
    }
}

/// Gives the path of a trade's page: a browser may know this host by another name than we do.
pub(crate) fn path(token: &str) -> String {
    pages::address(token, "", None)
}

/// Shows a trade: the page to pay at, or what became of it.
pub(crate) async fn show(
    State(desk): State<Desk>,
    Path(token): Path<String>,
    Query(along): Query<Along>,
) -> Response {
    let now = desk.clock.now();
    let open = move |tx: &Tx| match trades::by_token(tx, &token, now)? {
        Some(trade) if trade.status == Status::Waiting => trades::open(tx, trade).map(Some),
        found => Ok::<_, fault::Fault>(found),
    };
    match desk.store.write(open).await {
        Ok(Some(trade)) => shown(&desk, &trade, along.back()),
        Ok(None) => missing(),
        Err(error) => trouble(&error),
    }
}

/// Pays, then shows what became of it.
pub(crate) async fn pay(
    State(desk): State<Desk>,
    Path(token): Path<String>,
    Query(along): Query<Along>,
) -> Response {
    let (now, named) = (desk.clock.now(), token.clone());
    match desk.store.write(move |tx| trades::pay_by_token(tx, &named, now)).await {
        // Whatever it is, the page says it.
        Ok(_) | Err(NotPaid::Closed) => to_page(&token, along.back()),
        Err(NotPaid::NotThere) => missing(),
        Err(NotPaid::Fault(error)) => trouble(&error),
    }
}

/// Gives up, then shows what became of it.
pub(crate) async fn give_up(
    State(desk): State<Desk>,
    Path(token): Path<String>,
    Query(along): Query<Along>,
) -> Response {
    let (now, named) = (desk.clock.now(), token.clone());
    match desk.store.write(move |tx| trades::close_by_token(tx, &named, now)).await {
        Ok(_) | Err(NotClosed::Paid) => to_page(&token, along.back()),
        Err(NotClosed::NotThere) => missing(),
        Err(NotClosed::Fault(error)) => trouble(&error),
    }
}

/// Tells where a trade stands, for the page's own script.
pub(crate) async fn state(State(desk): State<Desk>, Path(token): Path<String>) -> Response {
    match find(&desk, token).await {
        Ok(Some(trade)) => axum::Json(json!({ "status": trade.status })).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => trouble(&error),
    }
}

/// Takes the browser back to the merchant as the provider does.
pub(crate) async fn back(
    State(desk): State<Desk>,
    Path(token): Path<String>,
    Query(along): Query<Along>,
) -> Response {
    let trade = match find(&desk, token).await {
        Ok(Some(trade)) => trade,
        Ok(None) => return missing(),
        Err(error) => return trouble(&error),
    };
    let Some(url) = back_of(&trade, along.back()) else { return missing() };
    let is_paid = trade.status == Status::Paid;
    match trade.provider {
        Provider::Alipay if is_paid => {
            match alipay::notice::return_query(&desk.keys, &trade, desk.clock.now()) {
                Ok(query) => {
                    let join = if url.contains('?') { '&' } else { '?' };
                    Redirect::to(&format!("{url}{join}{query}")).into_response()
                }
                Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            }
        }
        Provider::Unionpay if is_paid => match unionpay::notice::return_page(&desk.keys, &trade, &url) {
            Ok(page) => Html(page).into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
        _ => Redirect::to(&url).into_response(),
    }
}

/// Gives where the browser goes back to, if anywhere.
fn back_of(trade: &Trade, along: Option<&str>) -> Option<String> {
    let url = trade.return_url.as_deref().or(along)?;
    Url::parse(url).ok().filter(|url| is_http(url.as_str())).map(|url| url.to_string())
}

async fn find(desk: &Desk, token: String) -> Result<Option<Trade>, fault::Fault> {
    let now = desk.clock.now();
    desk.store.write(move |tx| trades::by_token(tx, &token, now)).await
}

fn shown(desk: &Desk, trade: &Trade, along: Option<&str>) -> Response {
    let view = pages::View {
        trade,
        address: desk.cashier(&trade.token),
        along,
        has_back: back_of(trade, along).is_some(),
        now: desk.clock.now(),
    };
    page(&desk.clock, |nonce| view.render(nonce))
}

fn to_page(token: &str, along: Option<&str>) -> Response {
    Redirect::to(&pages::address(token, "", along)).into_response()
}

/// Sends a page with a policy that lets only its own style and script run.
pub(crate) fn page(clock: &Clock, render: impl FnOnce(&str) -> String) -> Response {
    let nonce = clock.code(NONCE_CHARS);
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let mut response = Html(render(&nonce)).into_response();
    let headers: [(HeaderName, &str); 4] = [
        (CONTENT_SECURITY_POLICY, &policy),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in headers {
        response.headers_mut().extend(HeaderValue::try_from(value).ok().map(|value| (name, value)));
    }
    response
}

fn missing() -> Response {
    (StatusCode::NOT_FOUND, Html(message_page("沙箱收银台", "没有这笔订单，请向商家索取新的付款码")))
        .into_response()
}

fn trouble(error: &fault::Fault) -> Response {
    tracing::error!(%error, inside = error.internal_context(), "the cashier could not serve a page");
    (StatusCode::INTERNAL_SERVER_ERROR, Html(message_page("沙箱收银台", "系统繁忙，请稍后再试")))
        .into_response()
}
