//! What must be true whatever happened: of every payment, of every order, of the books.
//!
//! Seen from outside: the rows, the puppets' ledger and orders, and the sandbox's own book.

use std::collections::HashMap;

use proto::{bill::v1::OrderStatus, wallet::v1::AccountKind};
use sqlx::FromRow;

use super::*;
use crate::domain::{Status, Verdict};

#[derive(Debug, FromRow)]
struct Seen {
    id: i64,
    payment_no: String,
    order_no: String,
    method: String,
    status: String,
    amount_minor: i64,
    paid_minor: i64,
    refunded_minor: i64,
    reserved_minor: i64,
    is_extra: bool,
    verdict: Option<String>,
    is_settled: bool,
    refunds: i64,
    automatic: i64,
    /// Why refunds failed.
    failures: Option<String>,
}

impl Site {
    /// Panics unless all is as it must be once everything has ended. `orders` are those that are known to the test.
    pub(super) async fn judge(&self) {
        self.judge_histories().await;
        let payments = self.payments().await;
        let mut accepted: HashMap<&str, i64> = HashMap::new();
        let mut theirs: BTreeMap<&str, i64> = BTreeMap::new();
        for payment in &payments {
            let is_accepted = judge_payment(payment);
            if is_accepted {
                *accepted.entry(&payment.order_no).or_default() += 1;
            }
            self.judge_trade(payment).await;
            *theirs.entry(&payment.method).or_default() += payment.paid_minor - payment.refunded_minor;
        }
        for order in self.partners.books().orders.values() {
            let count = accepted.get(order.order_no.as_str()).copied().unwrap_or_default();
            assert!(count <= 1, "{} was paid {count} times", order.order_no);
            assert_eq!(count == 1, order.status() == OrderStatus::Paid, "{order:?}");
        }
        self.judge_books(&theirs).await;
    }

    async fn payments(&self) -> Vec<Seen> {
        sqlx::query_as(
            "select id, payment_no, order_no, method, status, amount_minor, paid_minor, refunded_minor,
                    reserved_minor, is_extra, verdict, settled_at is not null as is_settled,
                    (select count(*) from refund where payment_id = payment.id and status = 'success') as refunds,
                    (select count(*) from refund where payment_id = payment.id and is_automatic) as automatic,
                    (select string_agg(failure, ', ') from refund
                     where payment_id = payment.id and status = 'failed') as failures
             from payment",
        )
        .fetch_all(&mut self.sql().await)
        .await
        .unwrap()
    }

    /// Every history begins with the creation, and each step follows the last one and is legal.
    async fn judge_histories(&self) {
        let steps: Vec<(i64, Option<String>, String)> =
            sqlx::query_as("select payment_id, from_status, to_status from payment_history order by id")
                .fetch_all(&mut self.sql().await)
                .await
                .unwrap();
        let mut now: HashMap<i64, String> = HashMap::new();
        for (id, from, to) in steps {
            assert_eq!(now.get(&id), from.as_ref(), "payment {id}: the step to {to} does not follow");
            if let Some(from) = from {
                let (from, next) = (Status::parse(&from).unwrap(), Status::parse(&to).unwrap());
                assert!(from == next || from.may_become(next), "payment {id}: {from:?} to {next:?}");
            }
            now.insert(id, to);
        }
        for payment in self.payments().await {
            assert_eq!(now.get(&payment.id), Some(&payment.status), "payment {}: its history", payment.id);
        }
    }

    /// What a trade is with its provider, it is with us.
    async fn judge_trade(&self, payment: &Seen) {
        if payment.method == "balance" {
            return;
        }
        let path = format!("trades/{}?provider={}", payment.payment_no, payment.method);
        let trade = self.control(&path).await;
        let came = if trade["status"] == "paid" { trade["amount_fen"].as_i64().unwrap() } else { 0 };
        let back = trade["refunded_fen"].as_i64().unwrap_or_default();
        assert_eq!(
            (came, back),
            (payment.paid_minor, payment.refunded_minor),
            "what the provider knows of {payment:?} is {trade}"
        );
    }

    /// The ledger's channels are the providers' books, nothing stands in suspense, and who gets it has it.
    async fn judge_books(&self, ours: &BTreeMap<&str, i64>) {
        let books = self.control("book").await;
        for book in books["books"].as_array().unwrap() {
            let channel = book["provider"].as_str().unwrap();
            let (net, books) = (book["net_fen"].as_i64().unwrap(), self.partners.books());
            assert_eq!(-books.balance(AccountKind::Channel, channel), net, "the ledger and {book}");
            assert_eq!(ours.get(channel).copied().unwrap_or_default(), net, "the payments and {book}");
            assert_eq!(books.balance(AccountKind::Suspense, channel), 0, "suspense of {channel}");
        }
        let kept: i64 =
            self.payments().await.iter().map(|payment| payment.paid_minor - payment.refunded_minor).sum();
        let payee = self.partners.books().balance(AccountKind::User, partners::PAYEE);
        assert_eq!(payee, kept, "what stayed was credited");
        assert_eq!(self.partners.books().held_in_all(), 0, "nothing is set aside any more");
    }
}

/// Panics unless a payment is in a legal end; tells whether it pays its order.
fn judge_payment(payment: &Seen) -> bool {
    let status = Status::parse(&payment.status).unwrap();
    let verdict = payment.verdict.as_deref().and_then(Verdict::parse);
    assert_eq!(payment.reserved_minor, 0, "{payment:?}");
    if payment.paid_minor == 0 {
        assert!(!status.is_paid() && payment.refunds == 0, "{payment:?}");
        return false;
    }
    assert_eq!(payment.paid_minor, payment.amount_minor, "{payment:?}");
    assert!(payment.is_settled, "{payment:?}");
    if verdict == Some(Verdict::Accepted) {
        assert!(status.is_paid() && payment.automatic == 0 && !payment.is_extra, "{payment:?}");
        return true;
    }
    assert!(matches!(status, Status::Refunded | Status::Failed | Status::Cancelled), "{payment:?}");
    assert_eq!((payment.automatic, payment.refunds), (1, 1), "one refund where it is due: {payment:?}");
    assert_eq!(payment.failures, None, "{payment:?}");
    assert_eq!(payment.refunded_minor, payment.paid_minor, "{payment:?}");
    false
}
