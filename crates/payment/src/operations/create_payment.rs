//! Begins an attempt to pay an order (001-E01, 002-E04, 002-E11, 003-E01, 004-E01).
//!
//! *Idempotent*: while an attempt of the method is open it is given again, with a fresh handout if the old one has
//! expired; the caller's key besides. The intent is committed, then the provider or the wallet is asked, then the outcome
//! is committed. The rule not to be broken: one open attempt for each order and method, held by a unique index.

use std::net::IpAddr;

use durable::{
    Tx, audit,
    outbox::{self, Job},
};
use fault::{Code, Fault};
use host::{Answer, Call, instant};
use proto::{
    bill::v1::{Order, OrderKind, OrderStatus},
    payment::v1::{CreatePaymentRequest, CreatePaymentResponse},
};
use serde_json::json;

use super::{
    asking,
    fate::{self, Cause},
    handing_out, repeating,
    seeing::{fresh, missing, word},
};
use crate::{
    domain::{Lane, Method, Status, expiry, next_question},
    milestone::milestone,
    service::Service,
    store::{
        events::{self, Mark},
        payments::{self, Row},
    },
    wire::{self, Handed},
    workers,
};

const CNY: &str = "CNY";
const MINUTES_MAX: i32 = 1_440;
const URL_CHARS_MAX: usize = 2_000;

/// Begins the attempt and gives what leads the payer to the cashier.
///
/// *Errors*: those of the contract; after one of the provider's without an answer the payment stays open.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &CreatePaymentRequest,
) -> Result<Answer<CreatePaymentResponse>, Fault> {
    let user_id = call.caller.user()?.id;
    let method = wire::read_method(asked.method)?;
    if let Some(answer) = replayed(service, call).await? {
        return Ok(answer);
    }
    let order = service.partners.order(asked.order_id, &asked.order_no).await?;
    if order.user_id != user_id {
        return Err(Fault::not_found("order"));
    }
    let draft = draft(service, asked, method, &order)?;
    let lease = service.thin_out(&format!("payment:create:{}", order.order_no), 3, 30).await;
    let (row, is_new) = begin(service, call, draft, &order).await?;
    milestone!("create: the intent is committed");
    let row = lead(service, &row, &asked.payment_password).await;
    lease.release().await;
    let payment = Some(wire::payment_for_owner(&row?, service.clock.now()));
    Ok(fresh(CreatePaymentResponse { payment, is_new }))
}

/// Answers a request whose key was used before: with the payment as it is now, and a handout if it is open.
async fn replayed(service: &Service, call: &Call) -> Result<Option<Answer<CreatePaymentResponse>>, Fault> {
    let answer = repeating::replayed::<CreatePaymentResponse>(service, call).await?;
    let Some(Answer { reply, is_replay }) = answer else { return Ok(None) };
    let id = reply.payment.unwrap_or_default().id;
    let row = payments::by_id(&mut *service.db.acquire().await?, id).await?.ok_or_else(missing)?;
    let row = if row.method() == Method::Balance { row } else { lead(service, &row, "").await? };
    let payment = Some(wire::payment_for_owner(&row, service.clock.now()));
    Ok(Some(Answer { reply: CreatePaymentResponse { payment, is_new: reply.is_new }, is_replay }))
}

/// Leads the payer on: by the wallet at once, by a provider's cashier.
async fn lead(service: &Service, row: &Row, payment_password: &str) -> Result<Row, Fault> {
    if !row.status().is_open() {
        return Ok(row.clone());
    }
    if row.method() == Method::Balance {
        return pay(service, row, payment_password).await;
    }
    if Handed::of(row).is_some_and(|handed| handed.is_fresh(service.clock.now())) {
        return Ok(row.clone());
    }
    handing_out::hand_out(service, row).await
}

/// Pays out of the wallet. A refusal ends the attempt; without an answer the sweeper asks the ledger.
async fn pay(service: &Service, row: &Row, payment_password: &str) -> Result<Row, Fault> {
    match service.partners.pay(row, payment_password).await {
        Ok(money) => {
            milestone!("create: the wallet is debited");
            fate::paid(service, row.id, &money, &Cause::system("balance")).await
        }
        Err(fault) if is_refusal(fault.code()) => {
            let to = (Status::Failed, fault.code().as_str());
            fate::ended(service, row.id, to, &Cause::system("balance")).await?;
            Err(fault)
        }
        Err(fault) => Err(fault),
    }
}

