//! What the control interface shows of trades, notices and books.

use money::Minor;
use serde_json::{Value, json};

use crate::{
    desk::Desk,
    notices::Notice,
    trades::{Book, Provider, Refund, Trade},
};

/// Shows a trade with what happened to it.
pub(super) fn whole(desk: &Desk, trade: &Trade, refunds: &[Refund], notices: &[Notice]) -> Value {
    let mut all = short(desk, trade);
    if let Some(members) = all.as_object_mut() {
        members.insert("refunds".to_owned(), refunds.iter().map(refund).collect());
        members.insert("notifications".to_owned(), notices.iter().map(notice).collect());
    }
    all
}

/// Shows a trade as it stands in the list.
pub(super) fn short(desk: &Desk, trade: &Trade) -> Value {
    json!({
        "provider": trade.provider,
        "out_trade_no": trade.out_trade_no,
        "txn_time": Some(&trade.txn_time).filter(|time| !time.is_empty()),
        "transaction_id": trade.transaction_id,
        "product": trade.product,
        "subject": trade.subject,
        "status": trade.status,
        "is_opened": trade.is_opened,
        "amount_fen": trade.amount_fen,
        "amount": yuan(trade.amount_fen),
        "refunded_fen": trade.refunded_fen,
        "created_at": trade.created_at,
        "expires_at": trade.expires_at,
        "paid_at": trade.paid_at,
        "closed_at": trade.closed_at,
        "notify_url": trade.notify_url,
        "return_url": trade.return_url,
        "cashier_url": desk.cashier(&trade.token),
    })
}

/// Shows a book.
pub(super) fn book(book: &Book) -> Value {
    json!({
        "provider": book.provider,
        "received_fen": book.received_fen,
        "refunded_fen": book.refunded_fen,
        "paid_out_fen": book.paid_out_fen,
        "net_fen": book.net_fen(),
        "received": yuan(book.received_fen),
        "refunded": yuan(book.refunded_fen),
        "paid_out": yuan(book.paid_out_fen),
        "net": yuan(book.net_fen()),
        "payments": book.payments,
        "refunds": book.refunds,
        "payouts": book.payouts,
    })
}

pub(super) fn yuan(fen: i64) -> String {
    Minor::new(fen).to_string()
}

fn refund(refund: &Refund) -> Value {
    json!({
        "out_refund_no": refund.out_refund_no,
        "refund_id": refund.refund_id,
        "kind": Some(&refund.kind).filter(|_| refund.provider == Provider::Unionpay),
        "status": refund.status,
        "amount_fen": refund.amount_fen,
        "amount": yuan(refund.amount_fen),
        "reason": refund.reason,
        "created_at": refund.created_at,
        "done_at": refund.done_at,
    })
}

fn notice(notice: &Notice) -> Value {
    json!({
        "id": notice.uid,
        "event": notice.event,
        "url": notice.url,
        "standing": notice.standing,
        "tries": notice.tries,
        "next_at": notice.next_at,
        "attempts": notice.attempts,
    })
}
