//! What the admin face says of itself in its description.

use utoipa::{PartialSchema as _, ToSchema as _};

use super::refusal::Refusal;
use crate::web::About;

/// The head of the description.
pub(crate) const ABOUT: About = About {
    name: "admin",
    path: "/openapi/admin.json",
    text: TEXT,
    tags: TAGS,
    refusal: || (Refusal::name().into_owned(), Refusal::schema()),
};

const TEXT: &str = "\
Payments for administrators and for other services.";
const TAGS: &[(&str, &str)] = &[];
