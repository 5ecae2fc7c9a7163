//! The ledger without its door: a database, a clock, and words for what tests do most.

use std::time::Duration;

use chrono::TimeDelta;
use clock::Clock;
use fault::{Code, Fault};
use host::{Answer, Call, Host, Peer, timestamp};
use identity::{Caller, Role, ServiceName, User, testing::Keys};
use proto::wallet::v1::{
    Account, AccountKind, FreezeAccountResponse, Leg, NewTransfer, PlaceHoldRequest, PlaceHoldResponse,
    PostLinkedResponse, PostResponse, Receipt, ReleaseHoldResponse, Rest, SettleHoldRequest,
    SettleHoldResponse,
};
use testkit::TestDb;

use super::{noon, own_alone};
use crate::{
    MIGRATIONS,
    domain::{self, Asset},
    operations::{
        check_ledger,
        freeze_account::{self, Wanted},
        place_hold, post, post_linked, release_hold, settle_hold,
    },
    service::Service,
    store::accounts::{self, Holding},
};

/// A ledger on a database of its own.
pub(super) struct Bank {
    pub(super) test_db: TestDb,
    pub(super) clock: Clock,
    pub(super) service: Service,
}

pub(super) fn account(kind: AccountKind, owner: &str, asset: &str) -> Account {
    Account { kind: kind.into(), owner: owner.to_owned(), asset: asset.to_owned() }
}

pub(super) fn user(id: i64) -> Account {
    account(AccountKind::User, &id.to_string(), "CNY")
}

pub(super) fn alipay() -> Account {
    account(AccountKind::Channel, "alipay", "CNY")
}

pub(super) fn legs(legs: &[(Account, i64)]) -> Vec<Leg> {
    let leg = |(account, amount_minor): &(Account, i64)| Leg {
        account: Some(account.clone()),
        amount_minor: *amount_minor,
    };
    legs.iter().map(leg).collect()
}

/// A transfer of two legs.
pub(super) fn transfer(key: &str, from: &Account, to: &Account, amount_minor: i64) -> NewTransfer {
    NewTransfer {
        idempotency_key: key.to_owned(),
        kind: "transfer".to_owned(),
        legs: legs(&[(from.clone(), -amount_minor), (to.clone(), amount_minor)]),
        ..NewTransfer::default()
    }
}

/// Says what a receipt did: number and balance of each leg.
pub(super) fn lines(receipt: &Receipt) -> Vec<(i64, i64)> {
    receipt.legs.iter().map(|leg| (leg.entry_number, leg.balance_after_minor)).collect()
}

/// The payment service, which moves money for itself.
pub(super) fn payment() -> Caller {
    Caller { user: None, via: ServiceName::parse("payment") }
}

pub(super) fn admin() -> Caller {
    let user = User {
        id: 1,
        role: Role::Admin,
        permissions: Vec::new(),
        session_id: 1,
        token_version: 1,
        expires_at: noon(),
    };
    Caller { user: Some(user), via: None }
}

/// Starts another copy of the service on a database.
pub(super) async fn copy(test_db: &TestDb, clock: &Clock) -> Service {
    let keys = Keys::new(clock);
    let host = host::testing::host(Peer::Wallet, &test_db.url, &keys, clock.clone()).await.unwrap();
    Service::new(&host, &own_alone()).unwrap()
}

/// As [`copy`], but it waits as long as it takes: a machine that runs many tests may stand still for a while.
pub(super) async fn patient_copy(test_db: &TestDb, clock: &Clock) -> Service {
    let mut settings = host::testing::settings(Peer::Wallet, &test_db.url, &Keys::new(clock));
    settings.database.lock_timeout = Duration::from_secs(30);
    settings.database.statement_timeout = Duration::from_mins(2);
    Service::new(&Host::prepare(settings, clock.clone()).await.unwrap(), &own_alone()).unwrap()
}

pub(super) async fn bank() -> Bank {
    testkit::trace();
    let test_db = testkit::database(&MIGRATIONS).await;
    let clock = Clock::manual(noon());
    let service = copy(&test_db, &clock).await;
    Bank { test_db, clock, service }
}

/// As [`bank`], with a patient service and as many copies of it as are asked for.
pub(super) async fn patient_bank(copies: usize) -> (Bank, Vec<Service>) {
    let mut bank = bank().await;
    let mut services = Vec::new();
    for _ in 0..copies {
        services.push(patient_copy(&bank.test_db, &bank.clock).await);
    }
    bank.service = services[0].clone();
    (bank, services)
}

pub(super) async fn post(service: &Service, transfer: NewTransfer) -> Result<Answer<PostResponse>, Fault> {
    post::run(service, &payment(), Some(transfer)).await
}

/// Posts and gives what the legs did.
pub(super) async fn posted(service: &Service, transfer: NewTransfer) -> Result<Vec<(i64, i64)>, Fault> {
    Ok(lines(&post(service, transfer).await?.reply.receipt.unwrap()))
}

