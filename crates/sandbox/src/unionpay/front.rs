//! Beginning a payment in the payer's browser.

use std::collections::BTreeMap;

use chrono::Duration;
use wire::Params;

use super::{Refusal, amount_of, is, need, order_id};
use crate::{
    beijing,
    desk::Desk,
    settings::is_http,
    trades::{self, New, NotCreated, Provider, Trade},
};

const LIFE: Duration = Duration::hours(2);
const CARD: &str = "6216***********0018";
const CONSUME: [&str; 3] = ["01", "01", "000201"];

pub(super) async fn begin(desk: &Desk, params: &Params) -> Result<Trade, Refusal> {
    if !is(params, CONSUME) {
        return Err(Refusal::new("68", "沙箱的前台交易只支持消费（01/01/000201）"));
    }
    if need(params, "currencyCode")? != "156" {
        return Err(Refusal::new("10", "currencyCode须为156"));
    }
    if !["07", "08"].contains(&need(params, "channelType")?) {
        return Err(Refusal::new("10", "channelType须为07或08"));
    }
    let (amount_fen, out_trade_no) = (amount_of(params)?, order_id(params)?.to_owned());
    let now = desk.clock.now();
    let expires_at = match params.get("payTimeout") {
        None => now + LIFE,
        Some(text) => {
            beijing::read_compact(text).ok_or_else(|| Refusal::new("10", "payTimeout须为YYYYMMDDhhmmss"))?
        }
    };
    if expires_at <= now {
        return Err(Refusal::new("39", "订单已超过支付时限"));
    }
    let subject = params.get("orderDesc").cloned().unwrap_or_else(|| "网上消费".to_owned());
    let terms = format!("{amount_fen}\n{subject}");
    let new = New {
        provider: Provider::Unionpay,
        out_trade_no,
        txn_time: need(params, "txnTime")?.to_owned(),
        product: "front".to_owned(),
        amount_fen,
        subject,
        terms,
        is_opened: true,
        expires_at,
        notify_url: Some(
            address(params, "backUrl")?.ok_or_else(|| Refusal::new("13", "报文交易要素缺失：backUrl"))?,
        ),
        return_url: address(params, "frontUrl")?,
        attach: params.get("reqReserved").cloned(),
        payer: CARD.to_owned(),
        extra: BTreeMap::new(),
    };
    let clock = desk.clock.clone();
    let made = desk.store.write(move |tx| trades::create(tx, &clock, new)).await;
    made.map_err(|error| match error {
        NotCreated::Fault(fault) => fault.into(),
        NotCreated::OtherTerms | NotCreated::Paid | NotCreated::Closed => Refusal::new("12", "重复交易"),
    })
}

/// Gives an address; that for notifications has no query.
pub(super) fn address(params: &Params, name: &str) -> Result<Option<String>, Refusal> {
    let Some(url) = params.get(name).filter(|url| !url.is_empty()) else { return Ok(None) };
    let is_bad = !is_http(url) || url.len() > 256 || (name == "backUrl" && url.contains('?'));
    if is_bad { Err(Refusal::new("10", format!("{name}不合法"))) } else { Ok(Some(url.clone())) }
}
