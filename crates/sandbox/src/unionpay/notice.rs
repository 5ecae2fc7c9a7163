//! UnionPay's notifications, and what the browser brings back.

use chrono::{DateTime, Utc};
use wire::{Error, Params, unionpay};

use crate::{
    beijing,
    keys::{Keys, UNIONPAY_MERCHANT_ID},
    notices::{Message, Twist},
    trades::{Refund, Trade},
};

const FORM: &str = "application/x-www-form-urlencoded;charset=UTF-8";

/// Says that a payment succeeded.
pub(crate) fn paid(trade: &Trade) -> Params {
    let at = trade.paid_at.unwrap_or(trade.created_at);
    let mut all = head(("01", "01"), &trade.transaction_id, trade.amount_fen, at);
    put(&mut all, "orderId", &trade.out_trade_no);
    put(&mut all, "txnTime", &trade.txn_time);
    put(&mut all, "reqReserved", trade.attach.as_deref().unwrap_or_default());
    put(&mut all, "accNo", &trade.payer);
    all
}

/// Says that a refund or an undoing succeeded.
pub(crate) fn refunded(refund: &Refund) -> Params {
    let at = refund.done_at.unwrap_or(refund.created_at);
    let mut all = head((&refund.kind, "00"), &refund.refund_id, refund.amount_fen, at);
    put(&mut all, "orderId", &refund.out_refund_no);
    put(&mut all, "txnTime", &refund.txn_time);
    put(&mut all, "origQryId", &refund.transaction_id);
    put(&mut all, "reqReserved", refund.attach.as_deref().unwrap_or_default());
    all
}

/// Makes the form that leaves.
pub(crate) fn message(keys: &Keys, params: &Params, twist: Twist) -> Result<Message, Error> {
    let mut params = params.clone();
    if twist == Twist::WrongAmount {
        for name in ["txnAmt", "settleAmt"] {
            let amount = params.get(name).and_then(|amount| amount.parse::<i64>().ok()).unwrap_or_default();
            put(&mut params, name, &amount.saturating_add(1).to_string());
        }
    }
    let is_forged = matches!(twist, Twist::Forged | Twist::Probe);
    let signer = if is_forged { &keys.unionpay_forger } else { &keys.unionpay };
    signer.sign_with_certificate(&mut params)?;
    Ok(Message { headers: Vec::new(), content_type: FORM, body: unionpay::write_form(&params).into_bytes() })
}

/// Gives the page that takes the browser back with the same fields; they are for display only.
pub(crate) fn return_page(keys: &Keys, trade: &Trade, url: &str) -> Result<String, Error> {
    let mut params = paid(trade);
    keys.unionpay.sign_with_certificate(&mut params)?;
    Ok(unionpay::auto_post_page(url, &params))
}

fn head((kind, sub_kind): (&str, &str), id: &str, amount_fen: i64, at: DateTime<Utc>) -> Params {
    let amount = amount_fen.to_string();
    let trace: String = id.chars().rev().take(6).collect();
    let mut all = Params::new();
    for (name, value) in [
        ("encoding", "UTF-8"),
        ("txnType", kind),
        ("txnSubType", sub_kind),
        ("bizType", "000201"),
        ("accessType", "0"),
        ("currencyCode", "156"),
        ("merId", UNIONPAY_MERCHANT_ID),
        ("txnAmt", &amount),
        ("settleAmt", &amount),
        ("settleCurrencyCode", "156"),
        ("settleDate", &beijing::written(at, "%m%d")),
        ("traceNo", &trace),
        ("traceTime", &beijing::written(at, "%m%d%H%M%S")),
        ("queryId", id),
        ("respCode", "00"),
        ("respMsg", "成功[0000000]"),
    ] {
        put(&mut all, name, value);
    }
    all
}

fn put(all: &mut Params, name: &str, value: &str) {
    if !value.is_empty() {
        all.insert(name.to_owned(), value.to_owned());
    }
}
