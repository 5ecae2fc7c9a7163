//! The settings that every service has: where it listens, its database, its keys, where sessions are checked.
//!
//! They are read together with the service's own, so that one start tells everything that is wrong. The rule not to
//! be broken: what `doctor` shows comes from the very same reads.

use std::net::SocketAddr;

use ::settings::{Entry, Problems, Reader, Source};
use chrono_tz::Tz;

use crate::Peer;

/// Holds what a service needs to live.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which service it is.
    pub peer: Peer,
    /// Where its gRPC listens.
    pub grpc_addr: SocketAddr,
    /// Where its own `/metrics` and `/health` listen, if anywhere; `dormpay all` has one place for all.
    pub operations_addr: Option<SocketAddr>,
    /// Where sessions are checked.
    pub user_url: String,
    /// Its database.
    pub database: durable::Settings,
    /// Whom it believes and how it signs.
    pub identity: identity::Settings,
}

/// What a reading of settings gave: the settings or all problems, and what was read.
#[derive(Debug)]
pub struct Reading<T> {
    settings: Result<(Settings, T), Problems>,
    entries: Vec<Entry>,
}

impl<T> Reading<T> {
    /// Gives the host's settings and the service's own. *Errors*: all problems at once.
    pub fn settings(self) -> Result<(Settings, T), Problems> {
        self.settings
    }

    /// Gives what was read, for `dormpay doctor`; also where there were problems.
    pub fn entries(self) -> Vec<Entry> {
        self.entries
    }
}

/// Reads the settings of a service: those that all services have, and with `own` its own.
///
/// ```ignore
/// fn reading(source: &Source) -> host::Reading<Tz> {
///     host::read(source, Peer::Wallet, host::business_zone)
/// }
/// ```
pub fn read<T>(source: &Source, peer: Peer, own: impl FnOnce(&mut Reader) -> T) -> Reading<T> {
    let mut reader = source.reader(peer.name());
    let default = format!("127.0.0.1:{}", peer.port());
    let grpc_addr = reader.parse(&peer.variable("GRPC_ADDR"), &default, "where this service's gRPC listens");
    let operations_addr = operations_addr(&mut reader, &peer.variable("OPERATIONS_ADDR"));
    let user_url = Peer::User.url(&mut reader);
    let database = durable::Settings::read_from(&mut reader, peer.name());
    let own = own(&mut reader);
    let mut entries = reader.entries().to_vec();
    let mut problems = reader.finish().err().unwrap_or_default();
    let identity = identity::Settings::read(source).map_err(|found| problems.merge(found)).ok();
    entries.extend(identity.iter().flat_map(|identity| identity.entries().to_vec()));
    let settings = match (problems.clone().into_result(), identity) {
        (Ok(()), Some(identity)) => {
            Ok((Settings { peer, grpc_addr, operations_addr, user_url, database, identity }, own))
        }
        _ => Err(problems),
    };
    Reading { settings, entries }
}

/// Reads the zone in which a business day is meant, from `BUSINESS_TIME_ZONE`.
pub fn business_zone(reader: &mut Reader) -> Tz {
    reader.parse("BUSINESS_TIME_ZONE", "Asia/Shanghai", "zone in which days and schedules are meant")
}

fn operations_addr(reader: &mut Reader, name: &str) -> Option<SocketAddr> {
    let text = reader.optional(name, "where this service's own /metrics and /health listen, if anywhere")?;
    let parsed = text.parse().ok();
    if parsed.is_none() {
        reader.refuse(name, "an address such as 127.0.0.1:4001");
    }
    parsed
}
