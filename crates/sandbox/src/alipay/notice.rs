//! Alipay's notifications and what its return address is given.
//!
//! The rules not to be broken: no empty parameter is sent; `refund_fee` is the running total; a full refund closes.

use chrono::{DateTime, Utc};
use money::Minor;
use wire::{Error, Params, alipay};

use super::{
    biz::yuan,
    trade::{BUYER, BUYER_ID, status_of},
};
use crate::{
    beijing,
    keys::{ALIPAY_APP_ID, ALIPAY_SELLER_ID, Keys},
    notices::{Message, Twist},
    trades::{Refund, Trade},
};

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// Says that a trade was paid.
pub(crate) fn paid(trade: &Trade, now: DateTime<Utc>) -> Params {
    let mut all = head(trade, now);
    put(&mut all, "trade_status", "TRADE_SUCCESS");
    all
}

/// Says that money went back; the last of it closes the trade.
pub(crate) fn refunded(trade: &Trade, refund: &Refund, now: DateTime<Utc>) -> Params {
    let mut all = head(trade, now);
    put(&mut all, "trade_status", status_of(trade));
    put(&mut all, "refund_fee", &yuan(trade.refunded_fen));
    put(&mut all, "send_back_fee", &yuan(refund.amount_fen));
    put(&mut all, "gmt_refund", &beijing::with_millis(now));
    // A refund without a number of its own goes by the trade's.
    let is_nameless = refund.out_refund_no == trade.out_trade_no;
    let out_biz_no = if is_nameless { &trade.transaction_id } else { &refund.out_refund_no };
    put(&mut all, "out_biz_no", out_biz_no);
    if trade.is_all_refunded() {
        put(&mut all, "gmt_close", &beijing::spaced(now));
    }
    all
}

/// Says that a trade was closed unpaid.
pub(crate) fn closed(trade: &Trade, now: DateTime<Utc>) -> Params {
    let mut all = head(trade, now);
    put(&mut all, "trade_status", "TRADE_CLOSED");
    put(&mut all, "gmt_close", &beijing::spaced(now));
    all
}

/// Makes the form that leaves.
pub(crate) fn message(
    keys: &Keys,
    params: &Params,
    uid: &str,
    twist: Twist,
    now: DateTime<Utc>,
) -> Result<Message, Error> {
    let mut params = params.clone();
    put(&mut params, "notify_time", &beijing::spaced(now));
    put(&mut params, "notify_id", &uid.replace('-', ""));
    if twist == Twist::WrongAmount
        && let Some(amount) = params.get("total_amount").and_then(|amount| Minor::parse(amount).ok())
    {
        put(&mut params, "total_amount", &yuan(amount.get().saturating_add(1)));
    }
    // WeChat Pay's key is as wrong as any other.
    let key = if matches!(twist, Twist::Forged | Twist::Probe) { &keys.wechat_public } else { &keys.alipay };
    let body = alipay::write_notification(&params, key)?.into_bytes();
    Ok(Message { headers: Vec::new(), content_type: FORM, body })
}

/// Gives the query with which a browser returns to the merchant.
pub(crate) fn return_query(keys: &Keys, trade: &Trade, now: DateTime<Utc>) -> Result<String, Error> {
    let mut all = Params::new();
    for (name, value) in [
        ("charset", "utf-8"),
        ("version", "1.0"),
        ("out_trade_no", &trade.out_trade_no),
        ("method", &format!("{}.return", trade.product)),
        ("total_amount", &yuan(trade.amount_fen)),
        ("trade_no", &trade.transaction_id),
        ("auth_app_id", ALIPAY_APP_ID),
        ("app_id", ALIPAY_APP_ID),
        ("seller_id", ALIPAY_SELLER_ID),
        ("timestamp", &beijing::spaced(now)),
    ] {
        put(&mut all, name, value);
    }
    alipay::write_notification(&all, &keys.alipay)
}

fn head(trade: &Trade, now: DateTime<Utc>) -> Params {
    let amount = yuan(trade.amount_fen);
    let mut all = Params::new();
    for (name, value) in [
        ("notify_type", "trade_status_sync"),
        ("notify_time", &beijing::spaced(now)),
        ("charset", "utf-8"),
        ("version", "1.0"),
        ("app_id", ALIPAY_APP_ID),
        ("auth_app_id", ALIPAY_APP_ID),
        ("seller_id", ALIPAY_SELLER_ID),
        ("seller_email", "merchant+pay@sandbox.com"),
        ("buyer_id", BUYER_ID),
        ("buyer_logon_id", BUYER),
        ("trade_no", &trade.transaction_id),
        ("out_trade_no", &trade.out_trade_no),
        ("total_amount", &amount),
        ("subject", &plain(&trade.subject)),
        ("body", &plain(trade.extra("body").unwrap_or_default())),
        ("passback_params", trade.attach.as_deref().unwrap_or_default()),
        ("gmt_create", &beijing::spaced(trade.created_at)),
    ] {
        put(&mut all, name, value);
    }
    if let Some(paid_at) = trade.paid_at {
        let funds = format!("[{{\"amount\":\"{amount}\",\"fundChannel\":\"ALIPAYACCOUNT\"}}]");
        for (name, value) in [
            ("gmt_payment", beijing::spaced(paid_at)),
            ("receipt_amount", amount.clone()),
            ("invoice_amount", amount.clone()),
            ("buyer_pay_amount", amount.clone()),
            ("point_amount", "0.00".to_owned()),
            ("fund_bill_list", funds),
        ] {
            put(&mut all, name, &value);
        }
    }
    all
}

/// Takes out of a text what strict documents forbid there and careful readers refuse.
fn plain(text: &str) -> String {
    text.replace(['&', '='], " ")
}

fn put(all: &mut Params, name: &str, value: &str) {
    if !value.is_empty() {
        all.insert(name.to_owned(), value.to_owned());
    }
}