/// Places a hold on user 7's account for an hour.
pub(super) async fn hold(
    service: &Service,
    key: &str,
    amount_minor: i64,
) -> Result<Answer<PlaceHoldResponse>, Fault> {
    place_hold::run(service, &payment(), placement(key, amount_minor)).await
}

/// Money of user 7 to be held for an hour.
pub(super) fn placement(key: &str, amount_minor: i64) -> PlaceHoldRequest {
    PlaceHoldRequest {
        idempotency_key: key.to_owned(),
        account: Some(user(7)),
        amount_minor,
        expires_at: Some(timestamp(noon() + TimeDelta::hours(1))),
        ..PlaceHoldRequest::default()
    }
}

/// A settlement in favour of the channel; 0 is all that is held.
pub(super) fn settlement(key: &str, hold_id: i64, amount_minor: i64, rest: Rest) -> SettleHoldRequest {
    SettleHoldRequest {
        idempotency_key: key.to_owned(),
        hold_id,
        amount_minor,
        rest: rest.into(),
        to: Some(alipay()),
        kind: "withdrawal".to_owned(),
        ..SettleHoldRequest::default()
    }
}

impl Bank {
    /// Brings money in from outside.
    pub(super) async fn fund(&self, to: &Account, amount_minor: i64) {
        let key = format!("fund {}", self.clock.new_id());
        post(&self.service, transfer(&key, &alipay(), to, amount_minor)).await.unwrap();
    }

    pub(super) async fn posted(&self, transfer: NewTransfer) -> Result<Vec<(i64, i64)>, Fault> {
        posted(&self.service, transfer).await
    }

    pub(super) async fn refused(&self, transfer: NewTransfer) -> (Code, String) {
        let fault = post(&self.service, transfer).await.unwrap_err();
        (fault.code(), fault.detail().to_owned())
    }

    pub(super) async fn linked(
        &self,
        transfers: Vec<NewTransfer>,
    ) -> Result<Answer<PostLinkedResponse>, Fault> {
        post_linked::run(&self.service, &payment(), transfers).await
    }

    pub(super) async fn hold(
        &self,
        key: &str,
        amount_minor: i64,
    ) -> Result<Answer<PlaceHoldResponse>, Fault> {
        hold(&self.service, key, amount_minor).await
    }

    pub(super) async fn held(&self, amount_minor: i64) -> i64 {
        let key = format!("hold {}", self.clock.new_id());
        self.hold(&key, amount_minor).await.unwrap().reply.hold_id
    }

    pub(super) async fn settle(
        &self,
        key: &str,
        hold_id: i64,
        amount_minor: i64,
        rest: Rest,
    ) -> Result<Answer<SettleHoldResponse>, Fault> {
        settle_hold::run(&self.service, &payment(), settlement(key, hold_id, amount_minor, rest)).await
    }

    pub(super) async fn release(&self, hold_id: i64) -> Result<Answer<ReleaseHoldResponse>, Fault> {
        release_hold::run(&self.service, hold_id).await
    }

    pub(super) async fn freeze(&self, account: Account, is_frozen: bool) -> Result<(), Fault> {
        let mut call = Call::default();
        call.caller = admin();
        let wanted = Wanted { account: Some(account), reason: "asked by the police".to_owned(), is_frozen };
        freeze_account::run::<FreezeAccountResponse>(&self.service, &call, &wanted).await.map(|_| ())
    }

    /// Gives balance and held of a user's account.
    pub(super) async fn balance(&self, user_id: i64) -> (i64, i64) {
        let holding = self.holding(user_id).await;
        (holding.balance_minor, holding.held_minor)
    }

    pub(super) async fn holding(&self, user_id: i64) -> Holding {
        let currency = Asset::Currency(money::Currency::CNY);
        let mut conn = self.service.db.acquire().await.unwrap();
        let account = domain::Account::user(user_id, currency);
        accounts::holding(&mut conn, account).await.unwrap().unwrap_or_default()
    }

    /// Fails the test unless every rule of the books holds.
    pub(super) async fn assert_sound(&self) {
        let proof = check_ledger::run(&self.service.db).await.unwrap();
        let broken: Vec<_> = proof.checks.iter().filter(|check| check.broken != 0).collect();
        assert!(broken.is_empty(), "{broken:?}");
    }

    /// Gives every row of the books, as text.
    pub(super) async fn rows(&self) -> Vec<String> {
        let mut owner = self.test_db.owner().await;
        sqlx::query_scalar(
            "select 'account ' || account::text from account
             union all
             select 'transfer ' || transfer::text from transfer
             union all
             select 'entry ' || entry::text from entry
             union all
             select 'hold ' || hold::text from hold
             order by 1",
        )
        .fetch_all(&mut owner)
        .await
        .unwrap()
    }
}
