//! The HTTP faces, one folder each, as their documents print them, and which of them a path belongs to.
//!
//! A face decodes a request, asks services, and prints the answer in its own words. Nothing is decided here. The
//! rule not to be broken: the path alone chooses the face, so that a refusal looks like the answers beside it.

pub(crate) mod dorm;
mod json;
pub(crate) mod payments;
pub(crate) mod shapes;

use fault::{Code, Fault};

/// Names a face.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Face {
    /// Document 000, and every path that belongs to no other face.
    #[default]
    Dorm,
    /// Document 001.
    Payments,
}

/// The first segments of the paths of a face (contract section 3). *Shape*: longest first.
const PREFIXES: [(&str, Face); 1] = [("/api/v1/payments", Face::Payments)];

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
            Self::Payments if field == payments::AMOUNT => {
                Fault::new(Code::PaymentAmountError, format!("{field}: {rule}")).with_field(field)
            }
            Self::Dorm | Self::Payments => Fault::validation(field, rule),
        }
    }
}
