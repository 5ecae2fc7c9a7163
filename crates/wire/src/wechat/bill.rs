//! The trade bill: CSV in UTF-8 whose values begin with a backtick, then a summary of two lines.
//!
//! Columns are found by their names. The rule not to be broken: amounts are whole fen; only the fee, which has five
//! decimals, stays text.

use money::Minor;
use sha1::{Digest as _, Sha1};

use crate::{Error, archive};

const BILL: &str = "the bill";
const SUMMARY: &str = "总交易单数";
const COLUMNS: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,\
    付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,\
    商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const SUMMARY_COLUMNS: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";

/// One row of the bill: a payment or a refund.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BillRow {
    /// When, Beijing time, `yyyy-MM-dd HH:mm:ss`.
    pub at: String,
    /// The application.
    pub appid: String,
    /// The merchant.
    pub mchid: String,
    /// WeChat Pay's number of the trade.
    pub transaction_id: String,
    /// The merchant's number of the trade.
    pub out_trade_no: String,
    /// The payer, per application.
    pub openid: String,
    /// `NATIVE`, `JSAPI`, …
    pub trade_type: String,
    /// `SUCCESS`, `REFUND` or `REVOKED`.
    pub trade_state: String,
    /// The order's amount; zero on a refund. *Units*: fen.
    pub amount: Minor,
    /// WeChat Pay's number of the refund; empty on a payment.
    pub refund_id: String,
    /// The merchant's number of the refund; empty on a payment.
    pub out_refund_no: String,
    /// What was asked back; zero on a payment. *Units*: fen.
    pub refund_amount: Minor,
    /// The state of the refund; empty on a payment.
    pub refund_status: String,
    /// What was sold.
    pub description: String,
    /// The merchant's own data.
    pub attach: String,
    /// The fee in yuan with five decimals, as text.
    pub fee: String,
}

/// Gives the hash that the answer before the download names: SHA-1 of the unpacked content, lower-case hex.
pub fn bill_hash(content: &[u8]) -> String {
    hex::encode(Sha1::digest(content))
}

/// Unpacks a bill fetched with `tar_type=GZIP` and compares its hash. *Errors*: [`Error::BadSignature`] if the hash
/// is another one, [`Error::Malformed`], [`Error::TooLarge`].
pub fn unpack_bill(packed: &[u8], hash: &str) -> Result<Vec<u8>, Error> {
    let content = archive::gunzip(packed)?;
    if bill_hash(&content).eq_ignore_ascii_case(hash) { Ok(content) } else { Err(Error::BadSignature) }
}

/// Packs a bill. *Errors*: [`Error::TooLarge`].
pub fn write_packed_bill(rows: &[BillRow]) -> Result<Vec<u8>, Error> {
    archive::gzip(write_bill(rows).as_bytes())
}

/// Reads the rows; the summary must count them right. *Errors*: [`Error::Malformed`], [`Error::Missing`].
pub fn read_bill(content: &[u8]) -> Result<Vec<BillRow>, Error> {
    let text = std::str::from_utf8(content).map_err(|_| Error::malformed(BILL, "UTF-8"))?;
    let mut lines =
        text.trim_start_matches('\u{feff}').lines().map(str::trim_end).filter(|line| !line.is_empty());
    let header: Vec<_> = lines.next().unwrap_or_default().split(',').map(str::trim).collect();
    let mut rows = Vec::new();
    for line in lines.by_ref() {
        if line.starts_with(SUMMARY) {
            let total = lines.next().map(values).unwrap_or_default();
            let counted = total.first().and_then(|count| count.parse().ok());
            return if counted == Some(rows.len()) {
                Ok(rows)
            } else {
                Err(Error::malformed(BILL, "complete"))
            };
        }
        rows.push(read_row(&header, &values(line))?);
    }
    Err(Error::Missing("the bill's summary"))
}

