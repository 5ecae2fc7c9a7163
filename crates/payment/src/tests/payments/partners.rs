//! The order service and the wallet as puppets that keep books.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use chrono::{DateTime, TimeDelta, Utc};
use fault::{Code, Fault};
use host::{
    instant,
    puppet::{Puppet, Served},
    timestamp,
};
use proto::{
    bill::v1::{
        self as bill, Credit, Order, OrderStatus, PaidOutcome, order_service_server::OrderServiceServer,
    },
    wallet::v1::{self as wallet, Account, AccountKind, wallet_service_server::WalletServiceServer},
};

/// What the puppets know.
#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) orders: HashMap<String, Order>,
    /// By kind and owner, in fen.
    pub(crate) balances: HashMap<(i32, String), i64>,
    transfers: HashMap<String, (i64, i64)>,
    /// Account, amount, whether it is open.
    holds: Vec<((i32, String), i64, bool)>,
    hold_keys: HashMap<String, i64>,
    /// Orders are away so often.
    pub(crate) away: u32,
    pub(crate) mark_paid_calls: u32,
    pub(crate) prepared: Vec<String>,
    pub(crate) applied: Vec<String>,
    pub(crate) released: Vec<String>,
}

impl Books {
    pub(crate) fn balance(&self, kind: AccountKind, owner: &str) -> i64 {
        self.balances.get(&(kind.into(), owner.to_owned())).copied().unwrap_or_default()
    }

    fn held(&self, account: &(i32, String)) -> i64 {
        self.holds.iter().filter(|hold| hold.2 && hold.0 == *account).map(|hold| hold.1).sum()
    }

    /// What is set aside in all accounts together.
    pub(crate) fn held_in_all(&self) -> i64 {
        self.holds.iter().filter(|hold| hold.2).map(|hold| hold.1).sum()
    }

    fn post(&mut self, key: &str, legs: &[((i32, String), i64)]) -> i64 {
        let number = i64::try_from(self.transfers.len()).unwrap() + 1;
        let sum: i64 = legs.iter().map(|leg| leg.1).sum();
        assert_eq!(sum, 0, "{key}: the legs add up to {sum}");
        if let Some(done) = self.transfers.get(key) {
            return done.0;
        }
        for (account, amount) in legs {
            *self.balances.entry(account.clone()).or_default() += amount;
        }
        self.transfers.insert(key.to_owned(), (number, legs.iter().map(|leg| leg.1.max(0)).sum()));
        number
    }

    pub(crate) fn transfers(&self) -> usize {
        self.transfers.len()
    }
}

fn name(account: Option<&Account>) -> (i32, String) {
    let account = account.unwrap();
    (account.kind, account.owner.clone())
}

pub(crate) struct Partners {
    books: Arc<Mutex<Books>>,
    pub(crate) orders_url: String,
    pub(crate) wallet_url: String,
    _served: [Served; 2],
}

/// Who gets the money of orders: the flatmate to whom it is due.
pub(crate) const PAYEE: &str = "77";

impl Partners {
    pub(crate) async fn serve(now: DateTime<Utc>) -> Self {
        let books = Arc::new(Mutex::new(Books::default()));
        let (orders, wallet) = (orders(&books).serve().await, wallets(&books, now).serve().await);
        let (orders_url, wallet_url) = (orders.url.clone(), wallet.url.clone());
        Self { books, orders_url, wallet_url, _served: [orders, wallet] }
    }

    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap()
    }
}

/// A pending order whose money goes to the payee.
pub(crate) fn order(id: i64, user_id: i64, amount_minor: i64, now: DateTime<Utc>) -> Order {
    let account =
        Account { kind: AccountKind::User.into(), owner: PAYEE.to_owned(), asset: "CNY".to_owned() };
    Order {
        id,
        order_no: format!("ORD{id}"),
        kind: bill::OrderKind::BillShare.into(),
        user_id,
        amount_minor,
        currency: "CNY".to_owned(),
        subject: "rent".to_owned(),
        status: OrderStatus::Pending.into(),
        created_at: Some(timestamp(now)),
        expires_at: Some(timestamp(now + TimeDelta::minutes(30))),
        credits: vec![Credit { account: Some(account), amount_minor }],
        version: 1,
        ..Order::default()
    }
}

