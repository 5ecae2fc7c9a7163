//! WeChat Pay's words: paths and contents of calls, and what answers and notifications mean.
//!
//! Pure translation; nothing is sent here. The rule not to be broken: `PROCESSING` is not "refunded", and what a payer
//! paid after coupons is not the order's amount.

use chrono::NaiveDate;
use money::Minor;
use serde::Deserialize;
use serde_json::{Value, json};
use wire::wechat::{BillRow, Notification, escape_segment};

use super::super::{
    beijing,
    settings::WechatSettings,
    text::plain,
    vocabulary::{
        BadCallback, BillLine, Handout, Notice, Order, Paid, PaymentState, Product, Refund, RefundState,
        Refunded, Refusal, Trouble,
    },
};

const DESCRIPTION_BYTES_MAX: usize = 127;
const REASON_BYTES_MAX: usize = 80;
const CURRENCY: &str = "CNY";

pub(super) const CERTIFICATES: &str = "/v3/certificates";
pub(super) const REFUNDS: &str = "/v3/refund/domestic/refunds";

/// Gives path and contents of a call that begins a payment. *Errors*: refused, for a product without what it needs.
pub(super) fn creation(order: &Order, of: &WechatSettings) -> Result<(&'static str, Value), Trouble> {
    let mut body = json!({
        "appid": of.app_id,
        "mchid": of.mch_id,
        "description": plain(&order.subject, DESCRIPTION_BYTES_MAX),
        "out_trade_no": order.out_no,
        "time_expire": beijing::rfc3339(order.expires_at),
        "notify_url": of.notify_url,
        "amount": { "total": order.amount.get(), "currency": CURRENCY },
    });
    let path = match order.product {
        Product::Qr => "/v3/pay/transactions/native",
        Product::App => "/v3/pay/transactions/app",
        Product::InApp => {
            let openid = order.payer_id.as_deref();
            let openid =
                openid.ok_or_else(|| Trouble::here(Refusal::Incomplete, "the payer's id there is needed"))?;
            put(&mut body, "payer", json!({ "openid": openid }));
            "/v3/pay/transactions/jsapi"
        }
        Product::MobilePage => {
            let address = order.payer_ip.map(|address| address.to_string());
            let address =
                address.ok_or_else(|| Trouble::here(Refusal::Incomplete, "the payer's address is needed"))?;
            put(&mut body, "scene_info", json!({ "payer_client_ip": address, "h5_info": { "type": "Wap" } }));
            "/v3/pay/transactions/h5"
        }
        Product::Page | Product::PageForm => {
            return Err(Trouble::here(Refusal::NotOffered, "WeChat Pay has no such product"));
        }
    };
    Ok((path, body))
}

/// What a creation gives: something for the payer, or a number with which his client is called.
pub(super) enum Created {
    Ready(Handout),
    Prepared(String),
}

pub(super) fn created(answer: &Value, order: &Order) -> Result<Created, Trouble> {
    match order.product {
        Product::Qr => Ok(Created::Ready(Handout::QrCode(text(answer, "code_url")?))),
        Product::MobilePage => {
            let url = text(answer, "h5_url")?;
            let back = order.return_url.as_deref().map(escape_segment);
            Ok(Created::Ready(Handout::Redirect(match back {
                Some(back) => format!("{url}&redirect_url={back}"),
                None => url,
            })))
        }
        _ => Ok(Created::Prepared(text(answer, "prepay_id")?)),
    }
}

pub(super) fn query_path(out_no: &str, mch_id: &str) -> String {
    format!("/v3/pay/transactions/out-trade-no/{}?mchid={mch_id}", escape_segment(out_no))
}

pub(super) fn close_path(out_no: &str) -> String {
    format!("/v3/pay/transactions/out-trade-no/{}/close", escape_segment(out_no))
}

pub(super) fn refund_path(out_refund_no: &str) -> String {
    format!("{REFUNDS}/{}", escape_segment(out_refund_no))
}

pub(super) fn bill_path(day: NaiveDate) -> String {
    format!("/v3/bill/tradebill?bill_date={}&bill_type=ALL&tar_type=GZIP", day.format("%Y-%m-%d"))
}

pub(super) fn refund(refund: &Refund, of: &WechatSettings) -> Value {
    json!({
        "out_trade_no": refund.payment.out_no,
        "out_refund_no": refund.out_refund_no,
        "reason": plain(&refund.reason, REASON_BYTES_MAX),
        // Without it the notification comes in the older interface's form.
        "notify_url": of.notify_url,
        "amount": {
            "refund": refund.amount.get(),
            "total": refund.payment_amount.get(),
            "currency": CURRENCY,
        },
    })
}

