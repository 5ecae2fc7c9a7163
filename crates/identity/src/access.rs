//! Tables of who may call which method.
//!
//! Each service owns one table, a row for each gRPC method. What a caller may do with an object does not live
//! here: operations decide that. The rule not to be broken: no row, no entry.

use std::collections::BTreeSet;

use fault::Fault;
use prost::Message as _;

use crate::{Caller, caller::required};

/// Says who may call a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allow {
    /// Everybody, with or without a token.
    Anyone,
    /// A user with a living session.
    User,
    /// An administrator with a living session.
    Admin,
    /// The services of these names.
    Service(&'static [&'static str]),
    /// A user, through one of these services.
    UserVia(&'static [&'static str]),
    /// A user, or one of these services alone.
    UserOr(&'static [&'static str]),
    /// An administrator, or one of these services alone.
    AdminOr(&'static [&'static str]),
}

/// Rows of method path, such as `/dormpay.user.v1.UserService/Register`, and who may call it.
pub type Table = &'static [(&'static str, Allow)];

impl Allow {
    /// Passes if the caller may call the method.
    ///
    /// *Errors*: `AUTH_REQUIRED` for somebody without any proof, `FORBIDDEN` for the wrong one.
    pub fn admit(self, caller: &Caller) -> Result<(), Fault> {
        match self {
            Self::Anyone => Ok(()),
            Self::User => caller.user().map(|_| ()),
            Self::Admin => caller.admin().map(|_| ()),
            Self::Service(names) => service(caller, names),
            Self::UserVia(names) => caller.user().and_then(|_| service(caller, names)),
            Self::UserOr(_) if caller.user.is_some() => Ok(()),
            Self::AdminOr(_) if caller.user.is_some() => caller.admin().map(|_| ()),
            Self::UserOr(names) | Self::AdminOr(names) => service(caller, names).map_err(|_| required()),
        }
    }
}

fn service(caller: &Caller, names: &[&str]) -> Result<(), Fault> {
    match (caller.via, &caller.user) {
        (Some(via), _) if names.contains(&via.as_str()) => Ok(()),
        (None, None) => Err(required()),
        _ => Err(Fault::forbidden("only for services")),
    }
}

/// Finds the row of a method.
pub(crate) fn row(table: Table, method: &str) -> Option<Allow> {
    table.iter().find(|(path, _)| *path == method).map(|(_, allow)| *allow)
}

/// Lists the method paths of gRPC services as the generated contract has them. For tests over every method.
///
/// *Shape*: sorted; `services` are full names such as `dormpay.user.v1.UserService`.
pub fn methods(services: &[&str]) -> BTreeSet<String> {
    let files = prost_types::FileDescriptorSet::decode(proto::FILE_DESCRIPTOR_SET).unwrap_or_default();
    let mut paths = BTreeSet::new();
    for file in &files.file {
        for service in &file.service {
            let name = format!("{}.{}", file.package(), service.name());
            if services.contains(&name.as_str()) {
                paths.extend(service.method.iter().map(|method| format!("/{name}/{}", method.name())));
            }
        }
    }
    paths
}

/// Lists what is wrong with a table: methods without a row, rows without a method, methods with two rows.
/// For the test of each service that expects nothing.
pub fn gaps(table: Table, services: &[&str]) -> Vec<String> {
    let methods = methods(services);
    let mut seen = BTreeSet::new();
    let mut gaps = Vec::new();
    for (path, _) in table {
        if !methods.contains(*path) {
            gaps.push(format!("{path} has a row and is no method"));
        }
        if !seen.insert((*path).to_owned()) {
            gaps.push(format!("{path} has two rows"));
        }
    }
    gaps.extend(methods.difference(&seen).map(|path| format!("{path} has no row")));
    gaps
}
