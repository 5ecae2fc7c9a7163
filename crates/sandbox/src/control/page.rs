//! The control page: trades, books and faults for people. Its buttons do what the interface does.

use axum::{
    body::Bytes,
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
};
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::{Refusal, api::books, faults::planned_of, shapes::yuan};
use crate::{
    beijing,
    cashier::{document, name_of, page},
    desk::Desk,
    faults::{Kind, Operation, Planned},
    store::Tx,
    trades::{self, Book, NotClosed, NotPaid, Provider, Status, Trade, newest},
};

const TRADES_SHOWN: usize = 50;
const STYLE: &str = include_str!("style.css");

/// Shows the page.
pub(crate) async fn show(State(desk): State<Desk>) -> Result<Response, Refusal> {
    let (trades, books) =
        desk.store.write(|tx: &Tx| Ok::<_, fault::Fault>((newest(tx, TRADES_SHOWN)?, books(tx)?))).await?;
    let faults = desk.faults.all();
    Ok(page(&desk.clock, |nonce| {
        let body = html! {
            body class="control" {
                style nonce=(nonce) { (maud::PreEscaped(STYLE)) }
                header { strong { "支付沙箱" } span { "时间倍率 ×" (desk.time_scale) } }
                main { (book_table(&books)) (trade_table(&desk, &trades)) (fault_table(&faults)) }
                footer { "仅供开发使用 · " code { (desk.url) } }
            }
        };
        document("支付沙箱", nonce, &body)
    }))
}

/// Pays a trade and shows the page again.
pub(crate) async fn pay(State(desk): State<Desk>, Path(token): Path<String>) -> Result<Response, Refusal> {
    let now = desk.clock.now();
    match desk.store.write(move |tx| trades::pay_by_token(tx, &token, now)).await {
        Err(NotPaid::Fault(fault)) => Err(fault.into()),
        _ => Ok(again()),
    }
}

/// Gives up a trade and shows the page again.
pub(crate) async fn give_up(
    State(desk): State<Desk>,
    Path(token): Path<String>,
) -> Result<Response, Refusal> {
    let now = desk.clock.now();
    match desk.store.write(move |tx| trades::close_by_token(tx, &token, now)).await {
        Err(NotClosed::Fault(fault)) => Err(fault.into()),
        _ => Ok(again()),
    }
}

/// Sets a fault and shows the page again. Empty fields count as absent.
pub(crate) async fn add_fault(State(desk): State<Desk>, body: Bytes) -> Result<Response, Refusal> {
    let form = wire::unionpay::read_form(&body).map_err(|_| Refusal::bad("body", "is a form"))?;
    let mut fields = Map::new();
    for (name, text) in form.into_iter().filter(|(_, text)| !text.is_empty()) {
        let number = text.parse::<u64>().ok().filter(|_| ["times", "delay_ms"].contains(&name.as_str()));
        fields.insert(name, number.map_or_else(|| Value::String(text), |number| json!(number)));
    }
    desk.faults.add(planned_of(&fields)?);
    Ok(again())
}

/// Takes all faults away and shows the page again.
pub(crate) async fn clear_faults(State(desk): State<Desk>) -> Response {
    desk.faults.clear(None);
    again()
}

fn again() -> Response {
    Redirect::to("/").into_response()
}

fn book_table(books: &[Book]) -> Markup {
    html! {
        section { h2 { "账本" } div class="wide" { table {
            tr { th { "渠道" } th class="sum" { "收款" } th class="sum" { "退款" } th class="sum" { "付款" } th class="sum" { "结余" } }
            @for book in books {
                tr {
                    td { (name_of(book.provider)) }
                    td class="sum" { (yuan(book.received_fen)) } td class="sum" { (yuan(book.refunded_fen)) }
                    td class="sum" { (yuan(book.paid_out_fen)) } td class="sum" { b { (yuan(book.net_fen())) } }
                }
            }
        } } }
    }
}

fn trade_table(desk: &Desk, trades: &[Trade]) -> Markup {
    html! {
        section {
            h2 { "最近的订单" }
            @if trades.is_empty() { p class="hint" { "还没有订单。把商户程序指向本沙箱，下单后会出现在这里。" } }
            @else { div class="wide" { table {
                tr { th { "渠道" } th { "订单号" } th { "商品" } th class="sum" { "金额" } th { "状态" } th { "创建时间" } th {} }
                @for trade in trades { (trade_row(desk, trade)) }
            } } }
        }
    }
}

fn trade_row(desk: &Desk, trade: &Trade) -> Markup {
    let is_open = trade.status == Status::Waiting && trade.expires_at > desk.clock.now();
    let to = |step: &str| format!("/page/trades/{}/{step}", trade.token);
    html! {
        tr {
            td { (name_of(trade.provider)) }
            td { a href=(format!("/control/trades/{}?provider={}", trade.out_trade_no, trade.provider.word())) { (trade.out_trade_no) } }
            td class="text" { (trade.subject) }
            td class="sum" { (yuan(trade.amount_fen)) }
            td { (status_text(trade, is_open)) }
            td { (beijing::spaced(trade.created_at)) }
            td { div class="acts" {
                @if is_open {
                    a href=(format!("/cashier/{}", trade.token)) { "收银台" }
                    form method="post" action=(to("pay")) { button { "支付" } }
                    form method="post" action=(to("give-up")) { button class="no" { "放弃" } }
                }
            } }
        }
    }
}

fn status_text(trade: &Trade, is_open: bool) -> &'static str {
    match trade.status {
        Status::Paid if trade.is_all_refunded() => "已全额退款",
        Status::Paid if trade.refunded_fen > 0 => "部分退款",
        Status::Paid => "已支付",
        Status::Waiting if is_open => "待支付",
        Status::Waiting | Status::Closed => "已关闭",
    }
}

fn fault_table(faults: &[Planned]) -> Markup {
    let is_of = |kind: Kind| if kind.is_of_callbacks() { "callback" } else { "request" };
    html! {
        section {
            h2 { "故障注入" }
            form class="fault" method="post" action="/page/faults" {
                label { "渠道" select name="provider" {
                    option value="" { "全部" }
                    @for of in Provider::ALL { option value=(of.word()) { (name_of(of)) } }
                } }
                label { "操作" select name="operation" { @for (_, word) in Operation::ALL { option { (word) } } } }
                label { "故障" select name="fault" {
                    @for (kind, word) in Kind::ALL { option value=(word) { (word) " (" (is_of(kind)) ")" } }
                } }
                label { "订单号" input name="out_trade_no" placeholder="全部" maxlength="64"; }
                label { "次数" input name="times" inputmode="numeric" placeholder="一直"; }
                label { "延迟毫秒" input name="delay_ms" inputmode="numeric"; }
                button { "添加" }
            }
            @if !faults.is_empty() {
                ul { @for fault in faults { li {
                    code { (json!(fault).to_string()) }
                } } }
                form method="post" action="/page/faults/clear" { button { "全部清除" } }
            }
        }
    }
}
