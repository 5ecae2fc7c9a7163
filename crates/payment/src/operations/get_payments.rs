//! Shows payments that several users ask for at the same moment (001-E02, 002-E02, 004-E03).
//!
//! A call over the wire costs more than what is asked here, so the gateway joins reads. The rule not to be broken: each
//! read is answered by the rights of the token that it brings, never by those of the gateway or of another read.

use fault::{Code, Fault};
use futures::future::join_all;
use host::{Answer, Call};
use identity::Caller;
use proto::payment::v1::{
    GetPaymentsRequest, GetPaymentsResponse, PaymentRead, PaymentShown, ReadRefusal, payment_shown::Outcome,
};

use super::{
    seeing::fresh,
    showing::{self, Read},
};
use crate::service::Service;

/// As the contract says.
const READS_MAX: usize = 128;

/// Gives an answer for each read, in their order. *Errors*: `VALIDATION_ERROR` for too many.
pub(crate) async fn run(
    service: &Service,
    _call: &Call,
    asked: &GetPaymentsRequest,
) -> Result<Answer<GetPaymentsResponse>, Fault> {
    if asked.reads.len() > READS_MAX {
        return Err(Fault::validation("reads", "must be at most 128"));
    }
    let (mut proven, mut refusals) = (Vec::with_capacity(asked.reads.len()), Vec::new());
    // Side by side: sessions that must be asked about are asked about together.
    for read in join_all(asked.reads.iter().map(|read| prove(service, read))).await {
        match read {
            Ok(read) => {
                proven.push(read);
                refusals.push(None);
            }
            Err(fault) => refusals.push(Some(fault)),
        }
    }
    let mut answers = showing::show_all(service, &proven).await.into_iter();
    let shown = refusals.into_iter().map(|refusal| match refusal {
        Some(fault) => refused(&fault),
        None => match answers.next() {
            Some(Ok(found)) => PaymentShown { outcome: Some(Outcome::Found(found)) },
            Some(Err(fault)) => refused(&fault),
            None => refused(&Fault::internal("a read was not answered")),
        },
    });
    Ok(fresh(GetPaymentsResponse { shown: shown.collect() }))
}

/// Finds out who asks. *Errors*: `AUTH_INVALID`, `AUTH_EXPIRED`, `SERVICE_UNAVAILABLE`.
async fn prove(service: &Service, read: &PaymentRead) -> Result<Read, Fault> {
    let user = service.guard.user(&read.token).await?;
    let asked = read.payment.clone().ok_or_else(|| Fault::new(Code::PaymentNotFound, "payment not found"))?;
    Ok((Caller { user: Some(user), via: None }, asked))
}

fn refused(fault: &Fault) -> PaymentShown {
    if fault.code().is_private() {
        tracing::warn!(%fault, internal = fault.internal_context(), "a payment could not be shown");
    }
    let refusal = ReadRefusal { code: fault.code().as_str().to_owned(), detail: fault.detail().to_owned() };
    PaymentShown { outcome: Some(Outcome::Refusal(refusal)) }
}
