//! Asking for a payment or a refund by its number and time.

use wire::Params;

use super::{Refusal, need, order_id};
use crate::{
    beijing,
    desk::Desk,
    store::Tx,
    trades::{self, Provider, Refund, RefundStatus, Status, trade_key},
};

pub(super) async fn answer(desk: &Desk, params: &Params) -> Result<Params, Refusal> {
    let kinds = (need(params, "txnType")?, need(params, "txnSubType")?);
    if kinds != ("00", "00") {
        return Err(Refusal::new("10", "查询的txnType与txnSubType须为00"));
    }
    let (number, txn_time) = (order_id(params)?.to_owned(), need(params, "txnTime")?.to_owned());
    let now = desk.clock.now();
    let read = move |tx: &Tx| {
        if let Some(trade) = trades::find(tx, &trade_key(Provider::Unionpay, &number, &txn_time), now)? {
            let (code, text) = match trade.status {
                Status::Paid => ("00", "成功[0000000]"),
                Status::Waiting => ("05", "交易已受理，请稍后查询交易结果"),
                Status::Closed => ("01", "交易失败"),
            };
            let ids = trade.paid_at.map(|at| (trade.transaction_id.as_str(), at));
            return Ok::<_, fault::Fault>(Some(said(("01", "01"), (code, text), trade.amount_fen, ids)));
        }
        let refund = tx.get::<Refund>(&Refund::key_of(Provider::Unionpay, "", &number, &txn_time))?;
        Ok(refund.map(|refund| {
            let outcome = match refund.status {
                RefundStatus::Success => ("00", "成功[0000000]"),
                RefundStatus::Processing => ("05", "交易已受理，请稍后查询交易结果"),
            };
            let ids = Some((refund.refund_id.as_str(), refund.done_at.unwrap_or(refund.created_at)));
            said((&refund.kind, "00"), outcome, refund.amount_fen, ids)
        }))
    };
    desk.store.write(read).await?.ok_or_else(|| Refusal::new("34", "查无此交易"))
}

fn said(
    (kind, sub_kind): (&str, &str),
    (code, text): (&str, &str),
    amount_fen: i64,
    ids: Option<(&str, chrono::DateTime<chrono::Utc>)>,
) -> Params {
    let mut all = Params::new();
    let mut put = |name: &str, value: String| all.insert(name.to_owned(), value);
    put("txnType", kind.to_owned());
    put("txnSubType", sub_kind.to_owned());
    put("origRespCode", code.to_owned());
    put("origRespMsg", text.to_owned());
    put("txnAmt", amount_fen.to_string());
    put("currencyCode", "156".to_owned());
    if let Some((id, at)) = ids {
        put("queryId", id.to_owned());
        put("settleAmt", amount_fen.to_string());
        put("settleCurrencyCode", "156".to_owned());
        put("settleDate", beijing::written(at, "%m%d"));
        put("traceNo", id.chars().rev().take(6).collect());
        put("traceTime", beijing::written(at, "%m%d%H%M%S"));
    }
    all
}
