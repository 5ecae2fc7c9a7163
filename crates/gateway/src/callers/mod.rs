//! Who may knock: one extractor each, the first argument of every handler.
//!
//! `layers::admit` has looked at the token by then and left what it found. What a caller may do with an object is
//! decided by the services. The rule not to be broken: a handler without one of these does not exist.

mod anyone;
mod guest;
mod member;
mod operator;
mod payment_reader;
mod payment_writer;

use fault::{Code, Fault};
use http::request::Parts;
use identity::User;

pub(crate) use self::{
    anyone::Anyone, guest::Guest, member::Member, operator::Operator, payment_reader::PaymentReader,
    payment_writer::PaymentWriter,
};
use crate::problem::Problem;

/// What the token of a request turned out to be.
#[derive(Clone, Debug)]
pub(crate) enum Knock {
    /// There was none.
    Nobody,
    /// It did not prove anything, and why.
    Refused(Fault),
    /// It is this user's, and his session lives.
    User(User),
}

/// Takes the user who knocked.
///
/// *Errors*: `AUTH_REQUIRED` without a token, else why the token was refused.
fn user(parts: &Parts) -> Result<User, Problem> {
    match parts.extensions.get::<Knock>() {
        Some(Knock::User(user)) => Ok(user.clone()),
        Some(Knock::Refused(fault)) => Err(fault.clone().into()),
        Some(Knock::Nobody) | None => {
            Err(Fault::new(Code::AuthRequired, "authorization: a bearer token is required").into())
        }
    }
}
