//! When a payment ends, and when the provider is asked about it (contract section 9).
//!
//! The rule not to be broken: nothing lives past its order's deadline, and an open payment is always asked about again.

use chrono::{DateTime, TimeDelta, Utc};

/// The pauses before the first questions. *Units*: seconds.
const QUICK: [i64; 3] = [5, 30, 120];
/// The pause before all later ones. *Units*: seconds.
const SLOW: i64 = 300;

/// The first pause after a refund that its provider has taken and not ended. *Units*: seconds.
const REFUND: i64 = 10;
/// So often it doubles, at most up to [`SLOW`].
const DOUBLINGS_MAX: u32 = 5;

/// Says when the provider is asked next about a refund that it has not ended after so many questions: after 10 s, 20 s,
/// 40 s and so on, then every 5 min.
pub(crate) fn next_refund_question(now: DateTime<Utc>, tries: i32) -> DateTime<Utc> {
    let doublings = u32::try_from(tries.saturating_sub(1)).unwrap_or(0).min(DOUBLINGS_MAX);
    now + TimeDelta::seconds(REFUND.saturating_mul(1 << doublings).min(SLOW))
}

/// Says when a payment ends that begins now: after its own minutes, never after its order.
pub(crate) fn expiry(now: DateTime<Utc>, minutes: i64, order_ends: DateTime<Utc>) -> DateTime<Utc> {
    now.checked_add_signed(TimeDelta::minutes(minutes)).map_or(order_ends, |own| own.min(order_ends))
}

/// Says when the provider is asked next after so many questions, of which `quick_max` may come quickly: 5 s, 30 s,
/// 2 min, then every 5 min; and just after the payment's end, so that it is closed then.
pub(crate) fn next_question(
    now: DateTime<Utc>,
    tries: i32,
    quick_max: i32,
    expires_at: DateTime<Utc>,
) -> DateTime<Utc> {
    let place = usize::try_from(tries).unwrap_or(usize::MAX);
    let quick = QUICK.get(place).copied().filter(|_| tries < quick_max);
    let regular = now + TimeDelta::seconds(quick.unwrap_or(SLOW));
    let end = expires_at + TimeDelta::seconds(1);
    if now < end { regular.min(end) } else { regular }
}
