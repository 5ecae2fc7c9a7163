//! WeChat Pay's notifications.
//!
//! The rule not to be broken: the resource is encrypted and the whole is signed anew for each try, with the time of that
//! try.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use clock::Clock;
use serde_json::{Value, json};
use wire::{
    Error,
    wechat::{self, Notification, PROBE_PREFIX},
};

use super::order::object;
use crate::{
    beijing,
    keys::{Keys, WECHAT_MCH_ID, WECHAT_PUBLIC_KEY_ID},
    notices::{Content, Message, Twist},
    trades::{Refund, Trade},
};

const NONCE_CHARS: usize = 32;
const RESOURCE_NONCE_CHARS: usize = 12;

/// What a notification says.
pub(crate) struct Said<'a> {
    pub(crate) event: &'a str,
    pub(crate) summary: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) plain: &'a Value,
    pub(crate) is_by_public_key: bool,
}

/// Says that a trade was paid.
pub(crate) fn paid(trade: &Trade) -> Content {
    Content::Wechat {
        event: "TRANSACTION.SUCCESS".to_owned(),
        summary: "支付成功".to_owned(),
        kind: "transaction".to_owned(),
        plain: object(trade),
        is_by_public_key: is_by_public_key(trade),
    }
}

/// Says that money went back.
pub(crate) fn refunded(trade: &Trade, refund: &Refund) -> Content {
    let plain = json!({
        "mchid": WECHAT_MCH_ID,
        "out_trade_no": refund.out_trade_no,
        "transaction_id": refund.transaction_id,
        "out_refund_no": refund.out_refund_no,
        "refund_id": refund.refund_id,
        "refund_status": "SUCCESS",
        "success_time": refund.done_at.map(beijing::rfc3339),
        "user_received_account": "支付用户零钱",
        "amount": {
            "total": trade.amount_fen,
            "refund": refund.amount_fen,
            "payer_total": trade.amount_fen,
            "payer_refund": refund.amount_fen,
        },
    });
    Content::Wechat {
        event: "REFUND.SUCCESS".to_owned(),
        summary: "退款成功".to_owned(),
        kind: "refund".to_owned(),
        plain,
        is_by_public_key: is_by_public_key(trade),
    }
}

/// Makes the message that leaves.
pub(crate) fn message(
    keys: &Keys,
    said: &Said<'_>,
    uid: &str,
    twist: Twist,
    clock: &Clock,
) -> Result<Message, Error> {
    let mut plain = said.plain.clone();
    if twist == Twist::WrongAmount {
        add_a_fen(&mut plain, said.kind);
    }
    let notification = Notification {
        id: uid.to_owned(),
        event_type: said.event.to_owned(),
        original_type: said.kind.to_owned(),
        plaintext: plain.to_string().into_bytes(),
    };
    let now = clock.now();
    let nonce = clock.code(RESOURCE_NONCE_CHARS);
    let body = wechat::write_notification(
        &notification,
        &beijing::rfc3339(now),
        said.summary,
        &keys.wechat_api_key,
        &nonce,
    )?;
    let (key, serial) = if said.is_by_public_key {
        (&keys.wechat_public, WECHAT_PUBLIC_KEY_ID)
    } else {
        (&keys.wechat_platform, keys.wechat_certificate.serial_hex())
    };
    let key = if twist == Twist::Forged { &keys.alipay } else { key };
    let mut signed = wechat::sign(key, serial, now.timestamp(), &clock.code(NONCE_CHARS), &body)?;
    if twist == Twist::Probe {
        signed.signature = format!("{PROBE_PREFIX}{}", STANDARD.encode(clock.code(NONCE_CHARS)));
    }
    let mut headers: Vec<_> =
        signed.pairs().into_iter().map(|(name, value)| (name, value.to_owned())).collect();
    headers.push(("User-Agent", "Mozilla/4.0".to_owned()));
    headers.push(("Request-ID", format!("08{}", clock.code(NONCE_CHARS))));
    Ok(Message { headers, content_type: "application/json", body })
}

fn is_by_public_key(trade: &Trade) -> bool {
    trade.extra("trust") == Some("public_key")
}

fn add_a_fen(plain: &mut Value, kind: &str) {
    let pointer = if kind == "refund" { "/amount/refund" } else { "/amount/total" };
    if let Some(amount) = plain.pointer_mut(pointer) {
        *amount = json!(amount.as_i64().unwrap_or_default().saturating_add(1));
    }
}
