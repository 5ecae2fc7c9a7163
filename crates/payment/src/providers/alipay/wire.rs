//! Alipay's words: the contents of calls, and what answers and notifications mean.
//!
//! Pure translation; nothing is sent here. The rule not to be broken: `10000` alone means that a call was understood,
//! not that money moved.

use chrono::NaiveDate;
use money::Minor;
use serde_json::{Value, json};
use wire::{Params, alipay::BillRow};

use super::super::{
    beijing,
    text::plain,
    vocabulary::{
        BadCallback, BillLine, Handout, Notice, Order, Paid, PaymentRef, PaymentState, Payout, PayoutState,
        Product, Refund, RefundState, Refunded, Refusal, Trouble,
    },
};

const SUBJECT_BYTES_MAX: usize = 256;
const REASON_BYTES_MAX: usize = 256;
const TITLE_BYTES_MAX: usize = 128;

pub(super) const PRECREATE: &str = "alipay.trade.precreate";
pub(super) const QUERY: &str = "alipay.trade.query";
pub(super) const CLOSE: &str = "alipay.trade.close";
pub(super) const REFUND: &str = "alipay.trade.refund";
pub(super) const REFUND_QUERY: &str = "alipay.trade.fastpay.refund.query";
pub(super) const BILL: &str = "alipay.data.dataservice.bill.downloadurl.query";
pub(super) const TRANSFER: &str = "alipay.fund.trans.uni.transfer";
pub(super) const TRANSFER_QUERY: &str = "alipay.fund.trans.common.query";
pub(super) const CERTIFICATE: &str = "alipay.open.app.alipaycert.download";

/// Gives method and contents of a call that begins a payment; none for a product that Alipay has not.
pub(super) fn creation(order: &Order) -> Option<(&'static str, Value)> {
    let (method, code) = match order.product {
        Product::Qr => (PRECREATE, "QR_CODE_OFFLINE"),
        Product::Page | Product::PageForm => ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
        Product::MobilePage => ("alipay.trade.wap.pay", "QUICK_WAP_WAY"),
        Product::App => ("alipay.trade.app.pay", "QUICK_MSECURITY_PAY"),
        Product::InApp => return None,
    };
    let biz = json!({
        "out_trade_no": order.out_no,
        "total_amount": order.amount.to_string(),
        "subject": plain(&order.subject, SUBJECT_BYTES_MAX),
        "product_code": code,
        "time_expire": beijing::spaced(order.expires_at),
    });
    Some((method, biz))
}

/// Tells whether a call begins a payment, and so says where notifications go.
pub(super) fn is_notified(method: &str) -> bool {
    method.rsplit('.').next() == Some("pay") || method == PRECREATE
}

pub(super) fn qr_code(answer: &Value) -> Result<Handout, Trouble> {
    Ok(Handout::QrCode(text(answer, "qr_code")?))
}

pub(super) fn payment_ref(payment: &PaymentRef) -> Value {
    json!({ "out_trade_no": payment.out_no })
}

pub(super) fn refund(refund: &Refund) -> Value {
    json!({
        "out_trade_no": refund.payment.out_no,
        "refund_amount": refund.amount.to_string(),
        "out_request_no": refund.out_refund_no,
        "refund_reason": plain(&refund.reason, REASON_BYTES_MAX),
    })
}

pub(super) fn refund_ref(refund: &Refund) -> Value {
    json!({
        "out_trade_no": refund.payment.out_no,
        "out_request_no": refund.out_refund_no,
        "query_options": ["gmt_refund_pay"],
    })
}

pub(super) fn bill(day: NaiveDate) -> Value {
    json!({ "bill_type": "trade", "bill_date": day.format("%Y-%m-%d").to_string() })
}

pub(super) fn payout(payout: &Payout) -> Value {
    json!({
        "out_biz_no": payout.out_no,
        "trans_amount": payout.amount.to_string(),
        "product_code": "TRANS_ACCOUNT_NO_PWD",
        "biz_scene": "DIRECT_TRANSFER",
        "order_title": plain(&payout.title, TITLE_BYTES_MAX),
        "remark": plain(&payout.title, TITLE_BYTES_MAX),
        "payee_info": {
            "identity": payout.account,
            "identity_type": "ALIPAY_LOGON_ID",
            "name": payout.owner,
        },
    })
}

