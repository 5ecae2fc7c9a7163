//! Beginning, asking for, closing and cancelling a trade.
//!
//! The rule not to be broken: a code that nobody has scanned is no trade yet.

use chrono::Duration;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    Call,
    answer::{Outcome, Refusal},
    biz::{amount, expiry, number, optional, text, wrong, yuan},
};
use crate::{
    beijing,
    desk::Desk,
    settings::is_http,
    store::{Record as _, Tx},
    trades::{
        self, New, NewRefund, NotClosed, NotCreated, NotRefunded, Provider, Status, Trade, by_transaction,
        create, trade_key,
    },
};

pub(super) const BUYER_ID: &str = "2088622955000017";
pub(super) const BUYER: &str = "san***@sandbox.com";
const ADDRESS_CHARS_MAX: usize = 256;

/// Begins a trade.
pub(super) async fn begin(desk: &Desk, call: &Call) -> Result<Trade, Refusal> {
    let new = new_of(desk, call)?;
    let clock = desk.clock.clone();
    let made = desk.store.write(move |tx| create(tx, &clock, new)).await;
    made.map_err(|error| match error {
        NotCreated::OtherTerms => Refusal::business("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改"),
        NotCreated::Paid => Refusal::business("ACQ.TRADE_HAS_SUCCESS", "交易已被支付"),
        NotCreated::Closed => Refusal::business("ACQ.TRADE_HAS_CLOSE", "交易已经关闭"),
        NotCreated::Fault(fault) => fault.into(),
    })
}

pub(super) async fn precreate(desk: &Desk, call: &Call) -> Outcome {
    let trade = begin(desk, call).await?;
    Ok(json!({ "out_trade_no": trade.out_trade_no, "qr_code": desk.cashier(&trade.token) }))
}

pub(super) async fn query(desk: &Desk, call: &Call) -> Outcome {
    let trade = wanted(desk, call).await?;
    let trade = trade.ok_or_else(|| {
        let zero = ["buyer_pay_amount", "invoice_amount", "point_amount", "receipt_amount"];
        zero.iter().fold(Refusal::no_trade(), |refusal, name| refusal.with(name, "0.00"))
    })?;
    let paid = if trade.paid_at.is_some() { trade.amount_fen } else { 0 };
    let fund = trade.paid_at.map(|_| json!([{ "amount": yuan(paid), "fund_channel": "ALIPAYACCOUNT" }]));
    Ok(json!({
        "trade_no": trade.transaction_id,
        "out_trade_no": trade.out_trade_no,
        "buyer_logon_id": BUYER,
        "buyer_user_id": BUYER_ID,
        "trade_status": status_of(&trade),
        "total_amount": yuan(trade.amount_fen),
        "receipt_amount": yuan(paid),
        "buyer_pay_amount": yuan(paid),
        "invoice_amount": yuan(paid),
        "point_amount": "0.00",
        "send_pay_date": trade.paid_at.map(beijing::spaced),
        "fund_bill_list": fund,
        "passback_params": trade.attach,
    }))
}

pub(super) async fn close(desk: &Desk, call: &Call) -> Outcome {
    let trade = wanted(desk, call).await?.ok_or_else(Refusal::no_trade)?;
    if trade.status == Status::Closed {
        return Err(Refusal::business("ACQ.REASON_TRADE_STATUS_INVALID", "交易状态异常"));
    }
    let (key, now) = (trade.key(), desk.clock.now());
    match desk.store.write(move |tx| trades::close(tx, &key, now)).await {
        Ok(trade) => Ok(numbers(&trade)),
        Err(NotClosed::NotThere) => Err(Refusal::no_trade()),
        Err(NotClosed::Paid) => Err(Refusal::business("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")),
        Err(NotClosed::Fault(fault)) => Err(fault.into()),
    }
}

/// Closes what is not paid, gives back what is.
pub(super) async fn cancel(desk: &Desk, call: &Call) -> Outcome {
    let trade = wanted(desk, call).await?.ok_or_else(Refusal::no_trade)?;
    let (key, clock) = (trade.key(), desk.clock.clone());
    let answer = |trade: &Trade, action: Option<&str>| {
        let mut all = numbers(trade);
        if let Some(members) = all.as_object_mut() {
            members.insert("retry_flag".to_owned(), json!("N"));
            members.extend(action.map(|action| ("action".to_owned(), json!(action))));
        }
        all
    };
    match trade.status {
        Status::Closed => Ok(answer(&trade, None)),
        Status::Waiting => {
            let now = desk.clock.now();
            match desk.store.write(move |tx| trades::close(tx, &key, now)).await {
                Ok(trade) => Ok(answer(&trade, Some("close"))),
                Err(NotClosed::Fault(fault)) => Err(fault.into()),
                // Paid in this very moment: called again it gives back.
                Err(_) => Ok(json!({ "out_trade_no": trade.out_trade_no, "retry_flag": "Y" })),
            }
        }
        Status::Paid => {
            let new = NewRefund {
                out_refund_no: trade.out_trade_no.clone(),
                txn_time: String::new(),
                amount_fen: trade.amount_fen.saturating_sub(trade.refunded_fen),
                kind: String::new(),
                reason: Some("撤销".to_owned()),
                notify_url: None,
                attach: None,
                done_at: None,
            };
            match desk.store.write(move |tx| trades::refund(tx, &clock, &key, new)).await {
                Ok(_) => Ok(answer(&trade, Some("refund"))),
                Err(NotRefunded::AllBack | NotRefunded::OtherTerms) => Ok(answer(&trade, None)),
                Err(NotRefunded::TooLate) => {
                    Err(Refusal::business("ACQ.TRADE_CANCEL_TIME_OUT", "超过撤销时间范围"))
                }
                Err(NotRefunded::Fault(fault)) => Err(fault.into()),
                Err(_) => Err(Refusal::business("ACQ.CANCEL_NOT_ALLOWED", "不允许撤销")),
            }
        }
    }
}

