//! The wallet as a puppet that keeps books: balances, holds with their ends, transfers; and how it fails.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use clock::Clock;
use fault::{Code, Fault};
use host::puppet::{Puppet, Served};
use proto::wallet::v1::{self as wallet, Account, AccountKind, wallet_service_server::WalletServiceServer};

/// The payment password of everybody.
pub(super) const SECRET: &str = "river-42";

type Name = (i32, String);

#[derive(Clone, Debug)]
struct Hold {
    request: wallet::HoldWithdrawalRequest,
    state: wallet::HoldState,
}

/// What the puppet knows and how it behaves.
#[derive(Debug, Default)]
pub(super) struct Books {
    balances: HashMap<Name, i64>,
    transfers: HashMap<String, Vec<(Name, i64)>>,
    holds: Vec<Hold>,
    /// Does nothing at all.
    pub(super) is_away: bool,
    /// Sets money aside and then says nothing about it, so often.
    pub(super) loses_holds: u32,
    /// Books and then says nothing about it, so often.
    pub(super) loses_settlements: u32,
}

impl Books {
    fn pass(&self) -> Result<(), Fault> {
        if self.is_away { Err(Fault::unavailable("the wallet is away")) } else { Ok(()) }
    }

    fn balance(&self, name: &Name) -> i64 {
        self.balances.get(name).copied().unwrap_or_default()
    }

    fn held(&self, user_id: i64) -> i64 {
        let open = |hold: &&Hold| hold.request.user_id == user_id && hold.state == wallet::HoldState::Open;
        self.holds.iter().filter(open).map(|hold| hold.request.amount_minor).sum()
    }

    fn hold(&mut self, asked: wallet::HoldWithdrawalRequest) -> Result<i64, Fault> {
        self.pass()?;
        if asked.payment_password != SECRET {
            let fault = Fault::new(Code::PaymentPasswordError, "payment_password: is wrong");
            return Err(fault.with_field("payment_password"));
        }
        let known = |hold: &Hold| hold.request.idempotency_key == asked.idempotency_key;
        let found = self.holds.iter().position(known);
        if found.is_none() {
            let user = (AccountKind::User.into(), asked.user_id.to_string());
            if self.balance(&user) - self.held(asked.user_id) < asked.amount_minor {
                return Err(Fault::new(Code::InsufficientBalance, "the balance is too small"));
            }
            self.holds.push(Hold { request: asked, state: wallet::HoldState::Open });
        }
        let place = found.unwrap_or(self.holds.len() - 1);
        if self.loses_holds > 0 {
            self.loses_holds -= 1;
            return Err(Fault::internal("broken off"));
        }
        Ok(i64::try_from(place).unwrap() + 1)
    }

    fn find(&self, asked: &wallet::GetHoldRequest) -> Result<wallet::Hold, Fault> {
        self.pass()?;
        let known = |hold: &Hold| hold.request.idempotency_key == asked.idempotency_key;
        let place = self.holds.iter().position(known).ok_or_else(|| Fault::not_found("hold"))?;
        let id = i64::try_from(place).unwrap() + 1;
        Ok(wallet::Hold { id, state: self.holds[place].state.into(), ..wallet::Hold::default() })
    }

    fn post(&mut self, key: String, legs: Vec<(Name, i64)>) {
        assert_eq!(legs.iter().map(|leg| leg.1).sum::<i64>(), 0, "{key}");
        if let Some(known) = self.transfers.get(&key) {
            assert_eq!(*known, legs, "{key} with other contents");
            return;
        }
        for (name, amount) in &legs {
            *self.balances.entry(name.clone()).or_default() += amount;
        }
        self.transfers.insert(key, legs);
    }

    fn settle(&mut self, asked: wallet::SettleHoldRequest) -> Result<(), Fault> {
        self.pass()?;
        let place = usize::try_from(asked.hold_id).unwrap() - 1;
        let hold = self.holds[place].clone();
        if !self.transfers.contains_key(&asked.idempotency_key) {
            if hold.state != wallet::HoldState::Open {
                return Err(Fault::conflict("the hold has ended"));
            }
            self.holds[place].state = wallet::HoldState::Settled;
        }
        assert_eq!(asked.kind, "withdraw");
        let user = (AccountKind::User.into(), hold.request.user_id.to_string());
        let amount = hold.request.amount_minor;
        self.post(asked.idempotency_key, vec![(user, -amount), (name(asked.to.as_ref()), amount)]);
        if self.loses_settlements > 0 {
            self.loses_settlements -= 1;
            return Err(Fault::unavailable("broken off"));
        }
        Ok(())
    }

