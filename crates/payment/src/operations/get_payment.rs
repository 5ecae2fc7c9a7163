//! Shows a payment (001-E02, 002-E02, 004-E03).
//!
//! How it is found lives in `showing`.

use fault::Fault;
use host::{Answer, Call};
use proto::payment::v1::{GetPaymentRequest, GetPaymentResponse};

use super::{
    seeing::{fresh, missing},
    showing,
};
use crate::service::Service;

/// Gives a payment by its id, or by its number if the id is 0. *Errors*: `PAYMENT_NOT_FOUND`.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &GetPaymentRequest,
) -> Result<Answer<GetPaymentResponse>, Fault> {
    let shown = showing::show_all(service, &[(call.caller.clone(), asked.clone())]).await;
    Ok(fresh(shown.into_iter().next().unwrap_or_else(|| Err(missing()))?))
}
