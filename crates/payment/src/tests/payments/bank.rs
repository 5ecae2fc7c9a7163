//! Alipay as a test plays it: trades, refunds, what it says, and how it fails.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use money::Minor;
use serde_json::{Value, json};
use wire::{Params, alipay};

use super::super::providers::{Act, Puppet, Seen, answer, their_key};

/// How a trade is.
#[derive(Clone, Debug, Default)]
pub(super) struct Trade {
    pub(super) amount: String,
    pub(super) is_paid: bool,
    pub(super) is_closed: bool,
    /// By number, in fen.
    pub(super) refunds: HashMap<String, i64>,
}

/// What the bank knows and how it behaves.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) trades: HashMap<String, Trade>,
    /// Answers nothing at all.
    pub(super) is_away: bool,
    /// Books the next refunds and then answers 500, so often.
    pub(super) breaks_after_refund: u32,
    /// Refuses refunds with this word.
    pub(super) refuses_refund: Option<&'static str>,
    /// Refuses new trades.
    pub(super) refuses_trade: bool,
    pub(super) refund_calls: u32,
    pub(super) create_calls: u32,
}

impl Books {
    /// What came less what went back, in fen.
    pub(super) fn total(&self) -> i64 {
        let one = |trade: &Trade| {
            let came = if trade.is_paid { fen(&trade.amount) } else { 0 };
            came - trade.refunds.values().sum::<i64>()
        };
        self.trades.values().map(one).sum()
    }
}

#[derive(Clone)]
pub(super) struct Bank {
    pub(super) url: String,
    books: Arc<Mutex<Books>>,
    _puppet: Arc<Puppet>,
}

fn fen(text: &str) -> i64 {
    Minor::parse(text).unwrap().get()
}

impl Bank {
    pub(super) async fn serve() -> Self {
        let books = Arc::new(Mutex::new(Books::default()));
        let state = books.clone();
        let puppet = Puppet::serve(move |seen| act(&mut state.lock().unwrap(), seen)).await;
        Self { url: puppet.url.clone(), books, _puppet: Arc::new(puppet) }
    }

    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap()
    }

    /// The payer pays; false if the trade is closed.
    pub(super) fn pay(&self, out_no: &str) -> bool {
        let mut books = self.books();
        let trade = books.trades.entry(out_no.to_owned()).or_default();
        if !trade.is_closed {
            trade.is_paid = true;
        }
        trade.is_paid
    }

    /// The callback of a payment, with changes.
    pub(super) fn told(&self, out_no: &str, changes: &[(&str, &str)]) -> Vec<u8> {
        let amount = self.books().trades[out_no].amount.clone();
        let trade_no = format!("T{out_no}");
        let all = [
            ("app_id", "2021000000000001"),
            ("seller_id", "2088000000000001"),
            ("charset", "utf-8"),
            ("trade_no", trade_no.as_str()),
            ("out_trade_no", out_no),
            ("trade_status", "TRADE_SUCCESS"),
            ("total_amount", amount.as_str()),
            ("subject", "order"),
        ];
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let fields: Params = all.iter().chain(changes).map(owned).collect();
        alipay::write_notification(&fields, &their_key()).unwrap().into_bytes()
    }
}

fn failed(sub_code: &str) -> Value {
    json!({ "code": "40004", "msg": "Business Failed", "sub_code": sub_code, "sub_msg": "text" })
}

fn act(books: &mut Books, seen: &Seen) -> Act {
    if books.is_away {
        return answer(500, "");
    }
    let query = seen.uri.query().unwrap_or_default();
    let params = alipay::read_request(query.as_bytes(), &seen.body).unwrap();
    let biz: Value = serde_json::from_str(&params["biz_content"]).unwrap();
    let out_no = biz["out_trade_no"].as_str().unwrap_or_default().to_owned();
    let method = params["method"].as_str();
    let content = match method {
        "alipay.trade.precreate" => precreate(books, &out_no, &biz),
        "alipay.trade.query" => query_trade(books, &out_no),
        "alipay.trade.close" => close(books, &out_no),
        "alipay.trade.refund" => refund(books, &out_no, &biz),
        "alipay.trade.fastpay.refund.query" => query_refund(books, &out_no, &biz),
        other => panic!("nobody plays {other}"),
    };
    if method == "alipay.trade.refund" && books.breaks_after_refund > 0 {
        books.breaks_after_refund -= 1;
        return answer(500, "");
    }
    answer(200, alipay::write_answer(method, &content.to_string(), &their_key(), None).unwrap())
}

fn precreate(books: &mut Books, out_no: &str, biz: &Value) -> Value {
    books.create_calls += 1;
    if books.refuses_trade {
        return failed("ACQ.ACCESS_FORBIDDEN");
    }
    let trade = books.trades.entry(out_no.to_owned()).or_default();
    trade.amount = biz["total_amount"].as_str().unwrap().to_owned();
    json!({ "code": "10000", "out_trade_no": out_no, "qr_code": format!("https://qr.alipay.com/{out_no}") })
}

fn query_trade(books: &Books, out_no: &str) -> Value {
    let Some(trade) = books.trades.get(out_no) else { return failed("ACQ.TRADE_NOT_EXIST") };
    let status = match (trade.is_paid, trade.is_closed) {
        (true, _) => "TRADE_SUCCESS",
        (_, true) => "TRADE_CLOSED",
        _ => "WAIT_BUYER_PAY",
    };
    json!({ "code": "10000", "trade_no": format!("T{out_no}"), "out_trade_no": out_no, "trade_status": status,
        "total_amount": trade.amount })
}

fn close(books: &mut Books, out_no: &str) -> Value {
    let Some(trade) = books.trades.get_mut(out_no) else { return failed("ACQ.TRADE_NOT_EXIST") };
    if trade.is_paid {
        return failed("ACQ.TRADE_STATUS_ERROR");
    }
    trade.is_closed = true;
    json!({ "code": "10000", "trade_no": format!("T{out_no}"), "out_trade_no": out_no })
}

fn refund(books: &mut Books, out_no: &str, biz: &Value) -> Value {
    books.refund_calls += 1;
    if let Some(word) = books.refuses_refund {
        return failed(word);
    }
    let trade = books.trades.get_mut(out_no).unwrap();
    let amount = biz["refund_amount"].as_str().unwrap();
    let number = biz["out_request_no"].as_str().unwrap().to_owned();
    let is_new = trade.refunds.insert(number, fen(amount)).is_none();
    assert!(trade.refunds.values().sum::<i64>() <= fen(&trade.amount), "more went back than came");
    json!({ "code": "10000", "fund_change": if is_new { "Y" } else { "N" }, "refund_fee": amount })
}

fn query_refund(books: &Books, out_no: &str, biz: &Value) -> Value {
    let number = biz["out_request_no"].as_str().unwrap();
    match books.trades.get(out_no).and_then(|trade| trade.refunds.get(number)) {
        None => json!({ "code": "10000" }),
        Some(amount) => json!({ "code": "10000", "refund_status": "REFUND_SUCCESS",
            "refund_amount": Minor::new(*amount).to_string() }),
    }
}