    fn release(&mut self, hold_id: i64) -> Result<(), Fault> {
        self.pass()?;
        let hold = &mut self.holds[usize::try_from(hold_id).unwrap() - 1];
        match hold.state {
            wallet::HoldState::Settled => return Err(Fault::conflict("the hold was settled")),
            wallet::HoldState::Open => hold.state = wallet::HoldState::Released,
            _ => {}
        }
        Ok(())
    }

    /// Ends all holds, as their time does.
    pub(super) fn expire(&mut self) {
        for hold in &mut self.holds {
            if hold.state == wallet::HoldState::Open {
                hold.state = wallet::HoldState::Expired;
            }
        }
    }

    /// When the last hold ends. *Units*: seconds since 1970.
    pub(super) fn last_end(&self) -> i64 {
        self.holds.last().unwrap().request.expires_at.unwrap().seconds
    }

    pub(super) fn holds(&self) -> usize {
        self.holds.len()
    }
}

fn name(account: Option<&Account>) -> Name {
    let account = account.unwrap();
    (account.kind, account.owner.clone())
}

pub(super) struct Ledger {
    books: Arc<Mutex<Books>>,
    pub(super) url: String,
    _served: Served,
}

impl Ledger {
    pub(super) async fn serve() -> Self {
        let books = Arc::new(Mutex::new(Books::default()));
        let served = puppet(&books).serve().await;
        Self { books, url: served.url.clone(), _served: served }
    }

    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap()
    }

    /// Gives a user money out of nowhere.
    pub(super) fn fund(&self, user_id: i64, amount_minor: i64) {
        let user = (AccountKind::User.into(), user_id.to_string());
        let nowhere = (AccountKind::Revenue.into(), String::new());
        let key = Clock::system().new_uuid().to_string();
        self.books().post(key, vec![(user, amount_minor), (nowhere, -amount_minor)]);
    }

    /// A user's balance and what of it is held.
    pub(super) fn wallet(&self, user_id: i64) -> (i64, i64) {
        let books = self.books();
        (books.balance(&(AccountKind::User.into(), user_id.to_string())), books.held(user_id))
    }

    /// What the books say that Alipay has.
    pub(super) fn channel(&self) -> i64 {
        -self.books().balance(&(AccountKind::Channel.into(), "alipay".to_owned()))
    }
}

fn puppet(books: &Arc<Mutex<Books>>) -> Puppet<WalletServiceServer<()>> {
    let [holding, finding, settling, releasing, posting] = std::array::from_fn(|_| books.clone());
    Puppet::default()
        .on("HoldWithdrawal", move |asked: wallet::HoldWithdrawalRequest| {
            let hold_id = holding.lock().unwrap().hold(asked)?;
            Ok(wallet::HoldWithdrawalResponse { hold_id, expires_at: None })
        })
        .on("GetHold", move |asked: wallet::GetHoldRequest| {
            Ok(wallet::GetHoldResponse { hold: Some(finding.lock().unwrap().find(&asked)?) })
        })
        .on("SettleHold", move |asked: wallet::SettleHoldRequest| {
            settling.lock().unwrap().settle(asked)?;
            Ok(wallet::SettleHoldResponse::default())
        })
        .on("ReleaseHold", move |asked: wallet::ReleaseHoldRequest| {
            releasing.lock().unwrap().release(asked.hold_id)?;
            Ok(wallet::ReleaseHoldResponse::default())
        })
        .on("Post", move |asked: wallet::PostRequest| {
            let transfer = asked.transfer.unwrap();
            let legs: Vec<_> =
                transfer.legs.iter().map(|leg| (name(leg.account.as_ref()), leg.amount_minor)).collect();
            let mut books = posting.lock().unwrap();
            books.pass()?;
            if legs.iter().any(|(name, amount)| name.0 == 1 && books.balance(name) + amount < 0) {
                return Err(Fault::new(Code::InsufficientBalance, "the balance is too small"));
            }
            books.post(transfer.idempotency_key, legs);
            Ok(wallet::PostResponse::default())
        })
}