const fn is_refusal(code: Code) -> bool {
    matches!(
        code,
        Code::InsufficientBalance
            | Code::PaymentPasswordError
            | Code::PaymentLimitExceeded
            | Code::AccountFrozen
            | Code::ValidationError
            | Code::Forbidden
    )
}

/// Finds the open attempt or writes a new one, and tells whether it is new.
async fn begin(service: &Service, call: &Call, draft: Row, order: &Order) -> Result<(Row, bool), Fault> {
    let open = open_attempt(service, &draft, order).await?;
    let is_new = open.is_none();
    let mut tx = service.db.begin().await?;
    if call.claim::<CreatePaymentResponse>(&mut tx).await?.is_some() {
        tx.rollback().await?;
        return Err(Fault::new(Code::IdempotencyInProgress, "the same request was answered just now"));
    }
    let row = open.unwrap_or(draft);
    if is_new {
        limit(service, &mut tx, &row).await?;
        let quick = service.rules.quick_queries_max.max(1);
        let first = next_question(row.created_at, 0, quick, row.expires_at);
        payments::insert(&mut tx, &row, first).await?;
        write_down(call, &mut tx, &row).await?;
    }
    call.store(&mut tx, CreatePaymentResponse { payment: Some(wire::payment(&row)), is_new }).await?;
    tx.commit().await?;
    Ok((row, is_new))
}

async fn write_down(call: &Call, tx: &mut Tx, draft: &Row) -> Result<(), Fault> {
    let actor = word(&call.actor());
    let mark = Mark {
        payment_id: draft.id,
        from: None,
        to: &draft.status,
        cause: "creation",
        actor: &actor,
        detail: "",
    };
    events::mark(tx, mark, draft.created_at).await?;
    let after =
        json!({ "order_no": draft.order_no, "amount_minor": draft.amount_minor, "method": draft.method });
    audit::append(tx, call.audit("payment.created", format!("payment:{}", draft.id), (None, Some(after))))
        .await?;
    let job: Job = workers::payment_created(draft);
    outbox::append(tx, job).await?;
    Ok(())
}

/// Finds the open attempt of the method; one whose time is over is closed first, so that a new one may begin.
async fn open_attempt(service: &Service, draft: &Row, order: &Order) -> Result<Option<Row>, Fault> {
    let attempts = {
        let mut conn = service.db.acquire().await?;
        payments::of_order(&mut conn, order.id, &order.order_no).await?
    };
    if attempts.iter().any(|attempt| attempt.status().is_paid()) {
        return Err(Fault::new(Code::PaymentAlreadySuccess, "the order is paid"));
    }
    let mut same = attempts.into_iter().filter(|attempt| attempt.method == draft.method);
    let Some(open) = same.find(|attempt| attempt.status().is_open()) else { return Ok(None) };
    if open.frozen_reason.is_some() {
        return Err(Fault::new(Code::PaymentStatusError, "the payment is in the exception list"));
    }
    let is_other_lane = open.method() != Method::Balance && open.channel != draft.channel;
    if service.clock.now() <= open.expires_at && !is_other_lane {
        return Ok(Some(open));
    }
    let to = (Status::Cancelled, if is_other_lane { "another channel was chosen" } else { "expired" });
    let (closed, said) = asking::close(service, &open, to, &Cause::system("creation")).await?;
    if said == asking::PAID || closed.status().is_paid() {
        return Err(Fault::new(Code::PaymentAlreadySuccess, "the order is paid"));
    }
    Ok(None)
}

/// Holds the limits of a payment and of a day (contract section 7).
async fn limit(service: &Service, tx: &mut Tx, draft: &Row) -> Result<(), Fault> {
    let refuse = |what: &str| Err(Fault::new(Code::PaymentLimitExceeded, what));
    if draft.amount_minor > service.rules.each_max.get() {
        return refuse("the amount is above the limit of one payment");
    }
    let spent = payments::spent_since(tx, draft.user_id, service.day_began()).await?;
    if spent.saturating_add(draft.amount_minor) > service.rules.day_max.get() {
        return refuse("the amount is above the limit of a day");
    }
    Ok(())
}

