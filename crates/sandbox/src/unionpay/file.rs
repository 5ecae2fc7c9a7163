//! The settlement file of a day.

use chrono::{Datelike as _, NaiveDate};
use money::Minor;
use wire::{
    Params,
    unionpay::{FileRow, write_file},
};

use super::{Refusal, is, need};
use crate::{
    alipay::is_ready,
    beijing,
    desk::Desk,
    keys::UNIONPAY_MERCHANT_ID,
    trades::{Line, LineKind, Provider, lines_of},
};

const DOWNLOAD: [&str; 3] = ["76", "01", "000000"];

pub(super) async fn answer(desk: &Desk, params: &Params) -> Result<Params, Refusal> {
    if !is(params, DOWNLOAD) {
        return Err(Refusal::new("10", "文件下载须为76/01/000000"));
    }
    let date = need(params, "settleDate")?;
    let now = desk.clock.now();
    let day = day_of(date, beijing::day(now)).ok_or_else(|| Refusal::new("10", "settleDate须为MMDD"))?;
    let missing = || Refusal::new("98", "文件不存在");
    if !is_ready(day, now) {
        return Err(missing());
    }
    let lines = desk.store.write(move |tx| lines_of(tx, Provider::Unionpay, day)).await?;
    if lines.is_empty() {
        return Err(missing());
    }
    let rows: Vec<_> = lines.iter().map(row).collect();
    let name = format!("INN{}88ZM_{UNIONPAY_MERCHANT_ID}", day.format("%y%m%d"));
    let content = write_file(&name, &rows).map_err(|_| Refusal::new("06", "系统繁忙，请稍后再试"))?;
    Ok(Params::from([
        ("fileName".to_owned(), format!("{UNIONPAY_MERCHANT_ID}_{}.zip", day.format("%Y%m%d"))),
        ("fileContent".to_owned(), content),
    ]))
}

/// Gives the last day of that date, today or before.
fn day_of(date: &str, today: NaiveDate) -> Option<NaiveDate> {
    let of = |year: i32| NaiveDate::parse_from_str(&format!("{year}{date}"), "%Y%m%d").ok();
    of(today.year()).filter(|day| *day <= today).or_else(|| of(today.year().saturating_sub(1)))
}

fn row(line: &Line) -> FileRow {
    let is_refund = line.kind == LineKind::Refund;
    FileRow {
        txn_time: line.txn_time.get(4..).unwrap_or_default().to_owned(),
        order_id: if is_refund { line.out_refund_no.clone() } else { line.out_trade_no.clone() },
        txn_type: if is_refund { "04" } else { "01" }.to_owned(),
        amount: Minor::new(line.amount_fen),
        query_id: if is_refund { line.refund_id.clone() } else { line.transaction_id.clone() },
    }
}
