//! Withdrawals in sentences: the real sandbox, a wallet that keeps books, a real database, copies of the service.

mod crashes;
mod ledger;
mod paying;
mod refusals;
mod states;
mod trouble;

use std::{net::TcpListener, path::PathBuf, sync::OnceLock, time::Duration};

use ::settings::Source;
use chrono::TimeDelta;
use chrono_tz::Asia::Shanghai;
use clock::Clock;
use fault::Fault;
use host::{
    Peer,
    testing::{Served, Visitor},
};
use identity::testing::Keys;
use proto::payment::v1::{
    WithdrawMethod, WithdrawRequest, WithdrawResponse, Withdrawal, WithdrawalStatus,
    withdrawal_service_client::WithdrawalServiceClient,
};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use testkit::TestDb;
use tokio::time::{sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use self::ledger::{Ledger, SECRET};
use super::noon;
use crate::{
    MIGRATIONS, Settings,
    peers::Peers,
    providers::{self, settings::ACCOUNTS},
    service::Service,
    store::withdrawals::Row,
    workers::{self, withdrawals::round},
};

const OWNER: i64 = 12;
const RICH: i64 = 100_000_000;
/// The files of a sandbox that has not run yet.
static KEYS: OnceLock<Vec<(PathBuf, Vec<u8>)>> = OnceLock::new();

/// Everything a test turns.
struct World {
    test_db: TestDb,
    clock: Clock,
    ledger: Ledger,
    keys: Keys,
    settings: Settings,
    sandbox_url: String,
    http: reqwest::Client,
    folder: PathBuf,
    _sandbox: DropGuard,
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl World {
    async fn new() -> Self {
        testkit::trace();
        // Another test may have done it: just as good.
        rustls::crypto::ring::default_provider().install_default().ok();
        let test_db = testkit::database(&MIGRATIONS).await;
        let (clock, ledger) = (Clock::manual(noon()), Ledger::serve().await);
        let keys = Keys::new(&clock);
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = std::env::temp_dir().join(format!("payment_payouts_{}_{port}", std::process::id()));
        let stop = CancellationToken::new();
        let channels = sandbox(port, &folder, &stop);
        let settings = settings(&test_db, &keys, &ledger, channels);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let sandbox_url = format!("http://127.0.0.1:{port}");
        ledger.fund(OWNER, RICH);
        let world = Self {
            test_db,
            clock,
            ledger,
            keys,
            settings,
            sandbox_url,
            http,
            folder,
            _sandbox: stop.drop_guard(),
        };
        world.until_sandbox_serves().await;
        world
    }

    async fn until_sandbox_serves(&self) {
        for _ in 0..200 {
            if self.http.get(format!("{}/health", self.sandbox_url)).send().await.is_ok() {
                return;
            }
            sleep(Duration::from_millis(25)).await;
        }
        panic!("the sandbox does not serve");
    }

    /// A copy of the service that serves, with its own sweeper.
    async fn served(&self) -> Served {
        let open = crate::open(self.host().await, &self.settings).await.unwrap();
        Served::start(open, self.keys.clone())
    }

    /// A copy of the service without a door, that sweeps when the test says so.
    async fn copy(&self) -> Service {
        let host = self.host().await;
        let peers = Peers::new(&host, &self.settings).unwrap();
        Service::new(&host, &self.settings, workers::schedule(host.db(), &peers, Shanghai)).unwrap()
    }

    async fn host(&self) -> host::Host {
        let clock = self.clock.clone();
        host::testing::host(Peer::Payment, &self.test_db.url, &self.keys, clock).await.unwrap()
    }

    /// Has the sandbox go wrong, so often.
    async fn fault(&self, operation: &str, fault: &str, times: u32) {
        let body = json!({ "provider": "alipay", "operation": operation, "fault": fault, "times": times,
            "delay_ms": 5_000 });
        let url = format!("{}/control/faults", self.sandbox_url);
        let set = self.http.post(url).body(body.to_string()).send().await.unwrap();
        assert!(set.status().is_success(), "{}", set.text().await.unwrap());
    }

    async fn no_more_faults(&self) {
        let url = format!("{}/control/faults", self.sandbox_url);
        assert!(self.http.delete(url).send().await.unwrap().status().is_success());
    }

    /// What the provider's book says: what is there, and how often it paid out.
    async fn provider_book(&self) -> (i64, i64) {
        let url = format!("{}/control/book", self.sandbox_url);
        let all: Value = self.http.get(url).send().await.unwrap().json().await.unwrap();
        let mut books = all["books"].as_array().unwrap().iter();
        let book = books.find(|book| book["provider"] == "alipay").unwrap();
        (book["net_fen"].as_i64().unwrap(), book["payouts"].as_i64().unwrap())
    }

    /// Our books and the provider's are equal, nothing is held, and so much was paid out, so often.
    async fn assert_paid_out(&self, amount_minor: i64, times: i64) {
        assert_eq!(self.provider_book().await, (-amount_minor, times));
        assert_eq!(self.ledger.channel(), -amount_minor);
        assert_eq!(self.ledger.wallet(OWNER), (RICH - amount_minor, 0));
    }

    /// Lets time pass in the steps of the sweeper, with two copies sweeping at once.
    async fn sweep(&self, copies: [&Service; 2], seconds: i64) {
        for _ in 0..(seconds / 5) {
            self.clock.advance(TimeDelta::seconds(5));
            tokio::join!(round(copies[0]), round(copies[1]));
        }
    }

    async fn all(&self) -> Vec<Row> {
        let mut conn = PgConnection::connect(&self.test_db.url).await.unwrap();
        let ids: Vec<i64> =
            sqlx::query_scalar("select id from withdrawal order by id").fetch_all(&mut conn).await.unwrap();
        let mut all = Vec::new();
        for id in ids {
            all.push(crate::store::withdrawals::by_id(&mut conn, id).await.unwrap().unwrap());
        }
        all
    }

    /// The states that a withdrawal went through.
    async fn history(&self, id: i64) -> Vec<String> {
        let mut conn = PgConnection::connect(&self.test_db.url).await.unwrap();
        let statement =
            "select to_status || '/' || stage from withdrawal_history where withdrawal_id = $1 order by id";
        sqlx::query_scalar(statement).bind(id).fetch_all(&mut conn).await.unwrap()
    }

    async fn count(&self, of: &str) -> i64 {
        let mut conn = PgConnection::connect(&self.test_db.url).await.unwrap();
        let statement = sqlx::AssertSqlSafe(format!("select count(*) from {of}"));
        sqlx::query_scalar(statement).fetch_one(&mut conn).await.unwrap()
    }

    /// Waits until the only withdrawal is as wanted, while time passes.
    async fn until(&self, status: &str) -> Row {
        let waiting = async {
            loop {
                let row = self.all().await.pop().unwrap();
                if row.status == status {
                    return row;
                }
                self.clock.advance(TimeDelta::seconds(1));
                sleep(Duration::from_millis(100)).await;
            }
        };
        let Ok(row) = timeout(Duration::from_secs(30), waiting).await else {
            panic!("it stays {:?}", self.all().await)
        };
        row
    }
}

/// Starts a sandbox and reads the channels of the file that it writes.
fn sandbox(port: u16, folder: &std::path::Path, stop: &CancellationToken) -> providers::Settings {
    let notify = format!("http://127.0.0.1:{port}/webhooks/callbacks");
    let source = Source::from_pairs([
        ("DORMPAY_DATA_DIR", folder.to_str().unwrap()),
        ("SANDBOX_ADDR", &format!("127.0.0.1:{port}")),
        ("SANDBOX_TIME_SCALE", "1000"),
        ("ALIPAY_NOTIFY_URL", &notify),
        ("WECHAT_PAY_NOTIFY_URL", &notify),
        ("UNIONPAY_NOTIFY_URL", &notify),
    ]);
    let settings = ::sandbox::Settings::read(&source).unwrap();
    // Making keys takes long: all sandboxes of this process have the same.
    let keys = KEYS.get_or_init(|| {
        ::sandbox::prepare(&settings).unwrap();
        let files = std::fs::read_dir(folder.join("sandbox")).unwrap().map(|file| file.unwrap().path());
        files.filter(|path| path.is_file()).map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
    });
    std::fs::create_dir_all(folder.join("sandbox")).unwrap();
    for (path, content) in keys {
        std::fs::write(folder.join("sandbox").join(path.file_name().unwrap()), content).unwrap();
    }
    ::sandbox::prepare(&settings).unwrap();
    tokio::spawn(::sandbox::run(settings, stop.clone()));
    let source = source.with_development_file(&folder.join("sandbox/sandbox.env"), "sandbox", &ACCOUNTS);
    let mut reader = source.reader("payment");
    let channels = providers::Settings::take(&mut reader);
    reader.finish().unwrap();
    channels
}

fn settings(test_db: &TestDb, keys: &Keys, ledger: &Ledger, channels: providers::Settings) -> Settings {
    let away = "http://127.0.0.1:9".to_owned();
    Settings {
        host: host::testing::settings(Peer::Payment, &test_db.url, keys),
        zone: Shanghai,
        room_url: away.clone(),
        expense_url: away.clone(),
        bill_url: away,
        wallet_url: ledger.url.clone(),
        redis: ephemeral::Settings::at("redis://127.0.0.1:9/"),
        rules: super::payments::rules(),
        channels,
        provider_limits: providers::Limits { attempt: Duration::from_secs(2), ..super::providers::limits() },
    }
}

fn wanted(amount_minor: i64) -> WithdrawRequest {
    WithdrawRequest {
        user_id: OWNER,
        amount_minor,
        method: WithdrawMethod::Bank.into(),
        account_name: "张三".to_owned(),
        account_number: "6222000000000000".to_owned(),
        bank_name: "中国银行".to_owned(),
        bank_code: "BOC".to_owned(),
        reason: "个人消费".to_owned(),
        payment_password: SECRET.to_owned(),
    }
}

async fn withdraw(visitor: &Visitor, request: WithdrawRequest) -> Result<Withdrawal, Fault> {
    Ok(answered(visitor, request).await?.0)
}

/// Withdraws, and says whether the answer was given before.
async fn answered(visitor: &Visitor, request: WithdrawRequest) -> Result<(Withdrawal, bool), Fault> {
    let reply = WithdrawalServiceClient::new(visitor.line()).withdraw(request).await?;
    let is_replay = reply.metadata().get("idempotent-replayed").is_some();
    let WithdrawResponse { withdrawal } = reply.into_inner();
    Ok((withdrawal.unwrap(), is_replay))
}

fn owner(served: &Served) -> Visitor {
    served.user(OWNER).with("x-service-authorization", &served.keys.service("gateway"))
}