fn mark_paid(books: &mut Books, asked: &bill::MarkPaidRequest) -> Result<bill::MarkPaidResponse, Fault> {
    books.mark_paid_calls += 1;
    if books.away > 0 {
        books.away -= 1;
        return Err(Fault::unavailable("orders are away"));
    }
    let order = books.orders.get_mut(&asked.order_no).ok_or_else(|| Fault::not_found("order"))?;
    let paid_at = asked.paid_at.as_ref().and_then(instant);
    let is_late = paid_at > order.expires_at.as_ref().and_then(instant);
    let outcome = match order.status() {
        _ if order.payment_no == asked.payment_no => PaidOutcome::Already,
        _ if order.amount_minor != asked.amount_minor => PaidOutcome::AmountMismatch,
        OrderStatus::Pending if is_late => PaidOutcome::Late,
        OrderStatus::Pending => PaidOutcome::Accepted,
        OrderStatus::Cancelled => PaidOutcome::Late,
        _ => PaidOutcome::Double,
    };
    if outcome == PaidOutcome::Accepted {
        order.set_status(OrderStatus::Paid);
        order.payment_no.clone_from(&asked.payment_no);
    }
    Ok(bill::MarkPaidResponse { outcome: outcome.into(), order: Some(order.clone()) })
}

fn orders(books: &Arc<Mutex<Books>>) -> Puppet<OrderServiceServer<()>> {
    let [get, close, paid, prepare, apply, release] = std::array::from_fn(|_| books.clone());
    Puppet::default()
        .on("GetOrder", move |asked: bill::GetOrderRequest| {
            let books = get.lock().unwrap();
            let is_asked = |order: &&Order| {
                if asked.order_id == 0 {
                    order.order_no == asked.order_no
                } else {
                    order.id == asked.order_id
                }
            };
            let found = books.orders.values().find(is_asked).cloned();
            Ok(bill::GetOrderResponse { order: Some(found.ok_or_else(|| Fault::not_found("order"))?) })
        })
        .on("CloseOrder", move |asked: bill::CloseOrderRequest| {
            let mut books = close.lock().unwrap();
            let order = books.orders.get_mut(&asked.order_no).unwrap();
            let is_closed = order.status() == OrderStatus::Pending;
            if is_closed {
                order.set_status(OrderStatus::Cancelled);
            }
            Ok(bill::CloseOrderResponse { order: Some(order.clone()), is_closed })
        })
        .on("MarkPaid", move |asked: bill::MarkPaidRequest| mark_paid(&mut paid.lock().unwrap(), &asked))
        .on("PrepareRefund", move |asked: bill::PrepareRefundRequest| {
            let mut books = prepare.lock().unwrap();
            let order = books.orders.get(&asked.order_no).unwrap();
            if order.status() != OrderStatus::Paid {
                return Err(Fault::new(Code::RefundNotAllowed, "the order is not paid"));
            }
            let account = order.credits[0].account.clone();
            let take_back = vec![Credit { account, amount_minor: asked.amount_minor }];
            books.prepared.push(asked.refund_no.clone());
            let refund = bill::OrderRefund { refund_no: asked.refund_no, take_back, ..Default::default() };
            Ok(bill::PrepareRefundResponse { refund: Some(refund) })
        })
        .on("ApplyRefund", move |asked: bill::ApplyRefundRequest| {
            apply.lock().unwrap().applied.push(asked.refund_no);
            Ok(bill::ApplyRefundResponse::default())
        })
        .on("ReleaseRefund", move |asked: bill::ReleaseRefundRequest| {
            release.lock().unwrap().released.push(asked.refund_no);
            Ok(bill::ReleaseRefundResponse::default())
        })
}

