//! When a notification that was not acknowledged is repeated.
//!
//! Alipay's and WeChat Pay's times are documented; UnionPay's are not, so those here are our own.

use std::time::Duration;

use crate::trades::Provider;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const ALIPAY: [u64; 7] = [4 * MINUTE, 10 * MINUTE, 10 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, 15 * HOUR];
const WECHAT: [u64; 15] = [
    15,
    15,
    30,
    3 * MINUTE,
    10 * MINUTE,
    20 * MINUTE,
    30 * MINUTE,
    30 * MINUTE,
    30 * MINUTE,
    HOUR,
    3 * HOUR,
    3 * HOUR,
    3 * HOUR,
    6 * HOUR,
    6 * HOUR,
];
const UNIONPAY: [u64; 7] = [15, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR];

/// Gives the wait after the `tries`th try, counted from one; none if it was the last.
pub(crate) fn pause_after(provider: Provider, tries: u32, scale: u32) -> Option<Duration> {
    let all: &[u64] = match provider {
        Provider::Alipay => &ALIPAY,
        Provider::Wechat => &WECHAT,
        Provider::Unionpay => &UNIONPAY,
    };
    let at = usize::try_from(tries.saturating_sub(1)).ok()?;
    let seconds = all.get(at)?;
    Some(Duration::from_secs(*seconds).checked_div(scale.max(1)).unwrap_or_default())
}

/// Gives how long a merchant may take to answer.
pub(super) const fn patience(provider: Provider) -> Duration {
    match provider {
        Provider::Wechat => Duration::from_secs(5),
        Provider::Alipay | Provider::Unionpay => Duration::from_secs(10),
    }
}
