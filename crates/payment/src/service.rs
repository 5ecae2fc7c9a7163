//! What the operations of this service share.
//!
//! No rule lives here. Cheap to clone.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use clock::Clock;
use durable::{Database, schedule::Schedule};
use ephemeral::{Redis, VersionedCache};
use fault::Fault;
use host::Host;
use identity::Guard;

use crate::{
    access, domain,
    partners::Partners,
    providers::{self, Channel, Providers},
    purse::Purse,
    settings::{Rules, Settings},
};

/// How long a final state is kept for display (001-C01).
const DETAIL_LIFE: Duration = Duration::from_mins(30);

/// How long pages of a user's payments are kept (contract section 8).
const RECORDS_LIFE: Duration = Duration::from_mins(15);

/// The state of the payment service.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) db: Database,
    pub(crate) clock: Clock,
    pub(crate) zone: Tz,
    pub(crate) rules: Rules,
    pub(crate) partners: Partners,
    pub(crate) purse: Purse,
    /// Whether withdrawals to everywhere go to the one channel that pays out: outside production.
    pub(crate) pays_out_anywhere: bool,
    pub(crate) providers: Arc<Providers>,
    pub(crate) redis: Redis,
    /// Payments that have ended, as the contract writes them, by id and by number.
    pub(crate) details: VersionedCache,
    /// First pages of users' payments, as base64 of what the contract writes; the version is the user's.
    pub(crate) records: VersionedCache,
    /// Knows the users of reads that come together.
    pub(crate) guard: Guard,
    /// The tasks; the same ones that the host runs.
    pub(crate) schedule: Schedule,
    accounts: Arc<BTreeMap<Channel, (String, String)>>,
    /// How browsers reach the gateway, `https://host`.
    pages: Arc<str>,
}

impl Service {
    /// Takes what the host has and what the settings say. *Errors*: internal, if an address cannot be used.
    pub(crate) fn new(host: &Host, settings: &Settings, schedule: Schedule) -> Result<Self, Fault> {
        let clock = host.clock().clone();
        let redis = Redis::connect(&settings.redis, clock.clone());
        Ok(Self {
            db: host.db().clone(),
            zone: settings.zone,
            rules: settings.rules,
            partners: Partners::new(host, settings)?,
            purse: Purse::new(host, &settings.wallet_url)?,
            pays_out_anywhere: settings.channels.explains,
            providers: Arc::new(Providers::new(settings.channels.clone(), &clock, settings.provider_limits)?),
            details: VersionedCache::new(redis.clone(), "payment_detail", DETAIL_LIFE),
            records: VersionedCache::new(redis.clone(), "payment_records", RECORDS_LIFE),
            guard: host.guard(access::TABLE),
            redis,
            schedule,
            accounts: Arc::new(accounts(&settings.channels)),
            pages: pages(&settings.channels).into(),
            clock,
        })
    }

    /// Gives the application's and the merchant's numbers at a provider.
    pub(crate) fn account(&self, channel: Channel) -> (String, String) {
        self.accounts.get(&channel).cloned().unwrap_or_default()
    }

    /// Gives the address of the gateway's page that sends a browser on to the provider.
    pub(crate) fn page_of(&self, payment_no: &str) -> String {
        format!("{}/payment/go/{payment_no}", self.pages)
    }

    /// Gives the instant at which the present business day began.
    pub(crate) fn day_began(&self) -> DateTime<Utc> {
        let now = self.clock.now();
        let midnight = clock::business_date(now, self.zone).and_time(NaiveTime::MIN);
        midnight.and_local_timezone(self.zone).earliest().map_or(now, |at| at.with_timezone(&Utc))
    }

    /// Makes the number of a new payment.
    pub(crate) fn payment_no(&self) -> String {
        domain::payment_no(self.clock.now(), self.zone, &self.clock.code(domain::TAIL_CHARS))
    }

    /// Makes the number of a new refund.
    pub(crate) fn refund_no(&self) -> String {
        domain::refund_no(self.clock.now(), self.zone, &self.clock.code(domain::TAIL_CHARS))
    }

    /// Makes the number of a new withdrawal.
    pub(crate) fn withdrawal_no(&self) -> String {
        domain::withdrawal_no(self.clock.now(), self.zone, &self.clock.code(domain::TAIL_CHARS))
    }

    /// Waits a little for whoever works on the same; goes on in any case (contract section 8).
    pub(crate) async fn thin_out(
        &self,
        name: &str,
        wait_seconds: u64,
        hold_seconds: u64,
    ) -> ephemeral::Lease {
        let (hold, wait) = (Duration::from_secs(hold_seconds), Duration::from_secs(wait_seconds));
        self.redis.lease(name, hold, wait).await
    }
}

/// The gateway is where callbacks come in.
fn pages(of: &providers::Settings) -> String {
    let notify_url = of.unionpay.as_ref().map(|unionpay| unionpay.notify_url.as_str()).unwrap_or_default();
    reqwest::Url::parse(notify_url).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}

fn accounts(of: &providers::Settings) -> BTreeMap<Channel, (String, String)> {
    let mut all = BTreeMap::new();
    if let Some(alipay) = &of.alipay {
        all.insert(Channel::Alipay, (alipay.app_id.clone(), alipay.seller_id.clone().unwrap_or_default()));
    }
    if let Some(wechat) = &of.wechat {
        all.insert(Channel::Wechat, (wechat.app_id.clone(), wechat.mch_id.clone()));
    }
    if let Some(unionpay) = &of.unionpay {
        all.insert(Channel::Unionpay, (String::new(), unionpay.merchant_id.clone()));
    }
    all
}
