//! The order service and the wallet, as payments need them.
//!
//! A call on behalf of a user carries his token on by itself; workers speak for the service alone. Keys in the ledger
//! are made of the payment's or refund's number and nothing else. The rule not to be broken: whatever is called here may
//! be called again.

use std::time::Duration;

use chrono::TimeDelta;
use clock::Clock;
use fault::{Code, Fault};
use host::{Host, timestamp};
use proto::{
    bill::v1::{
        self as bill, Credit, Order, OrderRefund, PaidOutcome, order_service_client::OrderServiceClient,
    },
    wallet::v1::{
        self as wallet, Account, AccountKind, Leg, NewTransfer, wallet_service_client::WalletServiceClient,
    },
};

use crate::{
    domain::{Method, Verdict},
    purse::alone,
    settings::Settings,
    store::{payments, refunds},
};

const BUDGET: Duration = Duration::from_secs(8);
/// How long money stays set aside for a refund that a provider does not end.
const HOLD_DAYS: i64 = 300;
/// The account through which money of balance payments passes on its way to the order's credits.
const CLEARING: &str = "9007199254740991";
const CNY: &str = "CNY";

/// Calls the order service and the wallet. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Partners {
    orders: OrderServiceClient<rpc::Channel>,
    wallet: WalletServiceClient<rpc::Channel>,
    clock: Clock,
}

/// Where money stands while nobody has it: the provider's, or our own books for the balance.
pub(crate) fn source(method: Method) -> Account {
    match method {
        Method::Balance => account(AccountKind::Merchant, CLEARING),
        other => account(AccountKind::Channel, other.as_str()),
    }
}

/// Where money stands that nobody may keep.
fn suspense(method: Method) -> Account {
    match method {
        Method::Balance => account(AccountKind::Merchant, CLEARING),
        other => account(AccountKind::Suspense, other.as_str()),
    }
}

/// Where money goes when it goes back.
fn back_to(refund: &refunds::Row) -> Account {
    match refund.method() {
        Method::Balance => account(AccountKind::User, &refund.user_id.to_string()),
        other => source(other),
    }
}

fn account(kind: AccountKind, owner: &str) -> Account {
    Account { kind: kind.into(), owner: owner.to_owned(), asset: CNY.to_owned() }
}

fn lacking(what: &str) -> Fault {
    Fault::internal(format!("a partner's answer has no {what}"))
}

impl Partners {
    /// Prepares the channels; nobody needs to be there yet.
    pub(crate) fn new(host: &Host, settings: &Settings) -> Result<Self, Fault> {
        let channel = |url: &str| Ok::<_, Fault>(host.channel(url)?.with_budget(BUDGET));
        Ok(Self {
            orders: OrderServiceClient::new(channel(&settings.bill_url)?),
            wallet: WalletServiceClient::new(channel(&settings.wallet_url)?),
            clock: host.clock().clone(),
        })
    }

    /// Gives an order that the caller may see.
    pub(crate) async fn order(&self, order_id: i64, order_no: &str) -> Result<Order, Fault> {
        let asked = bill::GetOrderRequest { order_id, order_no: order_no.to_owned() };
        self.orders.clone().get_order(asked).await?.into_inner().order.ok_or_else(|| lacking("order"))
    }

    /// Cancels a pending order; gives it as it is now, and whether this call did it.
    pub(crate) async fn close_order(&self, order_no: &str, reason: &str) -> Result<(Order, bool), Fault> {
        let asked = bill::CloseOrderRequest { order_no: order_no.to_owned(), reason: reason.to_owned() };
        let reply = self.orders.clone().close_order(asked).await?.into_inner();
        Ok((reply.order.ok_or_else(|| lacking("order"))?, reply.is_closed))
    }