/// Writes a bill of payments and refunds (`bill_type=ALL`).
pub fn write_bill(rows: &[BillRow]) -> String {
    let mut text = format!("{COLUMNS}\r\n");
    for row in rows {
        text.push_str(&line(&fields(row)));
    }
    let sum =
        |amount: fn(&BillRow) -> Minor| Minor::sum(rows.iter().map(amount)).unwrap_or_default().to_string();
    let (paid, refunded) = (sum(|row| row.amount), sum(|row| row.refund_amount));
    let zero = "0.00".to_owned();
    let count = rows.len().to_string();
    text.push_str(SUMMARY_COLUMNS);
    text.push_str("\r\n");
    text.push_str(&line(&[
        count,
        paid.clone(),
        refunded.clone(),
        zero,
        "0.00000".to_owned(),
        paid,
        refunded,
    ]));
    text
}

fn fields(row: &BillRow) -> [String; 27] {
    let is_refund = row.trade_state == "REFUND";
    let or_zero = |text: &str| if text.is_empty() { "0".to_owned() } else { text.to_owned() };
    let text = |text: &str| text.replace(['\r', '\n', '`'], " ");
    let zero = || "0.00".to_owned();
    [
        row.at.clone(),
        row.appid.clone(),
        row.mchid.clone(),
        "0".to_owned(),
        String::new(),
        row.transaction_id.clone(),
        row.out_trade_no.clone(),
        row.openid.clone(),
        row.trade_type.clone(),
        row.trade_state.clone(),
        "OTHERS".to_owned(),
        "CNY".to_owned(),
        row.amount.to_string(),
        zero(),
        or_zero(&row.refund_id),
        or_zero(&row.out_refund_no),
        row.refund_amount.to_string(),
        zero(),
        if is_refund { "ORIGINAL".to_owned() } else { String::new() },
        row.refund_status.clone(),
        text(&row.description),
        text(&row.attach),
        if row.fee.is_empty() { "0.00000".to_owned() } else { row.fee.clone() },
        "0.60%".to_owned(),
        row.amount.to_string(),
        row.refund_amount.to_string(),
        String::new(),
    ]
}

fn line(fields: &[String]) -> String {
    let fields: Vec<_> = fields.iter().map(|field| format!("`{field}")).collect();
    format!("{}\r\n", fields.join(","))
}

/// Cuts a line at the backticks, so that a comma in a description does no harm.
fn values(line: &str) -> Vec<&str> {
    match line.strip_prefix('`') {
        Some(rest) => rest.split(",`").collect(),
        None => line.split(',').collect(),
    }
}

fn read_row(header: &[&str], values: &[&str]) -> Result<BillRow, Error> {
    if values.len() != header.len() {
        return Err(Error::malformed(BILL, "rows as wide as the header"));
    }
    let find = |name: &str| {
        let at = header.iter().position(|column| *column == name)?;
        values.get(at).map(|value| value.trim())
    };
    let text = |name: &'static str| find(name).map(str::to_owned).ok_or(Error::Missing(name));
    // Columns of refunds are missing from bills of payments, and hold 0 on rows of payments.
    let number = |name: &str| find(name).filter(|value| *value != "0").unwrap_or_default().to_owned();
    let amount = |value: Option<&str>| match value {
        None | Some("") => Ok(Minor::ZERO),
        Some(value) => Minor::parse(value).map_err(|_| Error::malformed(BILL, "one with amounts in yuan")),
    };
    Ok(BillRow {
        at: text("交易时间")?,
        appid: text("公众账号ID")?,
        mchid: text("商户号")?,
        transaction_id: text("微信订单号")?,
        out_trade_no: text("商户订单号")?,
        openid: text("用户标识")?,
        trade_type: text("交易类型")?,
        trade_state: text("交易状态")?,
        amount: amount(find("订单金额"))?,
        refund_id: number("微信退款单号"),
        out_refund_no: number("商户退款单号"),
        refund_amount: amount(find("申请退款金额"))?,
        refund_status: number("退款状态"),
        description: text("商品名称")?,
        attach: text("商户数据包")?,
        fee: text("手续费")?,
    })
}
