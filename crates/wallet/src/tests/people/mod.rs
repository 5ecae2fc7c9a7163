//! What people do with their own wallets, through the door: the user service is a puppet.

mod debits;
mod listing;
mod passwords;
mod showing;
mod withdrawing;

use fault::{Code, Fault};
use host::{
    Peer,
    puppet::{self, Puppet},
    testing::{Line, Served, Visitor},
};
use identity::testing::Keys;
use proto::{
    user::v1::{
        CheckPasswordRequest, CheckPasswordResponse, GetUsersRequest, GetUsersResponse, Profile,
        user_service_server::UserServiceServer,
    },
    wallet::v1::{
        Leg, NewTransfer, PostRequest, SetPaymentPasswordRequest, TransferRequest, TransferResponse,
        wallet_service_client::WalletServiceClient,
    },
};
use testkit::TestDb;
use tonic::{Response, Status};

use super::{
    bank::{alipay, user},
    noon, own,
};
use crate::MIGRATIONS;
use clock::Clock;

const ANNA: i64 = 7;
const BEN: i64 = 8;
/// Users from here on do not exist.
const NOBODY: i64 = 1_000;
const SECRET: &str = "river-42";
const LOGIN_SECRET: &str = "correct horse";

type Client = WalletServiceClient<Line>;

/// A served wallet with its neighbours.
struct Stage {
    clock: Clock,
    served: Served,
    redis_url: String,
    test_db: TestDb,
    _users: puppet::Served,
}

/// Starts without Redis, as it may be at any time.
async fn stage() -> Stage {
    stage_with("redis://127.0.0.1:9/".to_owned()).await
}

/// Starts with a Redis; tests of this process share it, with all that is kept there.
async fn stage_with(redis_url: String) -> Stage {
    testkit::trace();
    let test_db = testkit::database(&MIGRATIONS).await;
    let clock = Clock::manual(noon());
    let keys = Keys::new(&clock);
    let users = users().serve().await;
    let host = host::testing::host(Peer::Wallet, &test_db.url, &keys, clock.clone()).await.unwrap();
    let served = Served::start(crate::open(host, &own(&users.url, &redis_url)).await.unwrap(), keys);
    Stage { clock, served, redis_url, test_db, _users: users }
}

fn users() -> Puppet<UserServiceServer<()>> {
    Puppet::default()
        .on("GetUsers", |asked: GetUsersRequest| {
            let known = asked.ids.into_iter().filter(|id| *id < NOBODY);
            Ok(GetUsersResponse { users: known.map(|id| Profile { id, ..Profile::default() }).collect() })
        })
        .on("CheckPassword", |asked: CheckPasswordRequest| {
            Ok(CheckPasswordResponse { is_right: asked.password == LOGIN_SECRET })
        })
}

fn client(visitor: &Visitor) -> Client {
    WalletServiceClient::new(visitor.line())
}

fn fault<T: std::fmt::Debug>(reply: Result<Response<T>, Status>) -> Fault {
    Fault::from(reply.unwrap_err())
}

impl Stage {
    fn of(&self, user_id: i64) -> Client {
        client(&self.served.user(user_id))
    }

    fn admin(&self) -> Client {
        client(&self.served.admin(1))
    }

    /// The payment service, in a user's name.
    fn payment_for(&self, user_id: i64) -> Client {
        let token = self.served.keys.service("payment");
        client(&self.served.user(user_id).with("x-service-authorization", &token))
    }

    async fn fund(&self, user_id: i64, amount_minor: i64) {
        let key = format!("fund {user_id} {}", self.clock.new_uuid());
        self.move_in(user_id, amount_minor, &key, "recharge").await;
    }

    /// Brings money from Alipay into a wallet.
    async fn move_in(&self, user_id: i64, amount_minor: i64, key: &str, kind: &str) {
        let leg = |account, amount_minor| Leg { account: Some(account), amount_minor };
        let transfer = NewTransfer {
            idempotency_key: key.to_owned(),
            kind: kind.to_owned(),
            legs: vec![leg(alipay(), -amount_minor), leg(user(user_id), amount_minor)],
            ..NewTransfer::default()
        };
        let posted = client(&self.served.service("payment"));
        posted.clone().post(PostRequest { transfer: Some(transfer) }).await.unwrap();
    }

    async fn set_password(&self, user_id: i64) {
        let request = SetPaymentPasswordRequest {
            user_id,
            new_password: SECRET.to_owned(),
            ..SetPaymentPasswordRequest::default()
        };
        self.of(user_id).set_payment_password(request).await.unwrap();
    }

    /// Anna with a password and this much.
    async fn rich_anna(amount_minor: i64) -> Self {
        let stage = stage().await;
        stage.enrich_anna(amount_minor).await;
        stage
    }

    async fn enrich_anna(&self, amount_minor: i64) {
        self.fund(ANNA, amount_minor).await;
        self.set_password(ANNA).await;
    }

    async fn give(&self, amount_minor: i64, password: &str) -> Result<TransferResponse, Fault> {
        let reply = self.of(ANNA).transfer(gift(amount_minor, password)).await;
        reply.map(Response::into_inner).map_err(Fault::from)
    }

    async fn balance(&self, user_id: i64) -> i64 {
        let request = proto::wallet::v1::GetBalanceRequest { user_id, currency: String::new() };
        self.of(user_id).get_balance(request).await.unwrap().into_inner().balance_minor
    }
}

/// Anna gives Ben something.
fn gift(amount_minor: i64, password: &str) -> TransferRequest {
    TransferRequest {
        user_id: ANNA,
        to_user_id: BEN,
        amount_minor,
        payment_password: password.to_owned(),
        reason: "rent".to_owned(),
        description: "March".to_owned(),
    }
}

fn refused_for(fault: &Fault) -> (Code, &str) {
    (fault.code(), fault.field().unwrap_or_default())
}
