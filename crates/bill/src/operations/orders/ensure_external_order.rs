//! The order of an outside business, whose number is its own (contract section 11: 001 and 002 name `orderNo`).

use fault::Fault;
use host::{Answer, Call};
use money::Minor;
use proto::bill::v1::{EnsureExternalOrderRequest, EnsureExternalOrderResponse};

use super::{
    draft::{self, About, Draft},
    steps,
};
use crate::{
    domain::order::Kind,
    service::Service,
    store::{order_parts::Credit, orders},
};

/// Gives the order of a number, and makes it if nobody knows it. A known one keeps its owner, amount and deadline.
///
/// *Errors*: `VALIDATION_ERROR` naming the field, `NOT_FOUND` for somebody else's number, `PAYMENT_AMOUNT_ERROR` for
/// another amount. *Idempotent*: by the number.
pub(crate) async fn ensure_external_order(
    service: &Service,
    call: &Call,
    asked: &EnsureExternalOrderRequest,
) -> Result<Answer<EnsureExternalOrderResponse>, Fault> {
    let user_id = call.caller.user()?.id;
    check_no(&asked.order_no)?;
    let amount_minor = input::amount("amount", Minor::new(asked.amount_minor))?.get();
    let mut tx = service.db.begin().await?;
    if let Some(known) = orders::find_by_no(&mut tx, &asked.order_no).await? {
        if known.user_id != user_id {
            return Err(Fault::not_found("order"));
        }
        draft::expected(amount_minor, known.amount_minor)?;
        let order = steps::shown(&mut tx, &known, service.clock.now()).await?;
        return Ok(steps::fresh(EnsureExternalOrderResponse { order: Some(order), is_new: false }));
    }
    let subject = input::line("subject", &asked.subject, 1..=input::NAME_CHARS_MAX)?;
    if asked.merchant_id <= 0 {
        return Err(Fault::validation("merchant_id", "must be a merchant's id"));
    }
    let (merchant_id, owner) = (asked.merchant_id, asked.merchant_id.to_string());
    let draft = Draft {
        kind: Kind::External,
        user_id,
        amount_minor,
        subject,
        credits: vec![Credit { kind: "merchant".to_owned(), owner, amount_minor }],
        about: About::Business { merchant_id },
    };
    let order = draft.write(service, &mut tx, Some(&asked.order_no)).await?;
    tx.commit().await?;
    Ok(steps::fresh(EnsureExternalOrderResponse { order: Some(order), is_new: true }))
}

fn check_no(order_no: &str) -> Result<(), Fault> {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if (6..=32).contains(&order_no.len()) && order_no.bytes().all(is_known) {
        return Ok(());
    }
    Err(Fault::validation("order_no", "must have 6 to 32 of the characters 0-9, A-Z, a-z, _ and -"))
}
