//! What the checkout face says of itself in its description.

use utoipa::{PartialSchema as _, ToSchema as _};

use super::refusal::Refusal;
use crate::web::About;

/// The head of the description.
pub(crate) const ABOUT: About = About {
    name: "checkout",
    path: "/openapi/checkout.json",
    text: TEXT,
    tags: TAGS,
    refusal: || (Refusal::name().into_owned(), Refusal::schema()),
};

const TEXT: &str = "\
Orders of memberships and points, and paying them by scanning a code.";
const TAGS: &[(&str, &str)] = &[];
