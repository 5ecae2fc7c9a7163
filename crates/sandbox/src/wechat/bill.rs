//! The trade bill of a day: its address with a hash, and the file.

use chrono::{Duration, NaiveDate};
use http::StatusCode;
use money::Minor;
use serde_json::json;
use wire::wechat::{BillRow, bill_hash, write_bill, write_packed_bill};

use super::{
    Call,
    answer::{Answer, Refusal},
    order::trade_type,
};
use crate::{
    alipay::is_ready,
    beijing,
    desk::Desk,
    keys::{WECHAT_APP_ID, WECHAT_MCH_ID},
    tickets,
    trades::{Line, LineKind, Provider, lines_of},
};

const LIFE: Duration = Duration::minutes(5);
const GZIP: &str = "GZIP";

pub(super) async fn url(desk: &Desk, call: &Call) -> Result<Answer, Refusal> {
    let date = call.query("bill_date").unwrap_or_default();
    let day = NaiveDate::parse_from_str(date, "%Y-%m-%d");
    let day = day.map_err(|_| Refusal::param("bill_date", date, "日期格式须为yyyy-MM-DD"))?;
    let kind = call.query("bill_type").unwrap_or("ALL");
    if !["ALL", "SUCCESS", "REFUND"].contains(&kind) {
        return Err(Refusal::param("bill_type", kind, "沙箱支持ALL、SUCCESS、REFUND"));
    }
    let packing = call.query("tar_type").unwrap_or_default();
    if !["", GZIP].contains(&packing) {
        return Err(Refusal::param("tar_type", packing, "只支持GZIP"));
    }
    if !is_ready(day, desk.clock.now()) {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "STATEMENT_CREATING", "账单生成中，请稍后再试"));
    }
    let rows = rows(desk, day, kind).await?;
    if rows.is_empty() {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "NO_STATEMENT_EXIST", "账单文件不存在"));
    }
    let what = format!("wechat-{}-{kind}-{packing}", day.format("%Y%m%d"));
    let ticket = tickets::issue(&desk.clock, &desk.keys, &what, LIFE)?;
    Ok(Answer::of(&json!({
        "hash_type": "SHA1",
        "hash_value": bill_hash(write_bill(&rows).as_bytes()),
        "download_url": format!("{}/v3/billdownload/file?token={ticket}", desk.url),
    })))
}

pub(super) async fn file(desk: &Desk, call: &Call) -> Result<Answer, Refusal> {
    let ticket = call.query("token").unwrap_or_default();
    let what = tickets::check(&desk.clock, &desk.keys, ticket).unwrap_or_default();
    let parts: Vec<_> = what.split('-').collect();
    let ["wechat", day, kind, packing] = parts.as_slice() else {
        return Err(Refusal::rule("下载地址已失效"));
    };
    let day = NaiveDate::parse_from_str(day, "%Y%m%d").map_err(|_| Refusal::rule("下载地址已失效"))?;
    let rows = rows(desk, day, kind).await?;
    if *packing == GZIP {
        return write_packed_bill(&rows).map(Answer::File).map_err(|_| Refusal::trouble());
    }
    Ok(Answer::File(write_bill(&rows).into_bytes()))
}

async fn rows(desk: &Desk, day: NaiveDate, kind: &str) -> Result<Vec<BillRow>, Refusal> {
    let lines = desk.store.write(move |tx| lines_of(tx, Provider::Wechat, day)).await?;
    let is_wanted = |line: &&Line| match kind {
        "SUCCESS" => line.kind == LineKind::Payment,
        "REFUND" => line.kind == LineKind::Refund,
        _ => true,
    };
    Ok(lines.iter().filter(is_wanted).map(row).collect())
}

fn row(line: &Line) -> BillRow {
    let is_refund = line.kind == LineKind::Refund;
    let amount = Minor::new(line.amount_fen);
    BillRow {
        at: beijing::spaced(line.at),
        appid: WECHAT_APP_ID.to_owned(),
        mchid: WECHAT_MCH_ID.to_owned(),
        transaction_id: line.transaction_id.clone(),
        out_trade_no: line.out_trade_no.clone(),
        openid: line.payer.clone(),
        trade_type: trade_type(&line.product).to_owned(),
        trade_state: if is_refund { "REFUND" } else { "SUCCESS" }.to_owned(),
        amount: if is_refund { Minor::ZERO } else { amount },
        refund_id: line.refund_id.clone(),
        out_refund_no: line.out_refund_no.clone(),
        refund_amount: if is_refund { amount } else { Minor::ZERO },
        refund_status: if is_refund { "SUCCESS" } else { "" }.to_owned(),
        description: line.subject.clone(),
        attach: line.attach.clone(),
        fee: String::new(),
    }
}