#[derive(Deserialize)]
struct Transaction {
    #[serde(default)]
    appid: String,
    mchid: String,
    out_trade_no: String,
    #[serde(default, rename = "transaction_id")]
    number: Option<String>,
    trade_state: String,
    #[serde(default)]
    success_time: Option<String>,
    #[serde(default)]
    payer: Option<Payer>,
    #[serde(default)]
    amount: Option<Amount>,
}

#[derive(Deserialize)]
struct Payer {
    #[serde(default)]
    openid: Option<String>,
}

#[derive(Deserialize)]
struct Amount {
    #[serde(default)]
    total: Option<i64>,
    #[serde(default)]
    refund: Option<i64>,
    #[serde(default)]
    currency: Option<String>,
}

#[derive(Deserialize)]
struct RefundObject {
    #[serde(default)]
    mchid: Option<String>,
    out_trade_no: String,
    out_refund_no: String,
    #[serde(default)]
    refund_id: Option<String>,
    #[serde(alias = "refund_status")]
    status: String,
    #[serde(default)]
    success_time: Option<String>,
    #[serde(default)]
    amount: Option<Amount>,
}

pub(super) fn payment_state(answer: Value, out_no: &str) -> Result<PaymentState, Trouble> {
    let transaction: Transaction = serde_json::from_value(answer).map_err(Trouble::unknown)?;
    if transaction.out_trade_no != out_no {
        return Err(Trouble::unknown("an answer about another payment"));
    }
    match transaction.trade_state.as_str() {
        // A refund, also of a part, does not undo that it was paid.
        "SUCCESS" | "REFUND" => paid(&transaction).map(PaymentState::Paid).map_err(Trouble::unknown),
        "NOTPAY" | "USERPAYING" | "ACCEPT" | "PAYERROR" => Ok(PaymentState::Pending),
        "CLOSED" | "REVOKED" => Ok(PaymentState::Closed),
        other => Err(Trouble::unknown(format!("the payment state {other}, which is not known"))),
    }
}

pub(super) fn refund_state(answer: Value, out_refund_no: &str) -> Result<RefundState, Trouble> {
    let refund: RefundObject = serde_json::from_value(answer).map_err(Trouble::unknown)?;
    if refund.out_refund_no != out_refund_no {
        return Err(Trouble::unknown("an answer about another refund"));
    }
    state_of(&refund).map_err(Trouble::unknown)
}

/// Gives address and hash of a bill.
pub(super) fn bill_file(answer: &Value) -> Result<(String, String), Trouble> {
    if text(answer, "hash_type")? != "SHA1" {
        return Err(Trouble::unknown("a bill with another kind of hash"));
    }
    Ok((text(answer, "download_url")?, text(answer, "hash_value")?))
}

pub(super) fn bill_line(row: BillRow) -> Option<BillLine> {
    let is_refund = row.trade_state == "REFUND";
    // What was revoked never was ours.
    let is_ours = is_refund || row.trade_state == "SUCCESS";
    is_ours.then(|| BillLine {
        out_no: row.out_trade_no,
        transaction: row.transaction_id,
        out_refund_no: is_refund.then_some(row.out_refund_no),
        amount: if is_refund { row.refund_amount } else { row.amount },
        at: beijing::read_spaced(&row.at),
    })
}

/// Turns an error body into trouble; the words' underscores come and go between interfaces. Error bodies are not
/// signed, so they may refuse, but never say that something was paid.
pub(super) fn trouble(status: u16, body: &[u8]) -> Trouble {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let get = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let (code, message) = (get("code").replace('_', ""), get("message"));
    let is_open = ["SYSTEMERROR", "BANKERROR", "FREQUENCYLIMITED", "RATELIMITEXCEEDED", "USERPAYING"];
    if !(400..500).contains(&status) || status == 429 || code.is_empty() || is_open.contains(&code.as_str()) {
        return Trouble::unknown(format!("the status {status}: {code} {message}"));
    }
    Trouble::refused(reason(&code), code, message)
}

fn reason(code: &str) -> Refusal {
    match code {
        "NOTENOUGH" => Refusal::LowBalance,
        "ORDERPAID" => Refusal::AlreadyPaid,
        "ORDERCLOSED" => Refusal::NumberClosed,
        "OUTTRADENOUSED" => Refusal::NumberUsed,
        _ => Refusal::Other,
    }
}