fn pay(
    books: &mut Books,
    asked: &wallet::PayRequest,
    now: DateTime<Utc>,
) -> Result<wallet::PayResponse, Fault> {
    let from = (AccountKind::User.into(), asked.user_id.to_string());
    if asked.payment_password == "wrong" {
        return Err(Fault::new(Code::PaymentPasswordError, "the payment password is wrong"));
    }
    let is_new = !books.transfers.contains_key(&asked.idempotency_key);
    if is_new && books.balances.get(&from).copied().unwrap_or_default() < asked.amount_minor {
        return Err(Fault::new(Code::InsufficientBalance, "the balance is too small"));
    }
    let legs = [(from, -asked.amount_minor), (name(asked.to.as_ref()), asked.amount_minor)];
    let transfer_id = books.post(&asked.idempotency_key, &legs);
    let receipt = wallet::Receipt { transfer_id, at: Some(timestamp(now)), legs: Vec::new() };
    Ok(wallet::PayResponse { receipt: Some(receipt) })
}

fn place_hold(
    books: &mut Books,
    asked: wallet::PlaceHoldRequest,
) -> Result<wallet::PlaceHoldResponse, Fault> {
    let account = name(asked.account.as_ref());
    if let Some(id) = books.hold_keys.get(&asked.idempotency_key) {
        return Ok(wallet::PlaceHoldResponse { hold_id: *id, expires_at: None });
    }
    let free = books.balances.get(&account).copied().unwrap_or_default() - books.held(&account);
    if free < asked.amount_minor {
        return Err(Fault::new(Code::InsufficientBalance, "the balance is too small"));
    }
    books.holds.push((account, asked.amount_minor, true));
    let hold_id = i64::try_from(books.holds.len()).unwrap();
    books.hold_keys.insert(asked.idempotency_key, hold_id);
    Ok(wallet::PlaceHoldResponse { hold_id, expires_at: None })
}

fn wallets(books: &Arc<Mutex<Books>>, now: DateTime<Utc>) -> Puppet<WalletServiceServer<()>> {
    let [paying, posting, finding, holding, settling, releasing] = std::array::from_fn(|_| books.clone());
    Puppet::default()
        .on("Pay", move |asked: wallet::PayRequest| pay(&mut paying.lock().unwrap(), &asked, now))
        .on("Post", move |asked: wallet::PostRequest| {
            let transfer = asked.transfer.unwrap();
            let leg = |leg: &wallet::Leg| (name(leg.account.as_ref()), leg.amount_minor);
            let legs: Vec<_> = transfer.legs.iter().map(leg).collect();
            let transfer_id = posting.lock().unwrap().post(&transfer.idempotency_key, &legs);
            let receipt = wallet::Receipt { transfer_id, ..Default::default() };
            Ok(wallet::PostResponse { receipt: Some(receipt) })
        })
        .on("GetTransfer", move |asked: wallet::GetTransferRequest| {
            let books = finding.lock().unwrap();
            let found =
                books.transfers.get(&asked.idempotency_key).ok_or_else(|| Fault::not_found("transfer"))?;
            let transfer = wallet::Transfer { id: found.0, at: Some(timestamp(now)), ..Default::default() };
            Ok(wallet::GetTransferResponse { transfer: Some(transfer) })
        })
        .on("PlaceHold", move |asked: wallet::PlaceHoldRequest| {
            place_hold(&mut holding.lock().unwrap(), asked)
        })
        .on("SettleHold", move |asked: wallet::SettleHoldRequest| {
            let mut books = settling.lock().unwrap();
            let place = usize::try_from(asked.hold_id).unwrap() - 1;
            let (account, amount, _) = books.holds[place].clone();
            let legs = [(account, -amount), (name(asked.to.as_ref()), amount)];
            books.post(&asked.idempotency_key, &legs);
            books.holds[place].2 = false;
            Ok(wallet::SettleHoldResponse::default())
        })
        .on("ReleaseHold", move |asked: wallet::ReleaseHoldRequest| {
            let place = usize::try_from(asked.hold_id).unwrap() - 1;
            releasing.lock().unwrap().holds[place].2 = false;
            Ok(wallet::ReleaseHoldResponse::default())
        })
}
