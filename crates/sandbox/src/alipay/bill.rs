//! The trade bill of a day: its address, which lives half a minute, and the file.

use axum::{
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use http::{StatusCode, header::CONTENT_TYPE};
use money::Minor;
use serde_json::json;
use wire::alipay::{BillHead, BillRow, write_bill};

use super::{
    Call,
    answer::{Outcome, Refusal},
    biz::text,
};
use crate::{
    beijing,
    desk::Desk,
    keys::ALIPAY_SELLER_ID,
    tickets,
    trades::{Line, LineKind, Provider, lines_of},
};

const LIFE: Duration = Duration::seconds(30);
/// Bills are made by nine in the morning of the next day.
const READY_HOUR: u32 = 9;

pub(super) async fn url(desk: &Desk, call: &Call) -> Outcome {
    let (kind, date) = (text(&call.biz, "bill_type", 32)?, text(&call.biz, "bill_date", 16)?);
    let day = NaiveDate::parse_from_str(&date, "%Y-%m-%d");
    let (Ok(day), true) = (day, kind == "trade") else {
        return Err(Refusal::business("INVAILID_ARGUMENTS", "入参不合法"));
    };
    if !is_ready(day, desk.clock.now()) {
        return Err(Refusal::business("BILL_NOT_EXIST", "账单不存在"));
    }
    let lines = desk.store.write(move |tx| lines_of(tx, Provider::Alipay, day)).await;
    if lines.map_err(|fault| Refusal::trouble(&fault))?.is_empty() {
        return Err(Refusal::business("NO_BILL_DATA", "没有账单数据"));
    }
    let ticket = tickets::issue(&desk.clock, &desk.keys, &format!("alipay-{}", day.format("%Y%m%d")), LIFE)
        .map_err(|fault| Refusal::trouble(&fault))?;
    Ok(json!({
        "bill_download_url": format!("{}/alipay/bill/{ticket}", desk.url),
        "bill_file_code": "EXISTENT",
    }))
}

/// Serves the file to whoever has its address.
pub(crate) async fn download(State(desk): State<Desk>, Path(ticket): Path<String>) -> Response {
    let day = tickets::check(&desk.clock, &desk.keys, &ticket)
        .and_then(|what| NaiveDate::parse_from_str(what.strip_prefix("alipay-")?, "%Y%m%d").ok());
    let Some(day) = day else {
        return (StatusCode::FORBIDDEN, "the address is no longer valid").into_response();
    };
    let exported_at = beijing::written(desk.clock.now(), "%Y年%m月%d日 %H:%M:%S");
    let packed = desk.store.write(move |tx| {
        let rows: Vec<_> = lines_of(tx, Provider::Alipay, day)?.iter().map(row).collect();
        let day = day.format("%Y%m%d").to_string();
        let head = BillHead { account: ALIPAY_SELLER_ID, day: &day, exported_at: &exported_at };
        write_bill(&head, &rows).map_err(fault::Fault::internal)
    });
    match packed.await {
        Ok(zip) => ([(CONTENT_TYPE, "application/zip")], zip).into_response(),
        Err(error) => {
            tracing::error!(%error, "a bill could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Tells whether the bill of a day is there.
pub(crate) fn is_ready(day: NaiveDate, now: DateTime<Utc>) -> bool {
    let ready =
        day.succ_opt().and_then(|next| beijing::read_spaced(&format!("{next} {READY_HOUR:02}:00:00")));
    ready.is_some_and(|ready| now >= ready)
}

fn row(line: &Line) -> BillRow {
    let is_refund = line.kind == LineKind::Refund;
    let amount = Minor::new(if is_refund { line.amount_fen.saturating_neg() } else { line.amount_fen });
    BillRow {
        trade_no: line.transaction_id.clone(),
        out_trade_no: line.out_trade_no.clone(),
        is_refund,
        subject: line.subject.clone(),
        created_at: beijing::spaced(line.created_at),
        finished_at: beijing::spaced(line.at),
        counterparty: line.payer.clone(),
        amount,
        received: amount,
        out_request_no: line.out_refund_no.clone(),
        fee: Minor::ZERO,
    }
}
