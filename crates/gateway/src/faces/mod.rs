//! The HTTP faces, one folder each, as their documents print them, and which of them a path belongs to.
//!
//! A face decodes a request, asks services, and prints the answer in its own words. Nothing is decided here. The
//! rule not to be broken: the path alone chooses the face, so that a refusal looks like the answers beside it.

pub(crate) mod admin;
pub(crate) mod billing;
pub(crate) mod checkout;
pub(crate) mod dorm;
mod json;
pub(crate) mod payments;
pub(crate) mod shapes;
mod times;
pub(crate) mod words;

use fault::{Code, Fault};

/// Names a face.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Face {
    /// Document 000, and every path that belongs to no other face.
    #[default]
    Dorm,
    /// Document 001.
    Payments,
    /// Document 002, its internal routes too.
    Admin,
    /// Document 003.
    Checkout,
    /// Document 004.
    Billing,
}

/// The first segments of the paths of a face (contract section 3). *Shape*: longest first.
const PREFIXES: [(&str, Face); 8] = [
    ("/api/v1/payment/alipay", Face::Admin),
    ("/internal/payment", Face::Admin),
    ("/api/v1/payments", Face::Payments),
    ("/api/v1/payment", Face::Checkout),
    ("/api/billing", Face::Billing),
    ("/payments", Face::Admin),
    ("/payment", Face::Admin),
    ("/billing", Face::Billing),
];

impl Face {
    /// Finds the face of a path.
    pub(crate) fn of_path(path: &str) -> Self {
        let is_below = |prefix: &str| {
            path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        PREFIXES.iter().find(|(prefix, _)| is_below(prefix)).map_or(Self::default(), |(_, face)| *face)
    }

    /// Refuses the value of a field because of a rule (contract section 4).
    pub(crate) fn wrong_value(self, field: &str, rule: &str) -> Fault {
        match self {
            Self::Payments | Self::Admin if words::is_amount(field) => {
                Fault::new(Code::PaymentAmountError, format!("{field}: {rule}")).with_field(field)
            }
            Self::Dorm | Self::Payments | Self::Admin | Self::Checkout | Self::Billing => {
                Fault::validation(field, rule)
            }
        }
    }
}
