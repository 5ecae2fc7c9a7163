//! The list of platform certificates.

use chrono::DateTime;
use wire::wechat::write_certificates;

use super::answer::{Answer, Refusal};
use crate::{beijing, desk::Desk};

const NONCE_CHARS: usize = 12;

pub(super) fn list(desk: &Desk) -> Result<Answer, Refusal> {
    let certificate = &desk.keys.wechat_certificate;
    let time = |unix: i64| DateTime::from_timestamp(unix, 0).map(beijing::rfc3339).unwrap_or_default();
    let (from, until) = (time(certificate.not_before_unix()), time(certificate.not_after_unix()));
    let nonce = desk.clock.code(NONCE_CHARS);
    let body = write_certificates(&[(certificate, &from, &until, &nonce)], &desk.keys.wechat_api_key);
    body.map(Answer::Content).map_err(|_| Refusal::trouble())
}
