//! The settlement file: base64 of zlib of a zip with lines of fixed widths in GBK.
//!
//! The meaning of the columns for time, order and kind is documented; those of amount and query number follow the
//! order of the interface's fields and are not confirmed by a real file. Widths are bytes; one separator follows each.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use money::Minor;

use super::amount::read_fen;
use crate::{Error, archive, keys::BASE64};

const FILE: &str = "the file";
const TRADES: &[u8] = b"ZM_";
const WIDTHS: [usize; 42] = [
    3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15,
    32, 13, 13, 8, 32, 13, 13, 12, 2, 1, 32, 98,
];
const TIME: usize = 4;
const AMOUNT: usize = 6;
const QUERY_ID: usize = 9;
const ORDER_ID: usize = 11;
const KIND: usize = 19;

/// One trade of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// When, `MMDDhhmmss`, Beijing time.
    pub txn_time: String,
    /// The merchant's number.
    pub order_id: String,
    /// What it was: `01` a payment, `04` a refund, `31` an undoing.
    pub txn_type: String,
    /// *Units*: fen.
    pub amount: Minor,
    /// UnionPay's number.
    pub query_id: String,
}

/// Reads the trades of `fileContent`. *Errors*: [`Error::Malformed`], [`Error::TooLarge`].
pub fn read_file(content: &str) -> Result<Vec<FileRow>, Error> {
    let packed = BASE64.decode(content.trim()).map_err(|_| Error::malformed(FILE, "base64"))?;
    let entries = archive::unzip(&archive::inflate(&packed)?)?;
    let mut rows = Vec::new();
    for entry in entries.iter().filter(|entry| entry.name.windows(TRADES.len()).any(|part| part == TRADES)) {
        let lines = entry.content.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        for line in lines {
            rows.push(read_row(line)?);
        }
    }
    Ok(rows)
}

/// Writes `fileContent`. `name` is the file's, with `ZM_` in it. *Errors*: [`Error::TooLarge`], [`Error::Malformed`].
pub fn write_file(name: &str, rows: &[FileRow]) -> Result<String, Error> {
    let mut text = String::new();
    for row in rows {
        let amount = super::fen_text(row.amount)?;
        for (at, width) in WIDTHS.iter().copied().enumerate() {
            let value = match at {
                TIME => row.txn_time.as_str(),
                AMOUNT => amount.as_str(),
                QUERY_ID => row.query_id.as_str(),
                ORDER_ID => row.order_id.as_str(),
                KIND => row.txn_type.as_str(),
                _ => "",
            };
            if value.len() > width {
                return Err(Error::malformed(FILE, "one whose values fit their columns"));
            }
            let padded =
                if at == AMOUNT { format!("{value:0>width$} ") } else { format!("{value:<width$} ") };
            text.push_str(&padded);
        }
        text.push_str("\r\n");
    }
    let packed = archive::deflate(&archive::zip(&[(name.to_owned(), text.into_bytes())])?)?;
    Ok(STANDARD.encode(packed))
}

fn read_row(line: &[u8]) -> Result<FileRow, Error> {
    let wrong = || Error::malformed(FILE, "one of fixed columns");
    let field = |column: usize| {
        let before = WIDTHS.iter().take(column).map(|width| width.saturating_add(1)).sum::<usize>();
        let width = WIDTHS.get(column).copied().unwrap_or_default();
        let bytes = line.get(before..before.saturating_add(width)).ok_or_else(wrong)?;
        std::str::from_utf8(bytes).map(|text| text.trim().to_owned()).map_err(|_| wrong())
    };
    Ok(FileRow {
        txn_time: field(TIME)?,
        order_id: field(ORDER_ID)?,
        txn_type: field(KIND)?,
        amount: read_fen(&field(AMOUNT)?)?,
        query_id: field(QUERY_ID)?,
    })
}
