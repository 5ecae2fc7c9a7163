//! Takes what a provider tells us unasked (001-E04, 001-E09, 002-E12, 003-E04, 003-E05, 004-E06, 004-E07).
//!
//! The signature is verified over the raw body before the database is touched. Then: our number, our amount, once. What
//! cannot be dealt with now is answered with the provider's failure, so that it comes again. The rule not to be broken:
//! nothing that is not proved to come from the provider changes anything.

use fault::{Code, Fault};
use host::{Answer, Call};
use http::{HeaderMap, HeaderName, HeaderValue};
use proto::payment::v1::{HandleCallbackRequest, HandleCallbackResponse};

use super::{
    asking,
    fate::{self, Cause},
    refunding,
    seeing::fresh,
};
use crate::{
    domain::{Method, Status},
    milestone::milestone,
    providers::{BadCallback, Notice, Paid, Provider, RefundState},
    service::Service,
    store::{events, payments, refunds},
    wire,
};

/// More than any provider sends.
const BODY_BYTES_MAX: usize = 256 * 1024;
const HEADERS_MAX: usize = 100;

/// Says what a callback came to.
type Class = &'static str;
/// It is not what is due: refused, however often it comes (contract section 5).
const WRONG_AMOUNT: Class = "wrong_amount";

/// Takes a callback and gives what the provider wants to hear. *Errors*: `NOT_FOUND`, while the channel is off.
pub(crate) async fn run(
    service: &Service,
    _call: &Call,
    asked: &HandleCallbackRequest,
) -> Result<Answer<HandleCallbackResponse>, Fault> {
    let method = wire::read_method(asked.method)?;
    let provider = asking::provider_of(service, method).map_err(|_| Fault::not_found("channel"))?;
    let (is_taken, class) = match read(provider, asked).await {
        Ok(notice) => {
            milestone!("callback: it is verified");
            take(service, method, notice).await
        }
        Err(class) => (false, class),
    };
    let labels = [("channel", method.as_str()), ("class", class)];
    metrics::counter!("callbacks_total", &labels).increment(1);
    let reply = provider.reply(is_taken);
    let response = HandleCallbackResponse {
        status: reply.status.into(),
        content_type: reply.content_type.to_owned(),
        body: reply.body.as_bytes().to_vec().into(),
        is_taken,
    };
    Ok(fresh(response))
}

/// Verifies a callback; nothing of ours is asked or touched.
async fn read(provider: &Provider, asked: &HandleCallbackRequest) -> Result<Notice, Class> {
    if asked.body.len() > BODY_BYTES_MAX || asked.headers.len() > HEADERS_MAX {
        return Err("too_large");
    }
    let mut headers = HeaderMap::new();
    for header in &asked.headers {
        let name: HeaderName = header.name.parse().map_err(|_| "unreadable")?;
        headers.append(name, HeaderValue::from_str(&header.value).map_err(|_| "unreadable")?);
    }
    provider.read_callback(&headers, &asked.body).await.map_err(|bad| {
        tracing::warn!(%bad, "a callback was refused");
        match bad {
            BadCallback::BadSignature { .. } => "bad_signature",
            BadCallback::NotOurs { .. } => "not_ours",
        }
    })
}

/// Does what follows from a verified callback; tells whether it is dealt with.
async fn take(service: &Service, method: Method, notice: Notice) -> (bool, Class) {
    let outcome = match notice {
        Notice::Paid { out_no, paid } => take_paid(service, method, &out_no, &paid).await,
        Notice::Closed { out_no } => take_closed(service, method, &out_no).await,
        Notice::Refund { out_no, out_refund_no, state } => {
            take_refund(service, method, (out_no, out_refund_no), state).await
        }
        Notice::Nothing { what } => {
            tracing::debug!(what, "a callback asks for nothing");
            Ok("nothing")
        }
    };
    match outcome {
        Ok(class) => (class != WRONG_AMOUNT, class),
        Err(fault) if matches!(fault.code(), Code::NotFound | Code::PaymentNotFound) => (false, "unknown"),
        Err(fault) => {
            tracing::warn!(%fault, "a callback could not be dealt with now");
            (false, "failed")
        }
    }
}

async fn find(service: &Service, method: Method, out_no: &str) -> Result<payments::Row, Fault> {
    let mut conn = service.db.acquire().await?;
    let row = payments::by_no(&mut conn, out_no).await?.filter(|row| row.method() == method);
    row.ok_or_else(super::seeing::missing)
}

async fn take_paid(service: &Service, method: Method, out_no: &str, paid: &Paid) -> Result<Class, Fault> {
    let row = find(service, method, out_no).await?;
    let key = format!("paid:{}", paid.transaction);
    let is_same = row.transaction_id.as_deref() == Some(paid.transaction.as_str());
    if is_same && row.paid_minor == paid.amount.get() {
        return Ok("again");
    }
    {
        let mut conn = service.db.acquire().await?;
        if row.frozen_reason.is_some() && events::was_heard(&mut conn, method.as_str(), &key).await? {
            return Ok(WRONG_AMOUNT);
        }
    }
    let row = fate::paid(service, row.id, &asking::money(service, paid), &Cause::told(key)).await?;
    Ok(if row.frozen_reason.is_some() { WRONG_AMOUNT } else { "paid" })
}

async fn take_closed(service: &Service, method: Method, out_no: &str) -> Result<Class, Fault> {
    let row = find(service, method, out_no).await?;
    if row.status().is_open() {
        let to = (Status::Cancelled, "closed by the provider");
        fate::ended(service, row.id, to, &Cause::told(format!("closed:{out_no}"))).await?;
    }
    Ok("closed")
}

/// A refund has ended; one that the provider does not name by our number is asked about.
async fn take_refund(
    service: &Service,
    method: Method,
    (out_no, out_refund_no): (Option<String>, Option<String>),
    state: RefundState,
) -> Result<Class, Fault> {
    let mut conn = service.db.acquire().await?;
    let ids = match (out_refund_no, out_no) {
        (Some(refund_no), _) => {
            let row = refunds::by_no(&mut conn, &refund_no).await?.filter(|row| row.method() == method);
            let row = row.ok_or_else(|| Fault::not_found("refund"))?;
            drop(conn);
            refunding::follow(service, &row, state).await?;
            vec![row.id]
        }
        (None, Some(out_no)) => {
            drop(conn);
            let payment = find(service, method, &out_no).await?;
            refunds::under_way(&mut *service.db.acquire().await?, payment.id).await?
        }
        (None, None) => Vec::new(),
    };
    for id in ids {
        refunding::advance(service, id).await?;
    }
    Ok("refund")
}
