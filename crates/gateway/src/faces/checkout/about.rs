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
Orders of memberships and points, paid by scanning a code.

* Answers are bare objects; acts and refusals are `{code, msg, data}`, `code` being the HTTP status. Messages are \
Chinese; `Accept-Language: en` gives English. Below status 500 the message of a refusal names the field and the rule.
* Amounts are numbers with exactly two decimals. Times are local without a zone (`2025-01-01T12:15:00`).
* An order is `pending`, `paid`, `cancelled` or `refunded`; it may be paid for 30 minutes, its code for 15. Ask for \
the state every 3 seconds, or listen for `payment_success` on the WebSocket: it carries `order_no`.
* `Idempotency-Key` (1 to 255 printable ASCII characters) is honoured on every POST: the same key and body give the \
first answer again with `Idempotent-Replayed: true`.
* 100 requests a minute per user, else per address: `X-RateLimit-Limit`, `-Remaining`, `-Reset`, `Retry-After`.
* Providers call back at `POST /api/v1/payment/wechat/callback` and `POST /api/v1/payment/alipay/callback`.";
const TAGS: &[(&str, &str)] = &[
    ("orders", "Ordering, asking, giving up"),
    ("assets", "What can be ordered, and what the user has"),
    ("callbacks", "What payment providers call"),
];