/// Finds the trade that a call names, `trade_no` before `out_trade_no`, if a payer has seen it.
pub(super) async fn wanted(desk: &Desk, call: &Call) -> Result<Option<Trade>, Refusal> {
    let (own, theirs) = (number(&call.biz, "out_trade_no")?, number(&call.biz, "trade_no")?);
    if own.is_none() && theirs.is_none() {
        return Err(wrong("out_trade_no"));
    }
    let now = desk.clock.now();
    let find = move |tx: &Tx| match (theirs, own) {
        (Some(id), _) => by_transaction(tx, Provider::Alipay, &id, now),
        (None, Some(own)) => trades::find(tx, &trade_key(Provider::Alipay, &own, ""), now),
        (None, None) => Ok(None),
    };
    let found = desk.store.write(find).await.map_err(|fault| Refusal::trouble(&fault))?;
    Ok(found.filter(|trade| trade.is_opened))
}

/// Gives the provider's word for where a trade stands.
pub(super) const fn status_of(trade: &Trade) -> &'static str {
    match trade.status {
        Status::Waiting => "WAIT_BUYER_PAY",
        Status::Paid if trade.is_all_refunded() => "TRADE_CLOSED",
        Status::Paid => "TRADE_SUCCESS",
        Status::Closed => "TRADE_CLOSED",
    }
}

fn numbers(trade: &Trade) -> Value {
    json!({ "trade_no": trade.transaction_id, "out_trade_no": trade.out_trade_no })
}

fn new_of(desk: &Desk, call: &Call) -> Result<New, Refusal> {
    let biz = &call.biz;
    let products: &[&str] = match call.method.as_str() {
        "alipay.trade.precreate" => &["QR_CODE_OFFLINE", "FACE_TO_FACE_PAYMENT"],
        "alipay.trade.page.pay" => &["FAST_INSTANT_TRADE_PAY"],
        // One library sends the second.
        "alipay.trade.wap.pay" => &["QUICK_WAP_WAY", "QUICK_WAP_PAY"],
        _ => &["QUICK_MSECURITY_PAY"],
    };
    let product = optional(biz, "product_code", 64)?;
    if product.is_some_and(|product| !products.contains(&product.as_str())) {
        return Err(wrong("product_code"));
    }
    let is_code = call.method == "alipay.trade.precreate";
    let usual = if is_code { Duration::hours(2) } else { Duration::days(15) };
    let out_trade_no = number(biz, "out_trade_no")?.ok_or_else(|| wrong("out_trade_no"))?;
    let new = New {
        provider: Provider::Alipay,
        out_trade_no,
        txn_time: String::new(),
        product: call.method.clone(),
        amount_fen: amount(biz, "total_amount")?,
        subject: text(biz, "subject", 256)?,
        terms: terms_of(call),
        is_opened: !is_code,
        expires_at: expiry(biz, desk.clock.now(), usual)?,
        notify_url: address(call, "notify_url")?,
        return_url: address(call, "return_url")?,
        attach: optional(biz, "passback_params", 512)?,
        payer: BUYER.to_owned(),
        extra: optional(biz, "body", 400)?.map(|body| ("body".to_owned(), body)).into_iter().collect(),
    };
    Ok(new)
}

fn address(call: &Call, name: &str) -> Result<Option<String>, Refusal> {
    let found = call.param(name).map(str::to_owned);
    match found {
        Some(url) if url.len() > ADDRESS_CHARS_MAX || !is_http(&url) => {
            Err(Refusal::invalid("isv.invalid-parameter", &format!("参数无效：{name}")))
        }
        found => Ok(found),
    }
}

/// What must be the same when the number comes again: what is sold, for how much, by which product.
fn terms_of(call: &Call) -> String {
    let of = |name: &str| call.biz.get(name).map(Value::to_string).unwrap_or_default();
    let text =
        [call.method.clone(), of("total_amount"), of("subject"), of("body"), of("seller_id")].join("\n");
    hex::encode(Sha256::digest(text.as_bytes()))
}