    /// Tells the order that money came.
    pub(crate) async fn mark_paid(&self, payment: &payments::Row) -> Result<(Verdict, Order), Fault> {
        let asked = bill::MarkPaidRequest {
            order_no: payment.order_no.clone(),
            payment_no: payment.payment_no.clone(),
            amount_minor: payment.paid_minor,
            paid_at: payment.paid_at.map(timestamp),
        };
        let reply = self.orders.clone().mark_paid(asked).await?.into_inner();
        let verdict = match reply.outcome() {
            PaidOutcome::Accepted | PaidOutcome::Already => Verdict::Accepted,
            PaidOutcome::Late => Verdict::Late,
            PaidOutcome::Double => Verdict::Double,
            PaidOutcome::AmountMismatch => Verdict::Mismatch,
            PaidOutcome::Unspecified => return Err(lacking("outcome")),
        };
        Ok((verdict, reply.order.unwrap_or_default()))
    }

    /// Has the order set aside what a refund takes back.
    pub(crate) async fn prepare_refund(&self, refund: &refunds::Row) -> Result<Vec<Credit>, Fault> {
        let asked = bill::PrepareRefundRequest {
            order_no: refund.order_no.clone(),
            refund_no: refund.refund_no.clone(),
            amount_minor: refund.amount_minor,
            reason: refund.reason.clone(),
        };
        let reply = self.orders.clone().prepare_refund(asked).await?.into_inner();
        let prepared: OrderRefund = reply.refund.ok_or_else(|| lacking("refund"))?;
        Ok(prepared.take_back)
    }

    /// Has the order take back what was delivered.
    pub(crate) async fn apply_refund(&self, refund_no: &str) -> Result<(), Fault> {
        let asked = bill::ApplyRefundRequest { refund_no: refund_no.to_owned() };
        self.orders.clone().apply_refund(asked).await?;
        Ok(())
    }

    /// Has the order keep what was delivered.
    pub(crate) async fn release_refund(&self, refund_no: &str) -> Result<(), Fault> {
        let asked = bill::ReleaseRefundRequest { refund_no: refund_no.to_owned() };
        self.orders.clone().release_refund(asked).await?;
        Ok(())
    }

    /// Takes the money of a balance payment out of the payer's wallet. *Idempotent* by the payment's number. *Errors*:
    /// those of debits.
    pub(crate) async fn pay(
        &self,
        payment: &payments::Row,
        payment_password: &str,
    ) -> Result<payments::Money, Fault> {
        let asked = wallet::PayRequest {
            idempotency_key: debit_key(&payment.payment_no),
            user_id: payment.user_id,
            to: Some(source(Method::Balance)),
            amount_minor: payment.amount_minor,
            payment_password: payment_password.to_owned(),
            reference: payment.payment_no.clone(),
            memo: payment.subject.clone(),
        };
        let reply = self.wallet.clone().pay(asked).await?.into_inner();
        let receipt = reply.receipt.ok_or_else(|| lacking("receipt"))?;
        let at = receipt.at.as_ref().and_then(host::instant).unwrap_or_else(|| self.clock.now());
        let transaction = Some(receipt.transfer_id.to_string());
        Ok(payments::Money { amount_minor: payment.amount_minor, transaction, at })
    }

