//! How answers of the dorm face must look: envelopes, exact names, amounts and times as document 000 prints them.

use serde_json::Value;

use crate::client::Answer;

/// Names whose values are amounts, wherever they stand.
const AMOUNTS: [&str; 9] = [
    "amount",
    "total_amount",
    "paid_amount",
    "unpaid_amount",
    "owed_amount",
    "paid",
    "owed",
    "balance",
    "net",
];
/// The texts of the document's table of errors, letter by letter.
const ERRORS: [(&str, &str); 9] = [
    ("AUTH_REQUIRED", "需要认证"),
    ("AUTH_INVALID", "认证无效"),
    ("AUTH_EXPIRED", "认证已过期"),
    ("FORBIDDEN", "权限不足"),
    ("NOT_FOUND", "资源不存在"),
    ("VALIDATION_ERROR", "请求参数验证失败"),
    ("DUPLICATE_ENTRY", "重复条目"),
    ("INTERNAL_ERROR", "服务器内部错误"),
    ("DATABASE_ERROR", "数据库错误"),
];
const INSTANT: &str = "0000-00-00T00:00:00.000Z";
const DAY: &str = "0000-00-00";
const MONTH: &str = "0000-00";

/// A read: data and no message (000-B02).
pub(super) fn read(answer: &Answer) -> Value {
    envelope(answer, "success data");
    answer.body["data"].clone()
}

/// One page: rows and their place, no message (000-B04).
pub(super) fn listing(answer: &Answer) -> Value {
    envelope(answer, "success data pagination");
    exactly(&answer.body["pagination"], "page limit total totalPages", "");
    assert!(answer.body["data"].is_array(), "{}", answer.text);
    answer.body["data"].clone()
}

/// An act with data. The message is the document's in Chinese; asked for in English it is English.
pub(super) fn said(answer: &Answer, message: &str) -> Value {
    envelope(answer, "success data message");
    message_is(answer, message);
    answer.body["data"].clone()
}

/// A removal or confirmation: a message and no data.
pub(super) fn done(answer: &Answer, message: &str) {
    envelope(answer, "success message");
    message_is(answer, message);
}

/// A refusal in its envelope (000-B03): status, code, and a text that names the rule.
pub(super) fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.text);
    assert_eq!(answer.body["success"], false, "{}", answer.text);
    match ERRORS.iter().find(|(known, _)| *known == code) {
        Some((_, printed)) => message_is(answer, printed),
        None => assert!(!answer.body["message"].as_str().unwrap_or_default().is_empty(), "{}", answer.text),
    }
    assert!(!answer.error().is_empty(), "{}", answer.text);
    let added = if status >= 500 { "code request_id" } else { "code" };
    exactly(&answer.body, "success message error", added);
}

/// Refused, and the detail names this field.
pub(super) fn refused_field(answer: &Answer, status: u16, code: &str, field: &str) {
    refused(answer, status, code);
    assert!(answer.error().contains(field), "names {field}: {}", answer.text);
}

/// Exactly these names: the document's and those added by the contract, each list separated by blanks.
pub(super) fn exactly(value: &Value, printed: &str, added: &str) {
    let mut expected: Vec<_> = printed.split_whitespace().chain(added.split_whitespace()).collect();
    expected.sort_unstable();
    let Some(object) = value.as_object() else { panic!("no object: {value}") };
    let mut found: Vec<_> = object.keys().map(String::as_str).collect();
    found.sort_unstable();
    assert_eq!(found, expected, "{value}");
}

/// The row with this value under this name.
pub(super) fn row<'a>(rows: &'a Value, name: &str, value: impl Into<Value>) -> &'a Value {
    let value = value.into();
    let found = rows.as_array().and_then(|rows| rows.iter().find(|row| row[name] == value));
    found.unwrap_or_else(|| panic!("no row with {name} {value}: {rows}"))
}

/// An amount in hundredths, so that sums are exact.
pub(super) fn fen(amount: &Value) -> i64 {
    format!("{:.2}", amount.as_f64().unwrap()).replace('.', "").parse().unwrap()
}

/// Whether a text looks like the pattern, in which 0 stands for any digit.
pub(super) fn looks_like(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text
            .bytes()
            .zip(pattern.bytes())
            .all(|(found, wanted)| if wanted == b'0' { found.is_ascii_digit() } else { found == wanted })
}

fn envelope(answer: &Answer, names: &str) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let content_type = answer.headers.get("content-type").and_then(|value| value.to_str().ok());
    assert_eq!(content_type, Some("application/json"));
    exactly(&answer.body, names, "");
    assert_eq!(answer.body["success"], true, "{}", answer.text);
    amounts_have_two_decimals(&answer.text);
    times_are_printed(&answer.body);
}

fn message_is(answer: &Answer, chinese: &str) {
    let message = answer.body["message"].as_str().unwrap_or_default();
    let language = answer.headers.get("content-language").and_then(|value| value.to_str().ok());
    if language == Some("en") {
        assert!(!message.is_empty() && message.is_ascii(), "English: {}", answer.text);
    } else {
        assert_eq!(message, chinese, "{}", answer.text);
    }
}

/// Looks at the raw text: once parsed, 100.5 and 100.50 are one number (000-B06).
fn amounts_have_two_decimals(text: &str) {
    for name in AMOUNTS {
        let field = format!("\"{name}\":");
        for (at, _) in text.match_indices(&field) {
            let rest = &text[at + field.len()..];
            let value = &rest[..rest.find([',', '}', ']']).unwrap_or(rest.len())];
            let digits = value.strip_prefix('-').unwrap_or(value);
            let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
            let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            assert!(is_number(whole) && is_number(decimals) && decimals.len() == 2, "{name} {value}: {text}");
        }
    }
}

/// Instants, days and months by the names of their fields (000-B05).
fn times_are_printed(value: &Value) {
    match value {
        Value::Array(rows) => rows.iter().for_each(times_are_printed),
        Value::Object(fields) => {
            for (name, field) in fields {
                let pattern = match name.as_str() {
                    "at" | "last_run" | "next_run" => INSTANT,
                    name if name.ends_with("_at") => INSTANT,
                    "date" | "due_date" => DAY,
                    "month" => MONTH,
                    _ => {
                        times_are_printed(field);
                        continue;
                    }
                };
                let fits = field.is_null() || field.as_str().is_some_and(|text| looks_like(text, pattern));
                assert!(fits, "{name} is not like {pattern}: {value}");
            }
        }
        _ => {}
    }
}
