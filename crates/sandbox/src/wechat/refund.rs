//! Giving back: accepted first, done a moment later.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    Call,
    answer::{Answer, Refusal},
    body::{address, currency, fen, number, optional},
    prepay::NUMBER_CHARS,
};
use crate::{
    beijing,
    desk::Desk,
    store::{Record as _, Tx},
    trades::{self, NewRefund, NotRefunded, Provider, Refund, RefundStatus, Trade, trade_key},
};

/// How long a refund is on its way.
pub(crate) const ON_THE_WAY: Duration = Duration::from_secs(2);

pub(super) async fn create(desk: &Desk, call: &Call) -> Result<Answer, Refusal> {
    let body = &call.body;
    let asked = number(body, "/out_refund_no", (1, 64), b"|*@")?;
    let asked = asked.ok_or_else(|| Refusal::param("/out_refund_no", "", "输入源必填字段缺失"))?;
    let own = number(body, "/out_trade_no", NUMBER_CHARS, b"|*")?;
    let theirs = optional(body, "/transaction_id", 32)?;
    if own.is_none() && theirs.is_none() {
        return Err(Refusal::param("/out_trade_no", "", "transaction_id和out_trade_no必须二选一"));
    }
    let (amount_fen, total) = (fen(body, "/amount/refund")?, fen(body, "/amount/total")?);
    currency(body, "/amount/currency")?;
    let now = desk.clock.now();
    let on_the_way = chrono::Duration::from_std(desk.scaled(ON_THE_WAY)).unwrap_or_default();
    let new = NewRefund {
        out_refund_no: asked,
        txn_time: String::new(),
        amount_fen,
        kind: String::new(),
        reason: optional(body, "/reason", 80)?,
        notify_url: address(body, "/notify_url")?,
        attach: None,
        done_at: Some(now + on_the_way),
    };
    let clock = desk.clock.clone();
    let made = desk.store.write(move |tx| {
        let found = match (theirs, own) {
            (Some(id), _) => trades::by_transaction(tx, Provider::Wechat, &id, now)?,
            (None, Some(own)) => trades::find(tx, &trade_key(Provider::Wechat, &own, ""), now)?,
            (None, None) => None,
        };
        let trade = found.ok_or(NotRefunded::NotThere)?;
        if trade.amount_fen != total {
            return Ok(None);
        }
        let (refund, _) = trades::refund(tx, &clock, &trade.key(), new)?;
        Ok(Some(object(&trade, &refund)))
    });
    match made.await {
        Ok(Some(object)) => Ok(Answer::of(&object)),
        Ok(None) => Err(Refusal::rule("订单金额或退款金额与之前请求不一致，请核实后再试")),
        Err(error) => Err(refusal_of(error)),
    }
}

pub(super) async fn query(desk: &Desk, number: &str) -> Result<Answer, Refusal> {
    let key = Refund::key_of(Provider::Wechat, "", number, "");
    let read = move |tx: &Tx| {
        let Some(refund) = tx.get::<Refund>(&key)? else { return Ok::<_, fault::Fault>(None) };
        Ok(tx.get::<Trade>(&refund.trade)?.map(|trade| object(&trade, &refund)))
    };
    let found = desk.store.write(read).await?;
    let missing = || Refusal::new(StatusCode::NOT_FOUND, "RESOURCE_NOT_EXISTS", "退款单不存在");
    found.map(|object| Answer::of(&object)).ok_or_else(missing)
}

fn refusal_of(error: NotRefunded) -> Refusal {
    match error {
        NotRefunded::NotThere => Refusal::new(StatusCode::NOT_FOUND, "RESOURCE_NOT_EXISTS", "订单不存在"),
        NotRefunded::NotPaid => Refusal::rule("订单未支付，不能退款"),
        NotRefunded::TooMuch => Refusal::rule("申请退款金额大于订单剩余可退金额"),
        NotRefunded::AllBack => Refusal::rule("订单已全额退款"),
        NotRefunded::OtherTerms => Refusal::rule("订单金额或退款金额与之前请求不一致，请核实后再试"),
        NotRefunded::TooOften => Refusal::rule("部分退款次数超限，一笔订单最多退款50次"),
        NotRefunded::TooLate => Refusal::rule("订单已超过可退款的最大期限"),
        NotRefunded::Fault(fault) => fault.into(),
    }
}

/// Gives the refund object of answers.
fn object(trade: &Trade, refund: &Refund) -> Value {
    let is_done = refund.status == RefundStatus::Success;
    let mut all = json!({
        "refund_id": refund.refund_id,
        "out_refund_no": refund.out_refund_no,
        "transaction_id": refund.transaction_id,
        "out_trade_no": refund.out_trade_no,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": beijing::rfc3339(refund.created_at),
        "status": if is_done { "SUCCESS" } else { "PROCESSING" },
        "funds_account": "AVAILABLE",
        "amount": {
            "total": trade.amount_fen,
            "refund": refund.amount_fen,
            "payer_total": trade.amount_fen,
            "payer_refund": refund.amount_fen,
            "settlement_refund": refund.amount_fen,
            "settlement_total": trade.amount_fen,
            "discount_refund": 0,
            "currency": "CNY",
        },
    });
    if let (Some(members), true, Some(at)) = (all.as_object_mut(), is_done, refund.done_at) {
        members.insert("success_time".to_owned(), json!(beijing::rfc3339(at)));
    }
    all
}
