//! What is asked of providers about payments, and what follows from their answers.
//!
//! No transaction is open while a provider is asked; what it answered is kept, secrets masked (003-R06). The rules not to
//! be broken: a payment is closed at the provider before it is closed here, and one that is paid there is paid here.

use chrono::TimeDelta;
use fault::{Code, Fault};
use money::Minor;

use super::fate::{self, Cause};
use crate::{
    domain::{Method, Status},
    providers::{Outcome, Paid, PaymentRef, PaymentState, Provider, Trouble},
    service::Service,
    store::{
        due,
        events::{self, Exchange},
        payments::{Money, Row},
    },
};

/// What the provider said.
pub(crate) type Said = &'static str;
/// It was not asked, or did not answer.
pub(crate) const NOTHING: Said = "";
/// It has the money.
pub(crate) const PAID: Said = "PAID";
const PENDING: Said = "PENDING";
const CLOSED: Said = "CLOSED";
const NOT_FOUND: Said = "NOT_FOUND";

/// How long after its time a payment that nobody closed may still turn out to be paid.
const LOOKING_BACK: TimeDelta = TimeDelta::minutes(10);
/// How long after the beginning a debit that cannot be found was never made: longer than a call to the wallet may take,
/// and over when the sweeper asks for the second time. One that is made all the same goes back. *Units*: seconds.
const DEBIT_SECONDS_MAX: i64 = 30;

/// Gives the provider of a payment. *Errors*: `THIRD_PARTY_ERROR`, while its channel is off.
pub(crate) fn provider_of(service: &Service, method: Method) -> Result<&Provider, Fault> {
    let provider = method.provider().and_then(|channel| service.providers.get(channel));
    provider.ok_or_else(|| {
        Fault::new(Code::ThirdPartyError, format!("the channel {} is switched off", method.as_str()))
    })
}

/// Names a payment to its provider.
pub(crate) fn name(row: &Row) -> PaymentRef {
    PaymentRef {
        out_no: row.payment_no.clone(),
        created_at: row.created_at,
        expires_at: row.expires_at,
        transaction: row.transaction_id.clone(),
    }
}

/// Says that the provider did not do what it should.
pub(crate) fn trouble(trouble: &Trouble) -> Fault {
    match trouble {
        Trouble::Refused { code, text, .. } => {
            Fault::new(Code::ThirdPartyError, "the payment provider refused")
                .with_internal(format!("{code}: {text}"))
        }
        Trouble::Unknown { why } => {
            Fault::new(Code::ThirdPartyError, "the payment provider does not answer; ask again")
                .with_internal(why)
        }
    }
}

/// Keeps what a provider answered. A fault of the database is logged: the answer counts all the same.
pub(crate) async fn keep<T: Sync>(
    service: &Service,
    (payment_id, refund_id, method): (i64, Option<i64>, Method),
    outcome: &Outcome<T>,
) {
    let word = match &outcome.result {
        Ok(_) => "answered".to_owned(),
        Err(Trouble::Refused { code, .. }) => format!("refused: {code}"),
        Err(Trouble::Unknown { why }) => format!("unknown: {why}"),
    };
    let exchange = Exchange {
        payment_id,
        refund_id,
        method: method.as_str(),
        operation: outcome.record.operation,
        http_status: outcome.record.http_status.map(i32::from),
        outcome: word,
        answer: outcome.record.answer.clone(),
    };
    let written = async {
        let mut conn = service.db.acquire().await?;
        events::record(&mut conn, &exchange, service.clock.now()).await
    };
    if let Err(fault) = written.await {
        tracing::warn!(payment_id, %fault, "what the provider answered about payment {payment_id} was not kept");
    }
}

/// Writes the money that a provider reports as ours.
pub(crate) fn money(service: &Service, paid: &Paid) -> Money {
    Money {
        amount_minor: paid.amount.get(),
        transaction: Some(paid.transaction.clone()),
        at: paid.paid_at.unwrap_or_else(|| service.clock.now()),
    }
}

/// Asks what became of an open payment and stores it. *Errors*: `THIRD_PARTY_ERROR`, if nobody answers.
pub(crate) async fn ask(service: &Service, row: &Row, cause: &Cause) -> Result<(Row, Said), Fault> {
    if row.method() == Method::Balance {
        return ask_ledger(service, row, cause).await;
    }
    let outcome = provider_of(service, row.method())?.query(&name(row)).await;
    keep(service, (row.id, None, row.method()), &outcome).await;
    let state = outcome.result.map_err(|error| trouble(&error))?;
    follow(service, row, state, (None, cause)).await
}

