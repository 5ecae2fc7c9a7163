//! UnionPay's words: the parameters of messages, and what answers and notifications mean.
//!
//! Pure translation; nothing is sent here. The rule not to be broken: `00` on a refund means that it was accepted.

use chrono::{DateTime, Datelike as _, Days, Duration, NaiveDate, Utc};
use money::Minor;
use wire::{
    Params,
    unionpay::{FileRow, fen_text, read_fen},
};

use super::super::{
    beijing,
    settings::UnionpaySettings,
    text::plain,
    vocabulary::{
        BadCallback, BillLine, Notice, Order, Paid, PaymentRef, PaymentState, Product, Refund, RefundState,
        Refunded, Refusal, Trouble,
    },
};

const SUBJECT_BYTES_MAX: usize = 32;
pub(super) const PAYMENT: &str = "01";
const REFUND: &str = "04";
const GRACE: Duration = Duration::minutes(5);
const NUMBER_LENGTHS: std::ops::RangeInclusive<usize> = 8..=32;

/// Gives the parameters of the form that leads to the cashier. *Errors*: refused.
pub(super) fn creation(order: &Order, of: &UnionpaySettings) -> Result<Params, Trouble> {
    let channel = match order.product {
        Product::Page | Product::PageForm => "07",
        Product::MobilePage => "08",
        _ => return Err(Trouble::here(Refusal::NotOffered, "UnionPay has no such product")),
    };
    let number = number(&order.out_no)?;
    let front = order.return_url.clone().unwrap_or_else(|| of.return_url.clone());
    let mut params = head(of, (PAYMENT, "01", "000201"), &number, order.created_at);
    params.extend(owned([
        ("channelType", channel.to_owned()),
        ("currencyCode", "156".to_owned()),
        ("txnAmt", fen(order.amount)?),
        ("frontUrl", front),
        ("backUrl", of.notify_url.clone()),
        ("payTimeout", beijing::compact(order.expires_at)),
        ("orderDesc", plain(&order.subject, SUBJECT_BYTES_MAX)),
    ]));
    Ok(params)
}

pub(super) fn payment_query(payment: &PaymentRef, of: &UnionpaySettings) -> Result<Params, Trouble> {
    Ok(query(of, &number(&payment.out_no)?, payment.created_at))
}

pub(super) fn refund_query(refund: &Refund, of: &UnionpaySettings) -> Result<Params, Trouble> {
    Ok(query(of, &number(&refund.out_refund_no)?, refund.created_at))
}

pub(super) fn refund(refund: &Refund, of: &UnionpaySettings) -> Result<Params, Trouble> {
    let transaction = refund.payment.transaction.clone();
    let transaction =
        transaction.ok_or_else(|| Trouble::here(Refusal::Incomplete, "UnionPay's number is needed"))?;
    let mut params = head(of, (REFUND, "00", "000201"), &number(&refund.out_refund_no)?, refund.created_at);
    params.extend(owned([
        ("channelType", "07".to_owned()),
        ("currencyCode", "156".to_owned()),
        ("txnAmt", fen(refund.amount)?),
        ("origQryId", transaction),
        ("backUrl", of.notify_url.clone()),
    ]));
    Ok(params)
}

pub(super) fn bill(day: NaiveDate, of: &UnionpaySettings, now: DateTime<Utc>) -> Params {
    let mut params = head(of, ("76", "01", "000000"), "", now);
    params.remove("orderId");
    params.extend(owned([("fileType", "00".to_owned()), ("settleDate", day.format("%m%d").to_string())]));
    params
}

/// Passes an answer whose code says that the call was understood.
pub(super) fn understood(answer: Params) -> Result<Params, Trouble> {
    match code(&answer, "respCode") {
        "00" | "A6" => Ok(answer),
        "03" | "04" | "05" | "06" | "83" | "" => Err(Trouble::unknown(said(&answer, "respCode", "respMsg"))),
        other => Err(Trouble::refused(reason(other), other, get(&answer, "respMsg").unwrap_or_default())),
    }
}