/// Checks the request against the order and makes the row. *Errors*: those of the contract.
fn draft(
    service: &Service,
    asked: &CreatePaymentRequest,
    method: Method,
    order: &Order,
) -> Result<Row, Fault> {
    let now = service.clock.now();
    let order_ends = order.expires_at.as_ref().and_then(instant).unwrap_or(now);
    payable(order, order_ends < now)?;
    let amount_error = |rule: &str| Err(Fault::new(Code::PaymentAmountError, rule).with_field("amount"));
    if asked.expected_amount_minor != 0 && asked.expected_amount_minor != order.amount_minor {
        return amount_error("the amount is not the order's");
    }
    if !matches!(asked.currency.as_str(), "" | CNY) || order.currency != CNY {
        return amount_error("only CNY can be paid");
    }
    if method == Method::Balance && order.kind() == OrderKind::Recharge {
        return Err(Fault::validation("paymentMethod", "a wallet is not filled out of itself"));
    }
    let lane = if method == Method::Balance && asked.channel == 0 {
        Lane::Web
    } else {
        wire::read_lane(asked.channel)?
    };
    let mut row = blank(service, order);
    method.as_str().clone_into(&mut row.method);
    lane.as_str().clone_into(&mut row.channel);
    row.description = input::lines("description", &asked.description, 0..=input::NOTE_CHARS_MAX)?;
    row.expires_at = expiry(now, minutes(service, asked.expire_minutes)?, order_ends);
    row.return_url = input::line("returnUrl", &asked.return_url, 0..=URL_CHARS_MAX)?;
    row.notify_url = input::line("notifyUrl", &asked.notify_url, 0..=URL_CHARS_MAX)?;
    row.extra = wire::object("extraData", &asked.extra_json)?;
    row.device = wire::object("deviceInfo", &asked.device_json)?;
    row.client_ip = client_ip(&asked.client_ip)?;
    if method != Method::Balance {
        asking::provider_of(service, method)?;
    }
    Ok(row)
}

/// Passes an order that can be paid now.
fn payable(order: &Order, is_over: bool) -> Result<(), Fault> {
    match order.status() {
        OrderStatus::Pending | OrderStatus::Cancelled if is_over => {
            Err(Fault::new(Code::PaymentExpired, "the time to pay is over"))
        }
        OrderStatus::Pending => Ok(()),
        OrderStatus::Paid | OrderStatus::Completed => {
            Err(Fault::new(Code::PaymentAlreadySuccess, "the order is paid"))
        }
        OrderStatus::Cancelled => Err(Fault::new(Code::PaymentAlreadyCancelled, "the order is cancelled")),
        OrderStatus::Refunded | OrderStatus::Unspecified => {
            Err(Fault::new(Code::PaymentStatusError, "the order cannot be paid"))
        }
    }
}

fn minutes(service: &Service, asked: i32) -> Result<i64, Fault> {
    match asked {
        0 => Ok(service.rules.qr_minutes),
        1..=MINUTES_MAX => Ok(asked.into()),
        _ => Err(Fault::validation("expireTime", "must be from 1 to 1,440 minutes")),
    }
}

fn client_ip(raw: &str) -> Result<String, Fault> {
    if raw.is_empty() {
        return Ok(String::new());
    }
    let address: IpAddr =
        raw.parse().map_err(|_| Fault::validation("clientIp", "must be an IPv4 or IPv6 address"))?;
    Ok(address.to_string())
}

/// A payment of the order of which nothing is known yet.
fn blank(service: &Service, order: &Order) -> Row {
    let now = service.clock.now();
    Row {
        id: service.clock.new_id(),
        payment_no: service.payment_no(),
        order_id: order.id,
        order_no: order.order_no.clone(),
        user_id: order.user_id,
        amount_minor: order.amount_minor,
        currency: order.currency.clone(),
        method: String::new(),
        channel: String::new(),
        status: Status::Processing.as_str().to_owned(),
        subject: order.subject.clone(),
        description: String::new(),
        handout: None,
        transaction_id: None,
        paid_minor: 0,
        fee_minor: 0,
        refunded_minor: 0,
        reserved_minor: 0,
        paid_at: None,
        expires_at: now,
        close_reason: String::new(),
        remark: String::new(),
        frozen_reason: None,
        is_extra: false,
        verdict: None,
        settled_at: None,
        deleted_at: None,
        return_url: String::new(),
        notify_url: String::new(),
        extra: None,
        device: None,
        client_ip: String::new(),
        version: 1,
        created_at: now,
        updated_at: now,
    }
}
