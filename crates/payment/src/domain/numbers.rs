//! Numbers of payments, refunds and withdrawals (contract section 4).
//!
//! Prefix, local time, random tail: unique, not guessable, letters and digits only, 27 characters, so that they are
//! valid at every provider. Time and chance are arguments.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// Fifty bits of chance.
pub(crate) const TAIL_CHARS: usize = 10;

/// Writes the number of a payment.
pub(crate) fn payment_no(at: DateTime<Utc>, zone: Tz, tail: &str) -> String {
    number("PAY", at, zone, tail)
}

/// Writes the number of a refund.
pub(crate) fn refund_no(at: DateTime<Utc>, zone: Tz, tail: &str) -> String {
    number("REF", at, zone, tail)
}

/// Writes the number of a withdrawal.
pub(crate) fn withdrawal_no(at: DateTime<Utc>, zone: Tz, tail: &str) -> String {
    number("WDR", at, zone, tail)
}

fn number(prefix: &str, at: DateTime<Utc>, zone: Tz, tail: &str) -> String {
    format!("{prefix}{}{tail}", at.with_timezone(&zone).format("%Y%m%d%H%M%S"))
}
