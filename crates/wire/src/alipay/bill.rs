//! The trade bill: a zip of CSV files in GBK, with comment lines around the rows.
//!
//! Columns are found by their names. The rule not to be broken: an amount that is not whole fen is refused, not rounded.

use csv::{ReaderBuilder, StringRecord, Trim};
use encoding_rs::GBK;
use money::Minor;

use crate::{Error, archive};

const BILL: &str = "the bill";
const TRADE_NO: &str = "支付宝交易号";
const KIND: &str = "业务类型";
const REFUND: &str = "退款";
const PAYMENT: &str = "交易";
const COLUMNS: &str = "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,\
    对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,\
    券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注";

/// One row of the bill: a payment or a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillRow {
    /// Alipay's number of the trade.
    pub trade_no: String,
    /// The merchant's number of the trade.
    pub out_trade_no: String,
    /// Whether the row is a refund.
    pub is_refund: bool,
    /// What was sold.
    pub subject: String,
    /// When it began, Beijing time, `yyyy-MM-dd HH:mm:ss`.
    pub created_at: String,
    /// When it was done, Beijing time.
    pub finished_at: String,
    /// The other side, masked by Alipay.
    pub counterparty: String,
    /// The amount of the order; negative on a refund. *Units*: fen.
    pub amount: Minor,
    /// What the merchant got; negative on a refund. *Units*: fen.
    pub received: Minor,
    /// The number of the refund request; empty on a payment.
    pub out_request_no: String,
    /// The fee; negative where it was taken. *Units*: fen.
    pub fee: Minor,
}

/// What stands around the rows.
#[derive(Clone, Copy, Debug)]
pub struct BillHead<'a> {
    /// The merchant's number at Alipay, 16 digits.
    pub account: &'a str,
    /// The day, `yyyyMMdd`.
    pub day: &'a str,
    /// When the bill was written, Beijing time.
    pub exported_at: &'a str,
}

/// Reads the rows of a downloaded bill. *Errors*: [`Error::Malformed`], [`Error::TooLarge`].
pub fn read_bill(zip: &[u8]) -> Result<Vec<BillRow>, Error> {
    let mut rows = None;
    for entry in archive::unzip(zip)? {
        let text = GBK.decode_without_bom_handling_and_without_replacement(&entry.content);
        let text = text.ok_or(Error::malformed(BILL, "text in GBK"))?;
        if let Some(found) = read_details(&text)? {
            rows.get_or_insert_with(Vec::new).extend(found);
        }
    }
    rows.ok_or(Error::malformed(BILL, "a zip with a detail file"))
}

/// Writes a bill as the provider does. *Errors*: [`Error::TooLarge`].
pub fn write_bill(head: &BillHead<'_>, rows: &[BillRow]) -> Result<Vec<u8>, Error> {
    let mut text = format!(
        "#支付宝业务明细查询\r\n#账号：[{}0156]\r\n#起始日期：[{day}]   终止日期：[{day}]\r\n\
         #----------------业务明细列表----------------\r\n{COLUMNS}\r\n",
        head.account,
        day = head.day,
    );
    for row in rows {
        text.push_str(&line(row)?);
    }
    let closing =
        format!("#----------------业务明细列表结束----------------\r\n#导出时间：[{}]\r\n", head.exported_at);
    text.push_str(&closing);
    let (bytes, _, _) = GBK.encode(&text);
    archive::zip(&[(format!("{}0156_{}_业务明细.csv", head.account, head.day), bytes.into_owned())])
}

/// Reads one file; `None` if it is another one, such as the summary.
fn read_details(text: &str) -> Result<Option<Vec<BillRow>>, Error> {
    let mut reader =
        ReaderBuilder::new().comment(Some(b'#')).trim(Trim::All).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|_| Error::malformed(BILL, "CSV"))?.clone();
    let is_detail = [TRADE_NO, KIND].iter().all(|name| header.iter().any(|column| column == *name));
    if !is_detail {
        return Ok(None);
    }
    let row = |record: Result<StringRecord, csv::Error>| {
        let record = record.map_err(|_| Error::malformed(BILL, "CSV"))?;
        read_row(&header, &record)
    };
    reader.records().map(row).collect::<Result<_, _>>().map(Some)
}

fn read_row(header: &StringRecord, record: &StringRecord) -> Result<BillRow, Error> {
    let text = |name: &'static str| {
        let at = header.iter().position(|column| column == name).ok_or(Error::Missing(name))?;
        Ok::<_, Error>(record.get(at).ok_or(Error::Missing(name))?.trim().to_owned())
    };
    let amount =
        |name| Minor::parse(&text(name)?).map_err(|_| Error::malformed(BILL, "one with amounts in yuan"));
    let is_refund = match text(KIND)?.as_str() {
        REFUND => true,
        PAYMENT => false,
        _ => return Err(Error::malformed(BILL, "one of payments and refunds")),
    };
    Ok(BillRow {
        trade_no: text(TRADE_NO)?,
        out_trade_no: text("商户订单号")?,
        is_refund,
        subject: text("商品名称")?,
        created_at: text("创建时间")?,
        finished_at: text("完成时间")?,
        counterparty: text("对方账户")?,
        amount: amount("订单金额（元）")?,
        received: amount("商家实收（元）")?,
        out_request_no: text("退款批次号/请求号")?,
        fee: amount("服务费（元）")?,
    })
}

fn line(row: &BillRow) -> Result<String, Error> {
    let kind = if row.is_refund { REFUND } else { PAYMENT };
    let (amount, received, fee) = (row.amount.to_string(), row.received.to_string(), row.fee.to_string());
    let (trade_no, out_trade_no) = (format!("{}\t", row.trade_no), format!("{}\t", row.out_trade_no));
    let zero = "0.00";
    let fields = [
        &trade_no,
        &out_trade_no,
        kind,
        &row.subject,
        &row.created_at,
        &row.finished_at,
        "",
        "",
        "",
        "",
        &row.counterparty,
        &amount,
        &received,
        zero,
        zero,
        zero,
        zero,
        zero,
        "",
        zero,
        zero,
        &row.out_request_no,
        &fee,
        zero,
        "",
    ];
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(fields).map_err(|_| Error::TooLarge(BILL))?;
    let bytes = writer.into_inner().map_err(|_| Error::TooLarge(BILL))?;
    String::from_utf8(bytes).map_err(|_| Error::malformed(BILL, "UTF-8"))
}