    /// Finds the debit of a balance payment, if it was made.
    pub(crate) async fn debit(&self, payment: &payments::Row) -> Result<Option<payments::Money>, Fault> {
        let asked =
            wallet::GetTransferRequest { transfer_id: 0, idempotency_key: debit_key(&payment.payment_no) };
        let transfer = match alone(self.wallet.clone().get_transfer(asked)).await.map_err(Fault::from) {
            Ok(reply) => reply.into_inner().transfer.ok_or_else(|| lacking("transfer"))?,
            Err(fault) if fault.code() == Code::NotFound => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let at = transfer.at.as_ref().and_then(host::instant).unwrap_or_else(|| self.clock.now());
        let transaction = Some(transfer.id.to_string());
        Ok(Some(payments::Money { amount_minor: payment.amount_minor, transaction, at }))
    }

    /// Books the money of a payment to those who get it. *Idempotent* by the payment's number.
    pub(crate) async fn credit(&self, payment: &payments::Row, credits: &[Credit]) -> Result<(), Fault> {
        let mut legs = vec![leg(source(payment.method()), payment.paid_minor.saturating_neg())];
        for credit in credits {
            legs.push(Leg { account: credit.account.clone(), amount_minor: credit.amount_minor });
        }
        self.post(format!("payment:{}", payment.payment_no), "payment", legs, &payment.payment_no).await
    }

    /// Books the money of a payment to suspense. *Idempotent* by the payment's number.
    pub(crate) async fn suspend(&self, payment: &payments::Row) -> Result<(), Fault> {
        let method = payment.method();
        if method == Method::Balance {
            // It stands in the clearing account already, and waits there.
            return Ok(());
        }
        let amount = payment.paid_minor;
        let legs = vec![leg(source(method), amount.saturating_neg()), leg(suspense(method), amount)];
        self.post(format!("payment:{}", payment.payment_no), "suspense", legs, &payment.payment_no).await
    }

    /// Books that money in suspense went back. *Idempotent* by the refund's number.
    pub(crate) async fn return_suspended(&self, refund: &refunds::Row) -> Result<(), Fault> {
        let amount = refund.amount_minor;
        let legs =
            vec![leg(suspense(refund.method()), amount.saturating_neg()), leg(back_to(refund), amount)];
        self.post(format!("refund:{}", refund.refund_no), "refund", legs, &refund.refund_no).await
    }

    async fn post(&self, key: String, kind: &str, legs: Vec<Leg>, reference: &str) -> Result<(), Fault> {
        let transfer = NewTransfer {
            idempotency_key: key,
            kind: kind.to_owned(),
            legs,
            reference: reference.to_owned(),
            memo: String::new(),
        };
        self.wallet.clone().post(wallet::PostRequest { transfer: Some(transfer) }).await?;
        Ok(())
    }

    /// Sets money aside for a refund. *Idempotent* by the refund's number and the place among its credits.
    pub(crate) async fn hold(
        &self,
        refund: &refunds::Row,
        place: usize,
        credit: &Credit,
    ) -> Result<i64, Fault> {
        let asked = wallet::PlaceHoldRequest {
            idempotency_key: format!("refund:{}:{place}", refund.refund_no),
            account: credit.account.clone(),
            amount_minor: credit.amount_minor,
            reference: refund.refund_no.clone(),
            memo: String::new(),
            // Of the refund, so that the same request again is the same.
            expires_at: Some(timestamp(refund.created_at + TimeDelta::days(HOLD_DAYS))),
        };
        Ok(self.wallet.clone().place_hold(asked).await?.into_inner().hold_id)
    }

    /// Moves what was set aside to where the money went. *Idempotent* by the refund's number and the place.
    pub(crate) async fn settle_hold(
        &self,
        refund: &refunds::Row,
        place: usize,
        hold_id: i64,
    ) -> Result<(), Fault> {
        let asked = wallet::SettleHoldRequest {
            idempotency_key: format!("refund:{}:{place}:settle", refund.refund_no),
            hold_id,
            amount_minor: 0,
            rest: wallet::Rest::Release.into(),
            to: Some(back_to(refund)),
            kind: "refund".to_owned(),
            reference: refund.refund_no.clone(),
            memo: String::new(),
        };
        self.wallet.clone().settle_hold(asked).await?;
        Ok(())
    }

    /// Gives back what was set aside.
    pub(crate) async fn release_hold(&self, hold_id: i64) -> Result<(), Fault> {
        self.wallet.clone().release_hold(wallet::ReleaseHoldRequest { hold_id }).await?;
        Ok(())
    }
}

fn leg(account: Account, amount_minor: i64) -> Leg {
    Leg { account: Some(account), amount_minor }
}

fn debit_key(payment_no: &str) -> String {
    format!("payment:{payment_no}:debit")
}
