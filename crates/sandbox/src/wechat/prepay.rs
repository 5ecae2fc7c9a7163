//! Beginning a trade: native, h5, jsapi, app.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    Call,
    answer::{Answer, Refusal},
    body::{address, currency, fen, number, optional, text},
};
use crate::{
    beijing,
    desk::Desk,
    keys::{WECHAT_APP_ID, WECHAT_MCH_ID},
    trades::{self, New, NotCreated, Provider},
};

/// An unpaid order closes by itself after a week.
const LIFE: Duration = Duration::days(7);
const LIFE_MIN: Duration = Duration::minutes(1);
const PAYER: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";
pub(super) const NUMBER_CHARS: (usize, usize) = (6, 32);

pub(super) async fn create(desk: &Desk, product: &'static str, call: &Call) -> Result<Answer, Refusal> {
    let new = new_of(desk.clock.now(), product, call)?;
    let clock = desk.clock.clone();
    let made = desk.store.write(move |tx| trades::create(tx, &clock, new)).await.map_err(refusal_of)?;
    let address = desk.cashier(&made.token);
    Ok(Answer::of(&match product {
        "native" => json!({ "code_url": address }),
        // Merchants append `&redirect_url=…`.
        "h5" => json!({ "h5_url": format!("{address}?prepay_id={}", made.token) }),
        _ => json!({ "prepay_id": made.token }),
    }))
}

fn refusal_of(error: NotCreated) -> Refusal {
    match error {
        NotCreated::OtherTerms => {
            Refusal::new(StatusCode::FORBIDDEN, "OUT_TRADE_NO_USED", "商户订单号重复，同一笔交易不能多次提交")
        }
        NotCreated::Paid => Refusal::new(StatusCode::BAD_REQUEST, "ORDER_PAID", "订单已支付"),
        NotCreated::Closed => Refusal::new(StatusCode::BAD_REQUEST, "ORDER_CLOSED", "订单已关闭"),
        NotCreated::Fault(fault) => fault.into(),
    }
}

fn new_of(now: DateTime<Utc>, product: &'static str, call: &Call) -> Result<New, Refusal> {
    let body = &call.body;
    if !body.is_object() {
        return Err(Refusal::param("/", "", "请求体不能为空"));
    }
    if text(body, "/appid", 32)? != WECHAT_APP_ID {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配"));
    }
    if text(body, "/mchid", 32)? != WECHAT_MCH_ID {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "MCH_NOT_EXISTS", "商户号不存在"));
    }
    let missing = |pointer: &str| Refusal::param(pointer, "", "输入源必填字段缺失");
    let subject = text(body, "/description", 127)?;
    let out_trade_no = number(body, "/out_trade_no", NUMBER_CHARS, b"|*")?;
    let out_trade_no = out_trade_no.ok_or_else(|| missing("/out_trade_no"))?;
    currency(body, "/amount/currency")?;
    let payer = if product == "jsapi" { text(body, "/payer/openid", 128)? } else { PAYER.to_owned() };
    if product == "h5" {
        text(body, "/scene_info/payer_client_ip", 45)?;
        text(body, "/scene_info/h5_info/type", 32)?;
    }
    let mode = if call.is_by_public_key { "public_key" } else { "certificate" };
    Ok(New {
        provider: Provider::Wechat,
        out_trade_no,
        txn_time: String::new(),
        product: product.to_owned(),
        amount_fen: fen(body, "/amount/total")?,
        subject,
        terms: terms_of(product, body),
        is_opened: true,
        expires_at: expiry(body, now)?,
        notify_url: Some(address(body, "/notify_url")?.ok_or_else(|| missing("/notify_url"))?),
        return_url: None,
        attach: optional(body, "/attach", 128)?,
        payer,
        extra: BTreeMap::from([("trust".to_owned(), mode.to_owned())]),
    })
}

/// Less than a minute ahead is moved to a minute.
fn expiry(body: &Value, now: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
    let Some(text) = optional(body, "/time_expire", 64)? else { return Ok(now + LIFE) };
    let at = beijing::read_rfc3339(&text);
    let at = at.ok_or_else(|| Refusal::param("/time_expire", &text, "时间格式不正确，须符合RFC3339"))?;
    Ok(at.max(now + LIFE_MIN))
}

/// All of the content must be the same when the number comes again; its end cannot be changed by that and is left out.
fn terms_of(product: &str, body: &Value) -> String {
    let mut body = body.clone();
    if let Some(members) = body.as_object_mut() {
        members.remove("time_expire");
    }
    hex::encode(Sha256::digest(format!("{product}\n{body}").as_bytes()))
}
