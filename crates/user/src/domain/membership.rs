//! Time of memberships: how grants follow each other, and what a refund takes out of them.
//!
//! Pure; the clock is an argument. The rule not to be broken: the grants that count follow each other without a gap
//! from the one that runs, so that nobody loses a day when another grant changes.

use chrono::{DateTime, TimeDelta, Utc};
use fault::{Code, Fault};

const DAY_SECONDS: i64 = 86_400;

/// Time that an order bought. *Units*: UTC, days of 24 hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) order_no: String,
    pub(crate) plan: String,
    pub(crate) days: i32,
    pub(crate) is_upgrade: bool,
    pub(crate) starts_at: DateTime<Utc>,
    pub(crate) ends_at: DateTime<Utc>,
    pub(crate) taken_days: i32,
    /// The upgrade that runs in its place, and since when.
    pub(crate) replaced_by: Option<String>,
    pub(crate) replaced_at: Option<DateTime<Utc>>,
    pub(crate) created_at: DateTime<Utc>,
}

impl Grant {
    /// Tells whether it runs or will.
    pub(crate) fn counts(&self, now: DateTime<Utc>) -> bool {
        self.replaced_by.is_none() && self.ends_at > now
    }

    /// What of it is still to come.
    fn left(&self, now: DateTime<Utc>) -> TimeDelta {
        self.ends_at.signed_duration_since(now.max(self.starts_at)).max(TimeDelta::zero())
    }

    /// Gives the whole days that are still to come.
    pub(crate) fn whole_days_left(&self, now: DateTime<Utc>) -> i32 {
        i32::try_from(self.left(now).num_days()).unwrap_or(i32::MAX)
    }

    /// Gives the days that are still to come, the day that has begun among them.
    fn days_left(&self, now: DateTime<Utc>) -> i64 {
        let seconds = self.left(now).num_seconds();
        seconds.saturating_add(DAY_SECONDS).saturating_sub(1).checked_div(DAY_SECONDS).unwrap_or_default()
    }

    fn shift(&mut self, by: TimeDelta) {
        self.starts_at = moved(self.starts_at, by);
        self.ends_at = moved(self.ends_at, by);
    }
}

/// Adds a grant: after what is there, or in place of it.
pub(crate) fn add(grants: &mut Vec<Grant>, mut new: Grant, now: DateTime<Utc>) {
    let running = grants.iter_mut().filter(|grant| grant.counts(now));
    let mut starts_at = now;
    for grant in running {
        if new.is_upgrade {
            grant.replaced_by = Some(new.order_no.clone());
            grant.replaced_at = Some(now);
        } else {
            starts_at = starts_at.max(grant.ends_at);
        }
    }
    new.starts_at = starts_at;
    new.ends_at = moved(starts_at, days(new.days));
    grants.push(new);
}

/// Takes days of a grant back; later grants move up. An upgrade that is taken back whole gives way to what it replaced.
///
/// *Errors*: `NOT_FOUND` for no such grant, `REFUND_NOT_ALLOWED` when so many days are not left.
pub(crate) fn take_back(
    grants: &mut [Grant],
    order_no: &str,
    taken: i32,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    let grant = grants.iter_mut().find(|grant| grant.order_no == order_no);
    let grant = grant.ok_or_else(|| Fault::not_found("membership"))?;
    let left = if grant.replaced_by.is_none() { grant.days_left(now) } else { 0 };
    let taken_days = grant.taken_days.saturating_add(taken);
    if i64::from(taken) > left || taken_days > grant.days {
        let detail = format!("{left} days of the membership are left, the refund takes {taken}");
        return Err(Fault::new(Code::RefundNotAllowed, detail));
    }
    let (old_end, floor) = (grant.ends_at, now.max(grant.starts_at));
    grant.taken_days = taken_days;
    grant.ends_at = moved(old_end, -days(taken)).max(floor.min(old_end));
    let by = grant.ends_at.signed_duration_since(old_end);
    let is_gone = grant.is_upgrade && grant.taken_days == grant.days;
    shift_later(grants, (order_no, old_end), by, now);
    if is_gone {
        restore(grants, order_no, now);
    }
    Ok(())
}

/// Gives days back that a refund had taken.
pub(crate) fn give_back(grants: &mut [Grant], order_no: &str, taken: i32, now: DateTime<Utc>) {
    let Some(place) = grants.iter().position(|grant| grant.order_no == order_no) else { return };
    let Some(grant) = grants.get(place).cloned() else { return };
    if grant.is_upgrade && grant.taken_days == grant.days {
        let earlier = |other: &&mut Grant| other.counts(now) && other.created_at < grant.created_at;
        for other in grants.iter_mut().filter(earlier) {
            other.replaced_by = Some(order_no.to_owned());
            other.replaced_at = Some(now);
        }
    }
    let Some(own) = grants.get_mut(place) else { return };
    own.taken_days = own.taken_days.saturating_sub(taken).max(0);
    if grant.ends_at <= now {
        own.starts_at = now;
        own.ends_at = now;
    }
    own.ends_at = moved(own.ends_at, days(taken));
    shift_later(grants, (order_no, grant.ends_at), days(taken), now);
}

/// Moves the grants that come after one.
fn shift_later(
    grants: &mut [Grant],
    (order_no, end): (&str, DateTime<Utc>),
    by: TimeDelta,
    now: DateTime<Utc>,
) {
    let is_later =
        |grant: &&mut Grant| grant.order_no != order_no && grant.counts(now) && grant.starts_at >= end;
    grants.iter_mut().filter(is_later).for_each(|grant| grant.shift(by));
}

/// Lets what an upgrade had replaced run again from now on, before whatever came after the upgrade.
fn restore(grants: &mut [Grant], order_no: &str, now: DateTime<Utc>) {
    let mut end = now;
    for grant in grants.iter_mut().filter(|grant| grant.replaced_by.as_deref() == Some(order_no)) {
        let since = grant.replaced_at.unwrap_or(now);
        grant.shift(now.signed_duration_since(since));
        (grant.replaced_by, grant.replaced_at) = (None, None);
        end = end.max(grant.ends_at);
    }
    let upgraded_at = grants.iter().find(|grant| grant.order_no == order_no).map(|grant| grant.created_at);
    let is_after = |grant: &&mut Grant| {
        grant.order_no != order_no && grant.counts(now) && Some(grant.created_at) > upgraded_at
    };
    grants.iter_mut().filter(is_after).for_each(|grant| grant.shift(end.signed_duration_since(now)));
}

fn days(days: i32) -> TimeDelta {
    TimeDelta::days(i64::from(days))
}

fn moved(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(by).unwrap_or(at)
}