pub(super) fn payout_ref(out_no: &str) -> Value {
    json!({ "product_code": "TRANS_ACCOUNT_NO_PWD", "biz_scene": "DIRECT_TRANSFER", "out_biz_no": out_no })
}

/// Passes an answer that says that the call was understood.
pub(super) fn understood(answer: Value) -> Result<Value, Trouble> {
    let get = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (code, sub_code) = (get("code"), get("sub_code"));
    let text = if get("sub_msg").is_empty() { get("msg") } else { get("sub_msg") };
    let word = if sub_code.is_empty() { code.clone() } else { bare(&sub_code).to_owned() };
    match code.as_str() {
        "10000" => Ok(answer),
        // Not available, waiting for the payer, called too often: nothing is known.
        "20000" | "10003" | "40005" => Err(Trouble::unknown(format!("{code} {sub_code} {text}"))),
        "40004" if word == "SYSTEM_ERROR" => Err(Trouble::unknown(format!("{sub_code} {text}"))),
        "40001" | "40002" | "40003" | "40004" | "40006" | "20001" => {
            Err(Trouble::refused(reason(&word), word, text))
        }
        _ => Err(Trouble::unknown(format!("the code {code}, which is not known"))),
    }
}

/// Tells whether a payment does not exist: before the code was scanned that is so.
pub(super) fn is_not_there(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Refused { code, .. } if code == "TRADE_NOT_EXIST")
}

/// Tells whether closing failed because of the payment's state, so that it must be asked for.
pub(super) fn is_state(trouble: &Trouble) -> bool {
    let states = [
        "TRADE_STATUS_ERROR",
        "REASON_TRADE_STATUS_INVALID",
        "REASON_ILLEGAL_STATUS",
        "TRADE_HAS_SUCCESS",
        "TRADE_HAS_FINISHED",
        "TRADE_HAS_CLOSE",
    ];
    matches!(trouble, Trouble::Refused { code, .. } if states.contains(&code.as_str()))
}

/// Turns "no such bill yet" and "no trades" into our words.
pub(super) fn bill_trouble(trouble: Trouble) -> Result<Option<String>, Trouble> {
    match trouble {
        Trouble::Refused { code, .. } if code == "NO_BILL_DATA" => Ok(None),
        Trouble::Refused { code, text, .. } if code.eq_ignore_ascii_case("bill_not_exist") => {
            Err(Trouble::refused(Refusal::NotReady, code, text))
        }
        other => Err(other),
    }
}

pub(super) fn payment_state(answer: &Value, out_no: &str) -> Result<PaymentState, Trouble> {
    if text(answer, "out_trade_no")? != out_no {
        return Err(Trouble::unknown("an answer about another payment"));
    }
    let was_paid = optional(answer, "send_pay_date").is_some();
    match text(answer, "trade_status")?.as_str() {
        "TRADE_SUCCESS" | "TRADE_FINISHED" => Ok(PaymentState::Paid(paid(answer, "send_pay_date")?)),
        // Paid and given back in full.
        "TRADE_CLOSED" if was_paid => Ok(PaymentState::Paid(paid(answer, "send_pay_date")?)),
        "TRADE_CLOSED" => Ok(PaymentState::Closed),
        "WAIT_BUYER_PAY" => Ok(PaymentState::Pending),
        other => Err(Trouble::unknown(format!("the payment state {other}, which is not known"))),
    }
}

/// Reads the answer to a refund: it moved money only if it says so; otherwise it is asked about.
pub(super) fn refund_state(answer: &Value) -> RefundState {
    if optional(answer, "fund_change").as_deref() != Some("Y") {
        return RefundState::Pending;
    }
    let refunded_at = optional(answer, "gmt_refund_pay").and_then(|at| beijing::read_spaced(&at));
    RefundState::Done(Refunded { refund: None, amount: None, refunded_at })
}

