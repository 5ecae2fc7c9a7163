//! The wallet, as withdrawals need it: setting money aside, booking it out, giving it back.
//!
//! Keys in the ledger are made of the withdrawal's number and nothing else. The rules not to be broken: whatever is
//! called here may be called again; money is booked out of a wallet once, whether its hold lives or not.

use std::{future::Future, time::Duration};

use chrono::TimeDelta;
use fault::{Code, Fault};
use host::{Host, timestamp};
use proto::wallet::v1::{
    self as wallet, Account, AccountKind, Leg, NewTransfer, wallet_service_client::WalletServiceClient,
};

use crate::store::withdrawals::Row;

const BUDGET: Duration = Duration::from_secs(8);
/// How long money stays set aside for a withdrawal whose fate nobody knows; the wallet allows 366.
const HOLD_DAYS: i64 = 365;
/// The kind of the ledger's transfer, by which a wallet's list knows it (001-E19).
const KIND: &str = "withdraw";

/// Lets the service speak for itself alone in a call that goes on for a user: what only services may ask.
pub(crate) async fn alone<F: Future>(call: F) -> F::Output {
    match rpc::context::current() {
        Some(context) => rpc::context::scope(rpc::Context { authorization: None, ..context }, call).await,
        None => call.await,
    }
}

/// Calls the wallet. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Purse(WalletServiceClient<rpc::Channel>);

impl Purse {
    /// Prepares the channel; nobody needs to be there yet.
    pub(crate) fn new(host: &Host, wallet_url: &str) -> Result<Self, Fault> {
        Ok(Self(WalletServiceClient::new(host.channel(wallet_url)?.with_budget(BUDGET))))
    }

    /// Sets the money of a withdrawal aside, for the user himself; gives the hold. *Idempotent* by the number.
    ///
    /// *Errors*: those of debits.
    pub(crate) async fn hold(&self, row: &Row, payment_password: &str) -> Result<i64, Fault> {
        let asked = wallet::HoldWithdrawalRequest {
            idempotency_key: hold_key(row),
            user_id: row.user_id,
            amount_minor: row.amount_minor,
            payment_password: payment_password.to_owned(),
            reference: row.withdrawal_no.clone(),
            memo: row.reason.clone(),
            // Of the withdrawal, so that the same request again is the same.
            expires_at: Some(timestamp(row.created_at + TimeDelta::days(HOLD_DAYS))),
        };
        Ok(self.0.clone().hold_withdrawal(asked).await?.into_inner().hold_id)
    }

    /// Finds the hold of a withdrawal, if there is one.
    pub(crate) async fn find_hold(&self, row: &Row) -> Result<Option<i64>, Fault> {
        let asked = wallet::GetHoldRequest { hold_id: 0, idempotency_key: hold_key(row) };
        match alone(self.0.clone().get_hold(asked)).await.map_err(Fault::from) {
            Ok(reply) => Ok(reply.into_inner().hold.map(|hold| hold.id)),
            Err(fault) if fault.code() == Code::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Books the money to the channel that paid it out. *Idempotent* by the number.
    ///
    /// A hold that ended meanwhile does not stop it: the money has left. *Errors*: `INSUFFICIENT_BALANCE` if it was
    /// spent since.
    pub(crate) async fn pay_out(&self, row: &Row, hold_id: i64) -> Result<(), Fault> {
        let settled = self.0.clone().settle_hold(settlement(row, hold_id)).await.map_err(Fault::from);
        match settled {
            Err(fault) if fault.code() == Code::StateConflict => {
                tracing::warn!(
                    withdrawal_id = row.id,
                    "the hold of withdrawal {} ended before it was paid",
                    row.id
                );
                let transfer = Some(transfer(row));
                self.0.clone().post(wallet::PostRequest { transfer }).await?;
                Ok(())
            }
            settled => settled.map(|_| ()),
        }
    }

    /// Gives back what was set aside.
    pub(crate) async fn give_back(&self, hold_id: i64) -> Result<(), Fault> {
        self.0.clone().release_hold(wallet::ReleaseHoldRequest { hold_id }).await?;
        Ok(())
    }
}

fn hold_key(row: &Row) -> String {
    format!("withdrawal:{}", row.withdrawal_no)
}

fn settlement(row: &Row, hold_id: i64) -> wallet::SettleHoldRequest {
    wallet::SettleHoldRequest {
        idempotency_key: payout_key(row),
        hold_id,
        amount_minor: 0,
        rest: wallet::Rest::Release.into(),
        to: Some(channel(row)),
        kind: KIND.to_owned(),
        reference: row.withdrawal_no.clone(),
        memo: row.reason.clone(),
    }
}

/// What a settlement does, without a hold.
fn transfer(row: &Row) -> NewTransfer {
    let user = account(AccountKind::User, &row.user_id.to_string());
    let leg = |account, amount_minor| Leg { account: Some(account), amount_minor };
    NewTransfer {
        idempotency_key: format!("{}:unheld", payout_key(row)),
        kind: KIND.to_owned(),
        legs: vec![leg(user, row.amount_minor.saturating_neg()), leg(channel(row), row.amount_minor)],
        reference: row.withdrawal_no.clone(),
        memo: row.reason.clone(),
    }
}

fn payout_key(row: &Row) -> String {
    format!("withdrawal:{}:payout", row.withdrawal_no)
}

/// The provider's money in our books; what is paid out raises it.
fn channel(row: &Row) -> Account {
    account(AccountKind::Channel, &row.channel)
}

fn account(kind: AccountKind, owner: &str) -> Account {
    Account { kind: kind.into(), owner: owner.to_owned(), asset: "CNY".to_owned() }
}
