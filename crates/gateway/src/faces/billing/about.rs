//! What the billing face says of itself in its description.

use utoipa::{PartialSchema as _, ToSchema as _};

use super::refusal::Refusal;
use crate::web::About;

/// The head of the description.
pub(crate) const ABOUT: About = About {
    name: "billing",
    path: "/openapi/billing.json",
    text: TEXT,
    tags: TAGS,
    refusal: || (Refusal::name().into_owned(), Refusal::schema()),
};

const TEXT: &str = "\
Orders and payments of the billing module.";
const TAGS: &[(&str, &str)] = &[];