/// Reads the answer to a question about a refund: without its fields there is no such refund.
pub(super) fn refund_found(answer: &Value) -> Result<RefundState, Trouble> {
    match optional(answer, "refund_status").as_deref() {
        Some("REFUND_SUCCESS") => {}
        Some(_) => return Ok(RefundState::Pending),
        None => return Ok(RefundState::NotFound),
    }
    let refunded_at = optional(answer, "gmt_refund_pay").and_then(|at| beijing::read_spaced(&at));
    Ok(RefundState::Done(Refunded { refund: None, amount: Some(fen(answer, "refund_amount")?), refunded_at }))
}

pub(super) fn payout_state(answer: &Value) -> Result<PayoutState, Trouble> {
    let transaction = || text(answer, "order_id");
    let failed = || PayoutState::Failed {
        code: optional(answer, "error_code").unwrap_or_else(|| "FAIL".to_owned()),
        text: optional(answer, "fail_reason").unwrap_or_default(),
    };
    match text(answer, "status")?.as_str() {
        "SUCCESS" => Ok(PayoutState::Done { transaction: transaction()? }),
        "FAIL" | "REFUND" | "CLOSED" => Ok(failed()),
        "DEALING" | "INIT" | "WAIT_PAY" => Ok(PayoutState::Pending),
        other => Err(Trouble::unknown(format!("the payout state {other}, which is not known"))),
    }
}

/// Only these refusals of a payout prove that no money moved; any other counts as unknown.
const PAYOUT_REFUSALS: [&str; 28] = [
    "PAYER_BALANCE_NOT_ENOUGH",
    "BALANCE_IS_NOT_ENOUGH",
    "PAYMENT_TIME_EXPIRE",
    "INVALID_PARAMETER",
    "PAYEE_NOT_EXIST",
    "PAYEE_USER_INFO_ERROR",
    "PAYEE_ACC_OCUPIED",
    "PAYEE_ACCOUNT_STATUS_ERROR",
    "PAYEE_USERINFO_STATUS_ERROR",
    "PAYER_STATUS_ERROR",
    "PAYER_PAYEE_CANNOT_SAME",
    "PAYMENT_INFO_INCONSISTENCY",
    "EXCEED_LIMIT_SM_AMOUNT",
    "EXCEED_LIMIT_DM_MAX_AMOUNT",
    "EXCEED_LIMIT_MM_MAX_AMOUNT",
    "EXCEED_LIMIT_PERSONAL_SM_AMOUNT",
    "EXCEED_LIMIT_DC_RECEIVED",
    "MEMO_REQUIRED_IN_TRANSFER_ERROR",
    "REMARK_HAS_SENSITIVE_WORD",
    "PERMIT_NON_BANK_LIMIT_PAYEE",
    "PERM_AML_NOT_REALNAME_REV",
    "PRODUCT_NOT_SIGN",
    "NO_ACCOUNT_RECEIVE_PERMISSION",
    "SECURITY_CHECK_FAILED",
    "INVALID_PAYER_ACCOUNT",
    "PAYCARD_UNABLE_PAYMENT",
    "insufficient-isv-permissions",
    "invalid-signature",
];

pub(super) fn payout_trouble(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Refused { code, text, .. } if !PAYOUT_REFUSALS.contains(&code.as_str()) => {
            Trouble::unknown(format!("{code} {text}"))
        }
        other => other,
    }
}

/// Tells whether there is no such payout.
pub(super) fn is_no_payout(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Refused { code, .. } if code == "ORDER_NOT_EXIST")
}

pub(super) fn bill_url(answer: &Value) -> Result<String, Trouble> {
    text(answer, "bill_download_url")
}

pub(super) fn certificate(answer: &Value) -> Result<String, Trouble> {
    text(answer, "alipay_cert_content")
}

pub(super) fn bill_line(row: BillRow) -> BillLine {
    BillLine {
        out_no: row.out_trade_no,
        transaction: row.trade_no,
        out_refund_no: row.is_refund.then_some(row.out_request_no),
        amount: row.amount.abs(),
        at: beijing::read_spaced(&row.finished_at),
    }
}

