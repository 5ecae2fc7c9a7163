//! Giving back, and asking for it.
//!
//! The rule not to be broken: `refund_fee` of the answer counts all refunds of the trade so far.

use serde_json::json;

use super::{
    Call,
    answer::{Outcome, Refusal},
    biz::{amount, number, optional, yuan},
    trade::{BUYER, BUYER_ID, wanted},
};
use crate::{
    beijing,
    desk::Desk,
    store::Record as _,
    trades::{self, NewRefund, NotRefunded, Provider, Refund, RefundStatus, Trade},
};

pub(super) async fn refund(desk: &Desk, call: &Call) -> Outcome {
    let amount_fen = amount(&call.biz, "refund_amount")?;
    let asked = number(&call.biz, "out_request_no")?;
    let reason = optional(&call.biz, "refund_reason", 256)?;
    let trade = wanted(desk, call).await?.ok_or_else(Refusal::no_trade)?;
    let new = NewRefund {
        // Without a number the trade itself is the number.
        out_refund_no: asked.unwrap_or_else(|| trade.out_trade_no.clone()),
        txn_time: String::new(),
        amount_fen,
        kind: String::new(),
        reason,
        notify_url: None,
        attach: None,
        done_at: None,
    };
    let (key, clock) = (trade.key(), desk.clock.clone());
    let made = desk
        .store
        .write(move |tx| {
            let (refund, is_new) = trades::refund(tx, &clock, &key, new)?;
            let trade = tx.get::<Trade>(&key)?;
            Ok::<_, NotRefunded>((refund, is_new, trade))
        })
        .await;
    let (refund, is_new, after) = made.map_err(|error| refusal_of(error, &trade))?;
    let refunded = after.map_or(trade.refunded_fen, |trade| trade.refunded_fen);
    Ok(json!({
        "trade_no": trade.transaction_id,
        "out_trade_no": trade.out_trade_no,
        "buyer_logon_id": BUYER,
        "buyer_user_id": BUYER_ID,
        "fund_change": if is_new { "Y" } else { "N" },
        "refund_fee": yuan(refunded),
        "send_back_fee": yuan(refund.amount_fen),
        "gmt_refund_pay": refund.done_at.map(beijing::spaced),
    }))
}

/// Tells of one refund; of one that is not there the answer says nothing.
pub(super) async fn query(desk: &Desk, call: &Call) -> Outcome {
    let asked = number(&call.biz, "out_request_no")?;
    let asked = asked.ok_or_else(|| super::biz::wrong("out_request_no"))?;
    let trade = wanted(desk, call).await?.ok_or_else(Refusal::no_trade)?;
    let key = Refund::key_of(Provider::Alipay, &trade.out_trade_no, &asked, "");
    let found =
        desk.store.write(move |tx| tx.get::<Refund>(&key)).await.map_err(|fault| Refusal::trouble(&fault))?;
    let Some(refund) = found.filter(|refund| refund.status == RefundStatus::Success) else {
        return Ok(json!({}));
    };
    Ok(json!({
        "trade_no": trade.transaction_id,
        "out_trade_no": trade.out_trade_no,
        "out_request_no": refund.out_refund_no,
        "refund_reason": refund.reason,
        "total_amount": yuan(trade.amount_fen),
        "refund_amount": yuan(refund.amount_fen),
        "send_back_fee": yuan(refund.amount_fen),
        "refund_status": "REFUND_SUCCESS",
        "gmt_refund_pay": refund.done_at.map(beijing::spaced),
    }))
}

fn refusal_of(error: NotRefunded, trade: &Trade) -> Refusal {
    match error {
        NotRefunded::NotThere => Refusal::no_trade(),
        NotRefunded::NotPaid if trade.paid_at.is_none() && trade.closed_at.is_some() => {
            Refusal::business("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
        }
        NotRefunded::NotPaid => Refusal::business("ACQ.TRADE_STATUS_ERROR", "交易状态不合法"),
        NotRefunded::TooMuch => Refusal::business("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限"),
        NotRefunded::AllBack => Refusal::business("ACQ.TRADE_HAS_CLOSE", "交易已经全额退款"),
        NotRefunded::OtherTerms => Refusal::business("ACQ.DISCORDANT_REPEAT_REQUEST", "不一致的请求"),
        NotRefunded::TooOften => Refusal::business("ACQ.TRADE_NOT_ALLOW_REFUND", "退款次数超限"),
        NotRefunded::TooLate => Refusal::business("ACQ.TRADE_HAS_FINISHED", "交易已完结"),
        NotRefunded::Fault(fault) => fault.into(),
    }
}
