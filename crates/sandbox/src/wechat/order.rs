//! Asking for a trade and closing it.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    Call,
    answer::{Answer, Refusal},
};
use crate::{
    beijing,
    desk::Desk,
    keys::{WECHAT_APP_ID, WECHAT_MCH_ID},
    trades::{self, NotClosed, Provider, Status, Trade, trade_key},
};

pub(super) async fn by_number(desk: &Desk, number: &str, call: &Call) -> Result<Answer, Refusal> {
    check(call)?;
    let (key, now) = (trade_key(Provider::Wechat, number, ""), desk.clock.now());
    let found = desk.store.write(move |tx| trades::find(tx, &key, now)).await?;
    found.map(|trade| Answer::of(&object(&trade))).ok_or_else(no_order)
}

pub(super) async fn by_id(desk: &Desk, id: &str, call: &Call) -> Result<Answer, Refusal> {
    check(call)?;
    let (id, now) = (id.to_owned(), desk.clock.now());
    let found = desk.store.write(move |tx| trades::by_transaction(tx, Provider::Wechat, &id, now)).await?;
    // Before it is paid there is no such number.
    let found = found.filter(|trade| trade.paid_at.is_some());
    found.map(|trade| Answer::of(&object(&trade))).ok_or_else(no_order)
}

/// Closes what is not paid. *Idempotent*.
pub(super) async fn close(desk: &Desk, number: &str, call: &Call) -> Result<Answer, Refusal> {
    if call.body.get("mchid").and_then(Value::as_str).is_none() {
        return Err(Refusal::param("/mchid", "", "输入源必填字段缺失"));
    }
    let (key, now) = (trade_key(Provider::Wechat, number, ""), desk.clock.now());
    match desk.store.write(move |tx| trades::close(tx, &key, now)).await {
        Ok(_) => Ok(Answer::Nothing),
        Err(NotClosed::NotThere) => Err(no_order()),
        Err(NotClosed::Paid) => Err(Refusal::new(StatusCode::BAD_REQUEST, "ORDER_PAID", "该订单已支付")),
        Err(NotClosed::Fault(fault)) => Err(fault.into()),
    }
}

fn check(call: &Call) -> Result<(), Refusal> {
    call.query("mchid").map(|_| ()).ok_or_else(|| Refusal::param("mchid", "", "输入源必填字段缺失"))
}

fn no_order() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "ORDER_NOT_EXIST", "订单不存在")
}

/// Gives the transaction object of queries and notifications.
pub(super) fn object(trade: &Trade) -> Value {
    let (state, text) = match trade.status {
        Status::Waiting => ("NOTPAY", "订单未支付"),
        Status::Closed => ("CLOSED", "订单已关闭"),
        Status::Paid if trade.refunds > 0 => ("REFUND", "订单发生过退款，退款详情请查询退款单"),
        Status::Paid => ("SUCCESS", "支付成功"),
    };
    let mut all = json!({
        "appid": WECHAT_APP_ID,
        "mchid": WECHAT_MCH_ID,
        "out_trade_no": trade.out_trade_no,
        "trade_state": state,
        "trade_state_desc": text,
        "attach": trade.attach.clone().unwrap_or_default(),
        "amount": { "total": trade.amount_fen, "currency": "CNY" },
    });
    let paid = trade.paid_at.map(|paid_at| {
        json!({
            "transaction_id": trade.transaction_id,
            "trade_type": trade_type(&trade.product),
            "bank_type": "OTHERS",
            "success_time": beijing::rfc3339(paid_at),
            "payer": { "openid": trade.payer },
            "amount": {
                "total": trade.amount_fen,
                "payer_total": trade.amount_fen,
                "currency": "CNY",
                "payer_currency": "CNY",
            },
        })
    });
    if let (Some(members), Some(Value::Object(more))) = (all.as_object_mut(), paid) {
        members.extend(more);
    }
    all
}

/// Gives the provider's word for a product.
pub(super) fn trade_type(product: &str) -> &'static str {
    match product {
        "native" => "NATIVE",
        "h5" => "MWEB",
        "jsapi" => "JSAPI",
        _ => "APP",
    }
}
