//! Who calls, and what he may call: tokens, callers, access tables, and whether a session still lives.
//!
//! The user service signs access tokens, every service signs its own short ones, and each service checks both
//! kinds itself. Passwords, accounts and sessions do not live here: the user service owns them. The rule not to
//! be broken: a method without a row in its service's table is refused, and a doubt is answered with a refusal.

pub mod access;
mod caller;
mod claims;
mod development;
mod guard;
mod issue;
mod key;
mod liveness;
mod service;
mod settings;
#[doc(hidden)]
pub mod testing;
mod verifier;

pub use crate::{
    access::{Allow, Table},
    caller::{Caller, PERMISSIONS, Role, ServiceName, User},
    claims::{AUDIENCE, Claims, INTERNAL_AUDIENCE, ISSUER},
    guard::{Guard, SERVICE_AUTHORIZATION},
    issue::{Issued, Issuer, Subject},
    key::{KeyError, PrivateKey, PublicKey},
    liveness::{Liveness, Sessions},
    service::ServiceSigner,
    settings::{Settings, signing_key},
    verifier::Verifier,
};

#[cfg(test)]
mod tests;
