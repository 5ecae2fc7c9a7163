//! Showing payments: out of the cache for display (001-C01), else out of the database.
//!
//! Payments that have ended are kept as copies, which a newer state replaces; without Redis the answers are the same.
//! What is asked for at the same moment is looked up in one step each. The rules not to be broken: rights are asked of
//! copies too; one read that fails fails no other.

use fault::Fault;
use identity::Caller;
use prost::Message as _;
use proto::payment::v1::{GetPaymentRequest, GetPaymentResponse, Payment};

use super::seeing::{is, may_see, missing};
use crate::{
    service::Service,
    store::payments::{self, Row},
    wire, workers,
};

/// Who asks for which payment.
pub(super) type Read = (Caller, GetPaymentRequest);

/// Shows each payment to whoever asks for it. *Shape*: an answer for each read, in their order. *Errors*:
/// `PAYMENT_NOT_FOUND`, and those of the database for what has no copy.
pub(super) async fn show_all(service: &Service, reads: &[Read]) -> Vec<Result<GetPaymentResponse, Fault>> {
    let names: Vec<String> = reads.iter().map(|(_, asked)| name(asked)).collect();
    let copies: Vec<Option<Payment>> =
        service.details.get_bytes(&names).await.into_iter().map(read).collect();
    let rows = rows(service, reads.iter().zip(&copies)).await;
    let answers = reads.iter().zip(copies).map(|((caller, asked), copy)| match copy {
        Some(payment) if may_see(caller, payment.user_id) => {
            Ok(GetPaymentResponse { payment: Some(payment), is_cached: true })
        }
        Some(_) => Err(missing()),
        None => {
            let rows = rows.as_ref().map_err(Fault::clone)?;
            let row = rows.iter().find(|row| is_named(row, asked)).ok_or_else(missing)?;
            Ok(GetPaymentResponse { payment: Some(show(service, caller, row)?), is_cached: false })
        }
    });
    let answers = answers.collect();
    for row in rows.iter().flatten() {
        workers::copy_new(service, row).await;
    }
    answers
}

/// Shows a payment to whoever may see it; its owner sees how to pay it.
pub(super) fn show(service: &Service, caller: &Caller, row: &Row) -> Result<Payment, Fault> {
    if !may_see(caller, row.user_id) {
        return Err(missing());
    }
    if is(caller, row.user_id) {
        return Ok(wire::payment_for_owner(row, service.clock.now()));
    }
    Ok(wire::payment(row))
}

fn name(asked: &GetPaymentRequest) -> String {
    if asked.payment_id == 0 { asked.payment_no.clone() } else { asked.payment_id.to_string() }
}

fn is_named(row: &Row, asked: &GetPaymentRequest) -> bool {
    if asked.payment_id == 0 { row.payment_no == asked.payment_no } else { row.id == asked.payment_id }
}

fn read(copy: Option<(i64, bytes::Bytes)>) -> Option<Payment> {
    Payment::decode(copy?.1).ok()
}

/// Reads what has no copy.
async fn rows<'a>(
    service: &Service,
    reads: impl Iterator<Item = (&'a Read, &'a Option<Payment>)> + Send,
) -> Result<Vec<Row>, Fault> {
    let (mut ids, mut numbers) = (Vec::new(), Vec::new());
    for ((_, asked), _) in reads.filter(|(_, copy)| copy.is_none()) {
        if asked.payment_id == 0 {
            numbers.push(asked.payment_no.clone());
        } else {
            ids.push(asked.payment_id);
        }
    }
    if ids.is_empty() && numbers.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = payments::named(&mut *service.db.acquire().await?, &ids, &numbers).await?;
    rows.retain(|row| row.deleted_at.is_none());
    Ok(rows)
}
