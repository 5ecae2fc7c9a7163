//! `/payment/go/{payment_no}`: sends a payer's browser on to a provider that takes nothing but a posted form.
//!
//! What a face prints as the payment's address leads here where the provider has none of its own. The payment's number
//! cannot be guessed, and who has it can do nothing but pay. The rule not to be broken: only what the payment service
//! made for this payment is sent on.

use axum::{
    Router,
    extract::{Path, State},
    response::{Html, IntoResponse as _, Redirect, Response},
    routing::get,
};
use fault::Fault;
use proto::payment::v1::{GetPaymentRequest, Payment};

use crate::{
    app::App,
    extract::is_number,
    returning::{self, unnamed},
};

/// Where the page is; the payment's number follows.
pub(crate) const PREFIX: &str = "/payment/go/";

/// Serves the page.
pub(crate) fn routes(app: App) -> Router {
    Router::new().route(&format!("{PREFIX}{{payment_no}}"), get(go)).with_state(app)
}

/// Sends the browser on; a payment that cannot be paid is shown as it stands.
async fn go(State(app): State<App>, Path(payment_no): Path<String>) -> Response {
    let number = if is_number(&payment_no) { payment_no.as_str() } else { "" };
    let form = match find(&app, number).await {
        Ok(payment) => payment.handout.unwrap_or_default().payment_form,
        Err(fault) => {
            tracing::debug!(%fault, "nobody is sent on");
            String::new()
        }
    };
    if form.is_empty() {
        return Redirect::to(&format!("{}?payment_no={number}", returning::PATH)).into_response();
    }
    Html(form).into_response()
}

async fn find(app: &App, payment_no: &str) -> Result<Payment, Fault> {
    let request = GetPaymentRequest { payment_id: 0, payment_no: payment_no.to_owned() };
    let reply = unnamed(app.peers.payment().get_payment(request)).await.map_err(Fault::from)?;
    reply.into_inner().payment.ok_or_else(|| Fault::internal("a service left out the payment"))
}
