//! The clients against the provider sandbox: what one side of the wire writes, the other reads, over real sockets.
//!
//! The sandbox's receiver of webhooks keeps the callbacks, so nothing of ours has to listen.

use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
    time::Duration,
};

use ::settings::Source;
use chrono::{DateTime, Days, TimeDelta, Utc};
use clock::Clock;
use http::{HeaderMap, HeaderName, HeaderValue};
use money::Minor;
use serde_json::Value;
use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::providers::{
    Channel, Handout, Limits, Notice, Order, PaymentRef, PaymentState, Payout, PayoutState, Product,
    Provider, Providers, Refund, RefundState, Refusal, Settings, Trouble, settings::ACCOUNTS,
};

const AMOUNT: Minor = Minor::new(8_888);
const PART: Minor = Minor::new(1_000);
const TRIES: usize = 200;
const PAUSE: Duration = Duration::from_millis(25);

/// Keys are made once for all tests of a process.
static KEYS: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("payment_sandbox_keys_{}", std::process::id()));
    let source = Source::from_pairs([("DORMPAY_DATA_DIR", folder.to_str().unwrap())]);
    sandbox::prepare(&sandbox::Settings::read(&source).unwrap()).unwrap();
    folder.join("sandbox/keys")
});

/// A sandbox with our clients pointed at it by the file that it writes.
pub(super) struct Sandbox {
    pub(super) url: String,
    pub(super) http: reqwest::Client,
    /// What the file says.
    pub(super) channels: Settings,
    providers: Providers,
    pub(super) clock: Clock,
    folder: PathBuf,
    _running: DropGuard,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Sandbox {
    /// One whose receiver of webhooks keeps the callbacks.
    async fn new() -> Self {
        Self::start(Clock::system(), |url| [(); 3].map(|()| format!("{url}/webhooks/callbacks"))).await
    }

    /// One that tells the news of Alipay, WeChat Pay and UnionPay to these addresses.
    pub(super) async fn start(clock: Clock, notify: impl FnOnce(&str) -> [String; 3]) -> Self {
        let port = testkit::free_port();
        let (url, stop) = (format!("http://127.0.0.1:{port}"), CancellationToken::new());
        let folder = std::env::temp_dir().join(format!("payment_sandbox_{}_{port}", std::process::id()));
        copy_keys(&folder.join("sandbox/keys"));
        let [alipay, wechat, unionpay] = notify(&url);
        let source = Source::from_pairs([
            ("DORMPAY_DATA_DIR", folder.to_str().unwrap()),
            ("SANDBOX_ADDR", &format!("127.0.0.1:{port}")),
            ("SANDBOX_TIME_SCALE", "1000"),
            ("ALIPAY_NOTIFY_URL", &alipay),
            ("WECHAT_PAY_NOTIFY_URL", &wechat),
            ("UNIONPAY_NOTIFY_URL", &unionpay),
        ]);
        let settings = sandbox::Settings::read(&source).unwrap();
        sandbox::prepare(&settings).unwrap();
        tokio::spawn(sandbox::run_at(settings, clock.clone(), stop.clone()));
        let source = source.with_development_file(&folder.join("sandbox/sandbox.env"), "sandbox", &ACCOUNTS);
        let mut reader = source.reader("payment");
        let channels = Settings::take(&mut reader);
        reader.finish().unwrap();
        let providers = Providers::new(channels.clone(), &clock, Limits::default()).unwrap();
        // No connection is kept that the sandbox may be closing.
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
        let sandbox = Self { url, http, channels, providers, clock, folder, _running: stop.drop_guard() };
        sandbox
            .eventually(async || sandbox.http.get(format!("{}/health", sandbox.url)).send().await.ok())
            .await;
        sandbox
    }

    /// A key of the providers' own, by its name among the files.
    pub(super) fn key(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.join("sandbox/keys").join(name)).unwrap()
    }

    pub(super) fn provider(&self, channel: Channel) -> &Provider {
        self.providers.get(channel).unwrap()
    }

    async fn eventually<T>(&self, ask: impl AsyncFn() -> Option<T>) -> T {
        for _ in 0..TRIES {
            if let Some(found) = ask().await {
                return found;
            }
            sleep(PAUSE).await;
        }
        panic!("it never became so")
    }

    /// Begins a payment as the payer's browser would, and gives its reference.
    async fn begin(&self, channel: Channel, product: Product) -> PaymentRef {
        let now = self.clock.now();
        let order = Order {
            out_no: format!("P{}", self.clock.new_id()),
            amount: AMOUNT,
            subject: "五月电费 & 水费".to_owned(),
            product,
            created_at: now,
            expires_at: now + TimeDelta::minutes(15),
            payer_id: None,
            payer_ip: None,
            return_url: Some("http://127.0.0.1:9/done".to_owned()),
        };
        match self.provider(channel).create(&order).await.result.unwrap() {
            Handout::QrCode(url) | Handout::Redirect(url) => {
                let answer = self.http.get(url).send().await.unwrap();
                assert!(answer.status().is_success() && answer.text().await.unwrap().contains("88.88"));
            }
            Handout::Form(page) => self.post_form(&page).await,
            Handout::AppParams(_) => {}
        }
        let Order { out_no, created_at, expires_at, .. } = order;
        PaymentRef { out_no, created_at, expires_at, transaction: None }
    }

