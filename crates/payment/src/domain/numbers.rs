//! Numbers of payments and refunds (contract section 4).
//!
//! Prefix, local time, random tail: unique, not guessable, letters and digits only, 27 characters, so that they are
//! valid at every provider.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clock::Clock;

/// Fifty bits of chance.
const TAIL_CHARS: usize = 10;

/// Makes the number of a payment.
pub(crate) fn payment_no(clock: &Clock, zone: Tz) -> String {
    number("PAY", clock.now(), zone, &clock.code(TAIL_CHARS))
}

/// Makes the number of a refund.
pub(crate) fn refund_no(clock: &Clock, zone: Tz) -> String {
    number("REF", clock.now(), zone, &clock.code(TAIL_CHARS))
}

fn number(prefix: &str, at: DateTime<Utc>, zone: Tz, tail: &str) -> String {
    format!("{prefix}{}{tail}", at.with_timezone(&zone).format("%Y%m%d%H%M%S"))
}