fn reason(code: &str) -> Refusal {
    match code {
        "12" => Refusal::NumberUsed,
        _ => Refusal::Other,
    }
}

/// Reads what became of a payment. What is not paid is final only after its time is over, with some grace for the
/// provider's clock; codes that leave it open never are.
pub(super) fn payment_state(
    answer: &Params,
    payment: &PaymentRef,
    now: DateTime<Utc>,
) -> Result<PaymentState, Trouble> {
    if get(answer, "orderId") != Some(payment.out_no.as_str()) {
        return Err(Trouble::unknown("an answer about another payment"));
    }
    let is_over = now.signed_duration_since(payment.expires_at) > GRACE;
    match code(answer, "origRespCode") {
        "00" | "A6" => Ok(PaymentState::Paid(paid(answer).map_err(Trouble::unknown)?)),
        // Open; and at the end those that were debited all the same, of which the provider's people decide.
        "03" | "04" | "05" | "06" | "83" | "" | "42" | "74" | "75" => Ok(PaymentState::Pending),
        _ if is_over => Ok(PaymentState::Closed),
        _ => Ok(PaymentState::Pending),
    }
}

/// Tells whether there is no such message.
pub(super) fn is_not_there(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Refused { code, .. } if code == "34")
}

pub(super) fn refund_state(answer: &Params, out_refund_no: &str) -> Result<RefundState, Trouble> {
    if get(answer, "orderId") != Some(out_refund_no) {
        return Err(Trouble::unknown("an answer about another refund"));
    }
    match code(answer, "origRespCode") {
        "00" | "A6" => Ok(RefundState::Done(Refunded {
            refund: get(answer, "queryId").map(str::to_owned),
            amount: get(answer, "txnAmt").and_then(|amount| read_fen(amount).ok()),
            refunded_at: None,
        })),
        "03" | "04" | "05" | "06" | "83" | "" => Ok(RefundState::Pending),
        other => {
            let text = get(answer, "origRespMsg").unwrap_or_default().to_owned();
            Ok(RefundState::Failed { code: other.to_owned(), text })
        }
    }
}

pub(super) fn bill_content(answer: Params) -> Result<Option<String>, Trouble> {
    match understood(answer) {
        Ok(answer) => get(&answer, "fileContent")
            .map(|content| Some(content.to_owned()))
            .ok_or_else(|| Trouble::unknown("an answer without a file")),
        Err(Trouble::Refused { code, text, .. }) if code == "98" => {
            Err(Trouble::refused(Refusal::NotReady, code, text))
        }
        Err(trouble) => Err(trouble),
    }
}

pub(super) fn bill_line(row: FileRow, day: NaiveDate) -> Option<BillLine> {
    let FileRow { txn_time, order_id, txn_type, amount, query_id } = row;
    let is_refund = txn_type == REFUND;
    if !is_refund && txn_type != PAYMENT {
        return None;
    }
    // The file has no year; a trade of the last day of one may be settled in the next.
    let of_year = |year: i32| beijing::read_compact(&format!("{year}{txn_time}"));
    let is_ahead =
        txn_time.get(..4).is_some_and(|date| *date > *(day + Days::new(1)).format("%m%d").to_string());
    let at = of_year(day.year().saturating_sub(i32::from(is_ahead)));
    let out_refund_no = is_refund.then(|| order_id.clone());
    Some(BillLine { out_no: order_id, transaction: query_id, out_refund_no, amount, at })
}