    /// Does what a browser does with a page that posts itself.
    pub(super) async fn post_form(&self, page: &str) {
        let plain = |text: &str| {
            let text = text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">");
            text.replace("&#39;", "'").replace("&amp;", "&")
        };
        let value = |text: &str, name: &str| {
            let after = text.split_once(&format!("{name}=\"")).unwrap().1;
            plain(after.split_once('"').unwrap().0)
        };
        let inputs = page.split("<input ").skip(1);
        let fields: wire::Params =
            inputs.map(|input| (value(input, "name"), value(input, "value"))).collect();
        let request = self.http.post(value(page, "action")).body(wire::unionpay::write_form(&fields));
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success());
    }

    async fn pay(&self, out_no: &str) {
        let paid = self.http.post(format!("{}/control/trades/{out_no}/pay", self.url)).send().await.unwrap();
        assert!(paid.status().is_success());
    }

    /// Waits for a callback that reads as wanted.
    async fn notice<T>(&self, channel: Channel, wanted: impl Fn(Notice) -> Option<T>) -> T {
        self.eventually(async || {
            let url = format!("{}/control/webhooks/callbacks", self.url);
            let kept: Value = self.http.get(url).send().await.unwrap().json().await.unwrap();
            for request in kept["requests"].as_array().unwrap() {
                let (headers, body) = (headers_of(&request["headers"]), request["body"].as_str().unwrap());
                let notice = self.provider(channel).read_callback(&headers, body.as_bytes()).await.unwrap();
                if let Some(found) = wanted(notice) {
                    return Some(found);
                }
            }
            None
        })
        .await
    }
}

fn copy_keys(to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(&*KEYS).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn headers_of(kept: &Value) -> HeaderMap {
    let pairs = kept.as_array().unwrap().iter();
    let pair = |pair: &Value| {
        let name: HeaderName = pair[0].as_str().unwrap().parse().unwrap();
        (name, HeaderValue::from_str(pair[1].as_str().unwrap()).unwrap())
    };
    pairs.map(pair).collect()
}

/// Pays, hears of it, asks for it, sends a part back and hears of that.
async fn plays_through(channel: Channel, product: Product) {
    let sandbox = Sandbox::new().await;
    let provider = sandbox.provider(channel);
    provider.refresh_trust().await.unwrap();
    let mut payment = sandbox.begin(channel, product).await;
    assert_eq!(provider.query(&payment).await.result, Ok(PaymentState::Pending));
    sandbox.pay(&payment.out_no).await;
    let paid = sandbox.notice(channel, |notice| match notice {
        Notice::Paid { out_no, paid } => Some((out_no, paid)),
        _ => None,
    });
    let (out_no, paid) = paid.await;
    assert_eq!((&out_no, paid.amount), (&payment.out_no, AMOUNT));
    for answer in [provider.query(&payment).await.result, provider.close(&payment).await.result] {
        let Ok(PaymentState::Paid(asked)) = answer else { panic!("paid wins: {answer:?}") };
        assert_eq!((asked.amount, &asked.transaction), (AMOUNT, &paid.transaction));
    }
    payment.transaction = Some(paid.transaction);
    let refund = Refund {
        out_refund_no: format!("R{}", sandbox.clock.new_id()),
        payment_amount: AMOUNT,
        amount: PART,
        reason: "少收一人".to_owned(),
        created_at: sandbox.clock.now(),
        payment,
    };
    assert_eq!(provider.query_refund(&refund).await.result, Ok(RefundState::NotFound));
    provider.refund(&refund).await.result.unwrap();
    let is_done = |state| matches!(state, RefundState::Done(_)).then_some(());
    sandbox.eventually(async || is_done(provider.query_refund(&refund).await.result.unwrap())).await;
    let told = sandbox.notice(channel, |notice| match notice {
        Notice::Refund { out_refund_no, state, .. } => Some((out_refund_no, state)),
        _ => None,
    });
    let (number, state) = told.await;
    assert!(
        number.as_deref() == Some(refund.out_refund_no.as_str()) && matches!(state, RefundState::Done(_))
    );
    let (today, before) = (day(sandbox.clock.now()), day(sandbox.clock.now()) - Days::new(40));
    let early = provider.bill(today).await.result;
    assert!(matches!(early, Err(Trouble::Refused { reason: Refusal::NotReady, .. })), "{early:?}");
    let past = provider.bill(before).await.result;
    // UnionPay has one word for both.
    assert!(channel == Channel::Unionpay || past == Ok(Vec::new()), "{past:?}");
}

fn day(at: DateTime<Utc>) -> chrono::NaiveDate {
    at.with_timezone(&chrono_tz::Asia::Shanghai).date_naive()
}

#[tokio::test]
async fn alipay_and_the_sandbox_understand_each_other() {
    plays_through(Channel::Alipay, Product::Qr).await;
    plays_through(Channel::Alipay, Product::PageForm).await;
}

#[tokio::test]
async fn wechat_and_the_sandbox_understand_each_other() {
    plays_through(Channel::Wechat, Product::Qr).await;
}

#[tokio::test]
async fn unionpay_and_the_sandbox_understand_each_other() {
    plays_through(Channel::Unionpay, Product::PageForm).await;
}

#[tokio::test]
async fn money_is_paid_out_once() {
    let sandbox = Sandbox::new().await;
    let provider = sandbox.provider(Channel::Alipay);
    let payout = Payout {
        out_no: format!("W{}", sandbox.clock.new_id()),
        amount: PART,
        account: "wang@example.com".to_owned(),
        owner: "王小明".to_owned(),
        title: "提现".to_owned(),
    };
    let first = provider.payout(&payout).await.result.unwrap();
    assert!(matches!(first, PayoutState::Done { .. }), "{first:?}");
    assert_eq!(provider.payout(&payout).await.result, Ok(first.clone()));
    assert_eq!(provider.query_payout(&payout.out_no).await.result, Ok(first));
}