pub(super) fn is_no_payment(trouble: &Trouble) -> bool {
    is_code(trouble, &["ORDERNOTEXIST", "RESOURCENOTEXISTS"])
}

pub(super) fn is_no_refund(trouble: &Trouble) -> bool {
    is_code(trouble, &["RESOURCENOTEXISTS", "REFUNDNOTEXISTS"])
}

/// Tells whether closing failed because of the payment's state, so that it must be asked for.
pub(super) fn is_state(trouble: &Trouble) -> bool {
    is_code(trouble, &["ORDERPAID", "TRADEERROR", "ORDERCLOSED", "INVALIDREQUEST"])
}

pub(super) fn is_empty_bill(trouble: &Trouble) -> bool {
    is_code(trouble, &["NOSTATEMENTEXIST"])
}

pub(super) fn bill_trouble(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Refused { code, text, .. } if code == "STATEMENTCREATING" => {
            Trouble::refused(Refusal::NotReady, code, text)
        }
        other => other,
    }
}

/// Reads a verified and opened notification.
pub(super) fn notice(of: &WechatSettings, notification: &Notification) -> Result<Notice, BadCallback> {
    let plain = notification.plaintext.as_slice();
    if notification.event_type.starts_with("REFUND.") {
        let refund: RefundObject = serde_json::from_slice(plain).map_err(BadCallback::not_ours)?;
        if refund.mchid.as_deref().is_some_and(|mchid| mchid != of.mch_id) {
            return Err(BadCallback::not_ours("it names another merchant"));
        }
        let state = state_of(&refund).map_err(BadCallback::not_ours)?;
        let (out_no, out_refund_no) = (Some(refund.out_trade_no), Some(refund.out_refund_no));
        return Ok(Notice::Refund { out_no, out_refund_no, state });
    }
    if notification.event_type != "TRANSACTION.SUCCESS" {
        return Ok(Notice::Nothing { what: format!("the event {}", notification.event_type) });
    }
    let transaction: Transaction = serde_json::from_slice(plain).map_err(BadCallback::not_ours)?;
    if transaction.mchid != of.mch_id || transaction.appid != of.app_id {
        return Err(BadCallback::not_ours("it names another merchant or application"));
    }
    if !["SUCCESS", "REFUND"].contains(&transaction.trade_state.as_str()) {
        return Ok(Notice::Nothing { what: format!("the trade state {}", transaction.trade_state) });
    }
    let paid = paid(&transaction).map_err(BadCallback::not_ours)?;
    Ok(Notice::Paid { out_no: transaction.out_trade_no, paid })
}

fn paid(transaction: &Transaction) -> Result<Paid, &'static str> {
    let amount = transaction.amount.as_ref().ok_or("there is no amount")?;
    if amount.currency.as_deref().is_some_and(|currency| currency != CURRENCY) {
        return Err("the currency is another one");
    }
    Ok(Paid {
        transaction: transaction.number.clone().ok_or("there is no transaction_id")?,
        amount: amount.total.map(Minor::new).ok_or("there is no amount.total")?,
        paid_at: transaction.success_time.as_deref().and_then(beijing::read_rfc3339),
        payer: transaction.payer.as_ref().and_then(|payer| payer.openid.clone()),
    })
}

fn state_of(refund: &RefundObject) -> Result<RefundState, String> {
    let failed = |text: &str| RefundState::Failed { code: refund.status.clone(), text: text.to_owned() };
    match refund.status.as_str() {
        "SUCCESS" => Ok(RefundState::Done(Refunded {
            refund: refund.refund_id.clone(),
            amount: refund.amount.as_ref().and_then(|amount| amount.refund).map(Minor::new),
            refunded_at: refund.success_time.as_deref().and_then(beijing::read_rfc3339),
        })),
        "PROCESSING" => Ok(RefundState::Pending),
        "CLOSED" => Ok(failed("the refund was closed; another one needs a new number")),
        "ABNORMAL" => Ok(failed("the payer's account takes no money; it waits in the provider's console")),
        other => Err(format!("the refund state {other}, which is not known")),
    }
}

fn is_code(trouble: &Trouble, codes: &[&str]) -> bool {
    matches!(trouble, Trouble::Refused { code, .. } if codes.contains(&code.as_str()))
}

fn text(answer: &Value, name: &str) -> Result<String, Trouble> {
    let found = answer.get(name).and_then(Value::as_str).filter(|value| !value.is_empty());
    found.map(str::to_owned).ok_or_else(|| Trouble::unknown(format!("an answer without {name}")))
}

fn put(body: &mut Value, name: &str, value: Value) {
    if let Some(members) = body.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}
