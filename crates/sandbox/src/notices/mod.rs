//! Notifications: what each says, to whom it goes, how often it was tried.
//!
//! A notice is written with its event, in one transaction. What it says is settled then; it is signed anew for each try.
//! How providers word it stands in their rooms, sending in `deliver`. The rule not to be broken: a notice is tried until
//! it is acknowledged or its provider's schedule is over, across restarts.

mod deliver;
mod schedule;
mod worker;

use chrono::{DateTime, Utc};
use fault::Fault;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wire::Params;

pub(crate) use self::{
    deliver::{Message, Sender, Twist},
    schedule::pause_after,
    worker::run,
};
use crate::{
    alipay,
    store::{Record, Tx},
    trades::{Job, Provider, Refund, Trade, put_due},
    unionpay, wechat,
};

/// Tries that are remembered for the control interface.
const ATTEMPTS_MAX: usize = 50;
const NOTICES_OF_TRADE_MAX: usize = 120;

/// What a notice says, before it is signed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Content {
    /// The parameters of the form.
    Alipay(Params),
    /// The event, its word in Chinese, the kind and the plaintext; and which of the two keys signs.
    Wechat { event: String, summary: String, kind: String, plain: Value, is_by_public_key: bool },
    /// The parameters of the form.
    Unionpay(Params),
}

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    Paid,
    Refunded,
    Closed,
}

/// Where a notice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// It waits for its next try.
    Waiting,
    /// The merchant acknowledged it.
    Acknowledged,
    /// All tries are used up.
    GivenUp,
}

/// One try.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) at: DateTime<Utc>,
    /// What was done wrong on purpose.
    pub(crate) fault: Option<String>,
    pub(crate) http_status: Option<u16>,
    pub(crate) is_acknowledged: bool,
    /// The beginning of the answer, or why there is none.
    pub(crate) detail: String,
}

/// One notification.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Notice {
    pub(crate) id: i64,
    /// The provider's number of it, the same for all tries.
    pub(crate) uid: String,
    pub(crate) provider: Provider,
    pub(crate) event: Event,
    pub(crate) trade: String,
    pub(crate) out_trade_no: String,
    pub(crate) url: String,
    pub(crate) content: Content,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) standing: Standing,
    /// Tries that count for the schedule.
    pub(crate) tries: u32,
    pub(crate) next_at: Option<DateTime<Utc>>,
    /// Whether it lets another notice of the trade pass first.
    pub(crate) is_held: bool,
    pub(crate) attempts: Vec<Attempt>,
}

impl Record for Notice {
    const TABLE: &'static str = "notices";

    fn key(&self) -> String {
        format!("{}#{:016}", self.trade, self.id)
    }
}

impl Notice {
    /// Gives the notices of a trade, oldest first.
    pub(crate) fn all_of(tx: &Tx, trade: &str) -> Result<Vec<Self>, Fault> {
        tx.scan::<Self>(&format!("{trade}#"), NOTICES_OF_TRADE_MAX)
    }

    /// Has it sent at a time, instead of the time it waited for.
    fn plan(&mut self, tx: &Tx, at: DateTime<Utc>) -> Result<(), Fault> {
        self.next_at = Some(at);
        put_due(tx, at, Job::Notify { notice: self.key() })
    }

    fn note(&mut self, attempt: Attempt) {
        self.attempts.push(attempt);
        let surplus = self.attempts.len().saturating_sub(ATTEMPTS_MAX);
        self.attempts.drain(..surplus);
    }
}

/// Has it told that a trade was paid.
pub(crate) fn paid(tx: &Tx, trade: &Trade, now: DateTime<Utc>) -> Result<(), Fault> {
    let content = match trade.provider {
        Provider::Alipay => Content::Alipay(alipay::notice::paid(trade, now)),
        Provider::Wechat => wechat::notice::paid(trade),
        Provider::Unionpay => Content::Unionpay(unionpay::notice::paid(trade)),
    };
    append(tx, trade, (Event::Paid, trade.id), trade.notify_url.as_deref(), (content, now))
}

/// Has it told that money went back; where to is the provider's custom.
pub(crate) fn refunded(tx: &Tx, trade: &Trade, refund: &Refund, now: DateTime<Utc>) -> Result<(), Fault> {
    let (content, url) = match trade.provider {
        Provider::Alipay => {
            (Content::Alipay(alipay::notice::refunded(trade, refund, now)), &trade.notify_url)
        }
        Provider::Wechat => (wechat::notice::refunded(trade, refund), &refund.notify_url),
        Provider::Unionpay => (Content::Unionpay(unionpay::notice::refunded(refund)), &refund.notify_url),
    };
    append(tx, trade, (Event::Refunded, refund.id), url.as_deref(), (content, now))
}

/// Has it told that a trade was closed: only Alipay does, and only of trades that a payer saw.
pub(crate) fn closed(tx: &Tx, trade: &Trade, now: DateTime<Utc>) -> Result<(), Fault> {
    if trade.provider != Provider::Alipay || !trade.is_opened {
        return Ok(());
    }
    let content = Content::Alipay(alipay::notice::closed(trade, now));
    append(
        tx,
        trade,
        (Event::Closed, trade.id.saturating_add(1)),
        trade.notify_url.as_deref(),
        (content, now),
    )
}

fn append(
    tx: &Tx,
    trade: &Trade,
    (event, id): (Event, i64),
    url: Option<&str>,
    (content, now): (Content, DateTime<Utc>),
) -> Result<(), Fault> {
    let Some(url) = url else { return Ok(()) };
    let mut notice = Notice {
        id,
        uid: uid_of(event, id),
        provider: trade.provider,
        event,
        trade: trade.key(),
        out_trade_no: trade.out_trade_no.clone(),
        url: url.to_owned(),
        content,
        created_at: now,
        standing: Standing::Waiting,
        tries: 0,
        next_at: None,
        is_held: false,
        attempts: Vec::new(),
    };
    notice.plan(tx, now)?;
    tx.put(&notice)
}

/// Makes a number of 36 characters in the form of a UUID.
fn uid_of(event: Event, id: i64) -> String {
    let kind = match event {
        Event::Paid => 1,
        Event::Refunded => 2,
        Event::Closed => 3,
    };
    format!("5d0bca11-0000-5000-800{kind}-{id:0>12x}")
}