/// Reads a verified notification.
pub(super) fn notice(params: &Params, of: &UnionpaySettings) -> Result<Notice, BadCallback> {
    let need = |name: &str| {
        let found = get(params, name).map(str::to_owned);
        found.ok_or_else(|| BadCallback::not_ours(format!("{name} is missing")))
    };
    if need("merId")? != of.merchant_id {
        return Err(BadCallback::not_ours("it names another merchant"));
    }
    let out_no = need("orderId")?;
    let is_success = ["00", "A6"].contains(&code(params, "respCode"));
    match (need("txnType")?.as_str(), is_success) {
        (PAYMENT, true) => {
            if need("currencyCode")? != "156" {
                return Err(BadCallback::not_ours("the currency is another one"));
            }
            Ok(Notice::Paid { out_no, paid: paid(params).map_err(BadCallback::not_ours)? })
        }
        (REFUND, _) => {
            let amount = get(params, "txnAmt").and_then(|amount| read_fen(amount).ok());
            let refund = get(params, "queryId").map(str::to_owned);
            // Of the payment it names only UnionPay's number; ours of the refund is enough.
            let told = |state| Notice::Refund { out_no: None, out_refund_no: Some(out_no), state };
            match code(params, "respCode") {
                "00" | "A6" => Ok(told(RefundState::Done(Refunded { refund, amount, refunded_at: None }))),
                "03" | "04" | "05" | "06" | "83" | "" => Ok(told(RefundState::Pending)),
                other => {
                    let text = get(params, "respMsg").unwrap_or_default().to_owned();
                    Ok(told(RefundState::Failed { code: other.to_owned(), text }))
                }
            }
        }
        (kind, _) => {
            Ok(Notice::Nothing { what: format!("{kind} with {}", said(params, "respCode", "respMsg")) })
        }
    }
}

fn paid(params: &Params) -> Result<Paid, &'static str> {
    let amount = get(params, "txnAmt").and_then(|amount| read_fen(amount).ok());
    Ok(Paid {
        transaction: get(params, "queryId").map(str::to_owned).ok_or("there is no queryId")?,
        amount: amount.ok_or("there is no txnAmt")?,
        paid_at: None,
        payer: get(params, "accNo").map(str::to_owned),
    })
}

fn query(of: &UnionpaySettings, number: &str, created_at: DateTime<Utc>) -> Params {
    let mut params = head(of, ("00", "00", "000000"), number, created_at);
    params.insert("channelType".to_owned(), "07".to_owned());
    params
}

fn head(
    of: &UnionpaySettings,
    (kind, sub, biz): (&str, &str, &str),
    number: &str,
    at: DateTime<Utc>,
) -> Params {
    let all = [
        ("encoding", "utf-8".to_owned()),
        ("txnType", kind.to_owned()),
        ("txnSubType", sub.to_owned()),
        ("bizType", biz.to_owned()),
        ("accessType", "0".to_owned()),
        ("merId", of.merchant_id.clone()),
        ("orderId", number.to_owned()),
        ("txnTime", beijing::compact(at)),
    ];
    owned(all).collect()
}

fn owned<const N: usize>(pairs: [(&str, String); N]) -> impl Iterator<Item = (String, String)> {
    pairs.map(|(name, value)| (name.to_owned(), value)).into_iter()
}

fn number(text: &str) -> Result<String, Trouble> {
    let fits = NUMBER_LENGTHS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if fits {
        Ok(text.to_owned())
    } else {
        Err(Trouble::here(Refusal::Incomplete, "8 to 32 letters and digits are needed"))
    }
}

fn fen(amount: Minor) -> Result<String, Trouble> {
    fen_text(amount).map_err(|error| Trouble::here(Refusal::Incomplete, error.to_string()))
}

fn get<'a>(params: &'a Params, name: &str) -> Option<&'a str> {
    params.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

fn code<'a>(params: &'a Params, name: &str) -> &'a str {
    get(params, name).unwrap_or_default()
}

fn said(params: &Params, code: &str, text: &str) -> String {
    format!(
        "the code {} {}",
        get(params, code).unwrap_or("that is missing"),
        get(params, text).unwrap_or_default()
    )
}
