//! Addresses that callers name: where a payer's browser goes afterwards, and who hears of a payment.
//!
//! A browser is sent to hosts of a list alone. A webhook goes to the public internet alone; what a name resolves to is
//! looked at again by whoever delivers. The rule not to be broken: an address is judged as browsers read it, however
//! it is spelled, and passed on in that form.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use fault::Fault;
use url::{Host, Url};

const BYTES_MAX: usize = 512;
const FORM: &str = "must be an address such as https://app.example.com/paid";
/// Ends of names that exist in private networks alone.
const PRIVATE_ENDS: [&str; 6] = ["localhost", "local", "internal", "lan", "home.arpa", "intranet"];

/// Judges addresses that callers name. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Links(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    return_hosts: Vec<String>,
    allows_private: bool,
}

impl Links {
    /// Lets browsers go to these hosts; `*.` before one stands for all that are below it.
    pub(crate) fn new(return_hosts: &[String], allows_private: bool) -> Self {
        let return_hosts = return_hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        Self(Arc::new(Inner { return_hosts, allows_private }))
    }

    /// Takes an address to which a payer's browser goes; empty when none is given.
    ///
    /// *Errors*: `VALIDATION_ERROR` for a host that is not listed.
    pub(crate) fn returning(&self, field: &str, given: Option<&str>) -> Result<String, Fault> {
        let Some(text) = given else { return Ok(String::new()) };
        let url = parse(field, text)?;
        let host = url.host_str().unwrap_or_default();
        let is_listed = self.0.return_hosts.iter().any(|listed| match listed.strip_prefix("*.") {
            Some(above) => host.strip_suffix(above).is_some_and(|rest| rest.ends_with('.')),
            None => host == listed,
        });
        if is_listed {
            Ok(url.into())
        } else {
            Err(Fault::validation(field, "must be on a host that is listed"))
        }
    }

    /// Takes an address at which a caller hears of a payment; empty when none is given.
    ///
    /// *Errors*: `VALIDATION_ERROR` for one that is not on the public internet.
    pub(crate) fn notified(&self, field: &str, given: Option<&str>) -> Result<String, Fault> {
        let Some(text) = given else { return Ok(String::new()) };
        let url = parse(field, text)?;
        let is_public = match url.host() {
            Some(Host::Domain(name)) => is_public_name(name),
            Some(Host::Ipv4(address)) => is_public_v4(address),
            Some(Host::Ipv6(address)) => is_public_v6(address),
            None => false,
        };
        if is_public || self.0.allows_private {
            Ok(url.into())
        } else {
            Err(Fault::validation(field, "must not be a private, local or reserved address"))
        }
    }
}

fn parse(field: &str, text: &str) -> Result<Url, Fault> {
    if text.len() > BYTES_MAX {
        return Err(Fault::validation(field, "must be at most 512 bytes"));
    }
    let is_odd = |letter: char| letter.is_control() || letter.is_whitespace() || letter == '\\';
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let url =
        url.filter(|url| !text.contains(is_odd) && url.host().is_some() && url.as_str().len() <= BYTES_MAX);
    let url = url.ok_or_else(|| Fault::validation(field, FORM))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Fault::validation(field, "must not hold a name or a password"));
    }
    Ok(url)
}

fn is_public_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let is_private =
        |end: &str| name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    name.contains('.') && !PRIVATE_ENDS.iter().any(|end| is_private(end))
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224.., _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

/// Tells whether an address is plainly global unicast: no tunnel, no other notation of an IPv4 address.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0x2001, 0..=0x01ff | 0x0db8, ..] | [0x2002 | 0x3fff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}