/// Reads a verified notification.
pub(super) fn notice(fields: &Params, app_id: &str, seller_id: Option<&str>) -> Result<Notice, BadCallback> {
    let get = |name: &str| fields.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let need = |name: &str| get(name).ok_or_else(|| BadCallback::not_ours(format!("{name} is missing")));
    if need("app_id")? != app_id {
        return Err(BadCallback::not_ours("it names another application"));
    }
    if seller_id.is_some_and(|seller_id| get("seller_id") != Some(seller_id)) {
        return Err(BadCallback::not_ours("it names another merchant"));
    }
    let (Some(status), out_no) = (get("trade_status"), need("out_trade_no")?.to_owned()) else {
        return Ok(Notice::Nothing { what: "a notification without a trade state".to_owned() });
    };
    let refund_fee = get("refund_fee").map(Minor::parse).transpose();
    let refund_fee = refund_fee.map_err(|_| BadCallback::not_ours("refund_fee is no amount"))?;
    if refund_fee.is_some_and(Minor::is_positive) {
        let refunded_at = get("gmt_refund").and_then(beijing::read_spaced);
        // `refund_fee` counts all refunds so far; what this one moved it does not say.
        let state = RefundState::Done(Refunded { refund: None, amount: None, refunded_at });
        let out_refund_no = get("out_biz_no").map(str::to_owned);
        return Ok(Notice::Refund { out_no: Some(out_no), out_refund_no, state });
    }
    match status {
        "TRADE_SUCCESS" | "TRADE_FINISHED" => {
            let amount = Minor::parse(need("total_amount")?);
            let paid = Paid {
                transaction: need("trade_no")?.to_owned(),
                amount: amount.map_err(|_| BadCallback::not_ours("total_amount is no amount"))?,
                paid_at: get("gmt_payment").and_then(beijing::read_spaced),
                payer: get("buyer_logon_id").or(get("buyer_id")).or(get("buyer_open_id")).map(str::to_owned),
            };
            Ok(Notice::Paid { out_no, paid })
        }
        "TRADE_CLOSED" => Ok(Notice::Closed { out_no }),
        other => Ok(Notice::Nothing { what: format!("the trade state {other}") }),
    }
}

fn paid(answer: &Value, date: &str) -> Result<Paid, Trouble> {
    let payer =
        ["buyer_logon_id", "buyer_user_id", "buyer_open_id"].iter().find_map(|name| optional(answer, name));
    Ok(Paid {
        transaction: text(answer, "trade_no")?,
        amount: fen(answer, "total_amount")?,
        paid_at: optional(answer, date).and_then(|at| beijing::read_spaced(&at)),
        payer,
    })
}

fn reason(word: &str) -> Refusal {
    match word {
        "SELLER_BALANCE_NOT_ENOUGH" | "PAYER_BALANCE_NOT_ENOUGH" | "BALANCE_IS_NOT_ENOUGH" => {
            Refusal::LowBalance
        }
        "TRADE_HAS_SUCCESS" => Refusal::AlreadyPaid,
        "TRADE_HAS_CLOSE" => Refusal::NumberClosed,
        "CONTEXT_INCONSISTENT" | "DISCORDANT_REPEAT_REQUEST" | "PAYMENT_INFO_INCONSISTENCY" => {
            Refusal::NumberUsed
        }
        _ => Refusal::Other,
    }
}

/// Drops what stands before the first dot: `ACQ.`, `isv.`, and their misspellings.
fn bare(sub_code: &str) -> &str {
    sub_code.split_once('.').map_or(sub_code, |(_, word)| word)
}

fn optional(answer: &Value, name: &str) -> Option<String> {
    answer.get(name)?.as_str().filter(|value| !value.is_empty()).map(str::to_owned)
}

fn text(answer: &Value, name: &str) -> Result<String, Trouble> {
    optional(answer, name).ok_or_else(|| Trouble::unknown(format!("an answer without {name}")))
}

fn fen(answer: &Value, name: &str) -> Result<Minor, Trouble> {
    Minor::parse(&text(answer, name)?)
        .map_err(|_| Trouble::unknown(format!("an answer whose {name} is no amount")))
}