/// Closes an open payment, at the provider first. What is paid there becomes so here.
///
/// *Errors*: `THIRD_PARTY_ERROR`, if the provider cannot be asked or leaves it open.
pub(crate) async fn close(
    service: &Service,
    row: &Row,
    to: (Status, &str),
    cause: &Cause,
) -> Result<(Row, Said), Fault> {
    if row.method() == Method::Balance {
        let (row, said) = ask_ledger(service, row, cause).await?;
        if row.status().is_open() {
            return Err(Fault::conflict("the payment is being made; ask again").with_retry_after(1));
        }
        return Ok((row, said));
    }
    let outcome = provider_of(service, row.method())?.close(&name(row)).await;
    keep(service, (row.id, None, row.method()), &outcome).await;
    let state = outcome.result.map_err(|error| trouble(&error))?;
    follow(service, row, state, (Some(to), cause)).await
}

/// Asks about a payment that ended here and perhaps not at its provider. Money that came all the same goes back; once
/// nothing can come any more nobody asks again. *Errors*: `THIRD_PARTY_ERROR`, if nobody answers.
pub(crate) async fn look_back(service: &Service, row: &Row, cause: &Cause) -> Result<(), Fault> {
    if row.method() != Method::Balance {
        let outcome = provider_of(service, row.method())?.query(&name(row)).await;
        keep(service, (row.id, None, row.method()), &outcome).await;
        let is_over = service.clock.now() - row.expires_at > LOOKING_BACK;
        match outcome.result.map_err(|error| trouble(&error))? {
            PaymentState::Paid(paid) => {
                fate::paid(service, row.id, &money(service, &paid), cause).await?;
                return Ok(());
            }
            PaymentState::Pending | PaymentState::NotFound if !is_over => return Ok(()),
            PaymentState::Pending | PaymentState::NotFound | PaymentState::Closed => {}
        }
    }
    due::rest(&mut *service.db.acquire().await?, row.id).await
}

/// Does what follows from what a provider says; `to` is what a payment becomes that was to be closed.
async fn follow(
    service: &Service,
    row: &Row,
    state: PaymentState,
    (to, cause): (Option<(Status, &str)>, &Cause),
) -> Result<(Row, Said), Fault> {
    let closed = (Status::Cancelled, "closed by the provider");
    match (state, to) {
        (PaymentState::Paid(paid), _) => {
            Ok((fate::paid(service, row.id, &money(service, &paid), cause).await?, PAID))
        }
        (PaymentState::Closed, to) => {
            Ok((fate::ended(service, row.id, to.unwrap_or(closed), cause).await?, CLOSED))
        }
        // A code that nobody scanned is no trade yet at some providers.
        (PaymentState::NotFound, Some(to)) => {
            Ok((fate::given_up(service, row.id, to, cause).await?, NOT_FOUND))
        }
        // UnionPay closes nothing; money that comes later goes back.
        (PaymentState::Pending, Some(to)) if row.method() == Method::Unionpay => {
            Ok((fate::given_up(service, row.id, to, cause).await?, PENDING))
        }
        (PaymentState::Pending, Some(_)) => {
            Err(Fault::new(Code::ThirdPartyError, "the payment provider did not close it; ask again"))
        }
        (PaymentState::Pending, None) => Ok((row.clone(), PENDING)),
        (PaymentState::NotFound, None) => Ok((row.clone(), NOT_FOUND)),
    }
}

/// Looks whether the debit of a balance payment was made; one that was not made for a while never will be.
async fn ask_ledger(service: &Service, row: &Row, cause: &Cause) -> Result<(Row, Said), Fault> {
    if let Some(money) = service.partners.debit(row).await? {
        return Ok((fate::paid(service, row.id, &money, cause).await?, PAID));
    }
    let age = service.clock.now() - row.created_at;
    if age.num_seconds() < DEBIT_SECONDS_MAX {
        return Ok((row.clone(), NOT_FOUND));
    }
    let to = (Status::Failed, "the wallet was not debited");
    Ok((fate::ended(service, row.id, to, cause).await?, NOT_FOUND))
}

/// Gives an amount for a provider.
pub(crate) const fn amount(minor: i64) -> Minor {
    Minor::new(minor)
}
