//! What the dorm face says of itself in its description.

use utoipa::{PartialSchema as _, ToSchema as _};

use super::refusal::Refusal;
use crate::web::About;

/// The head of the description.
pub(crate) const ABOUT: About = About {
    name: "dorm",
    path: "/openapi/dorm.json",
    text: TEXT,
    tags: TAGS,
    refusal: || (Refusal::name().into_owned(), Refusal::schema()),
};

const TEXT: &str = "\
Shared expenses of a flat: users, rooms, expenses, bills, balances, statistics, live events.

* Messages are Chinese; `Accept-Language: en` gives English. Codes never change.
* Amounts are numbers with exactly two decimals; input may also be text. No exponent, no separators.
* `Idempotency-Key` (1 to 255 printable ASCII characters) is honoured on every POST: the same key and body give the \
first answer again with `Idempotent-Replayed: true`.
* 100 requests a minute per user, else per address: `X-RateLimit-Limit`, `-Remaining`, `-Reset`, `Retry-After`.
* Live events: a WebSocket at `/ws` (or the root of port 3000). Send `{\"type\":\"auth\",\"token\":\"…\"}` within 10 s, \
then `{\"type\":\"subscribe\",\"events\":[\"expenses\",\"bills\"]}`; after a break \
`{\"type\":\"resume\",\"room_id\":1,\"after_seq\":41}`. Frames hold at most 64 KiB. `seq` counts all events of a room; who \
subscribes to some topics sees holes where the others were. Close codes: 1008 not admitted, 1009 frame too large, \
1012 restarting, 1013 reader too slow or too many sockets.";
const TAGS: &[(&str, &str)] = &[
    ("auth", "Registering, logging in and out"),
    ("users", "The user himself and others"),
    ("rooms", "Rooms, members, invites"),
    ("expenses", "Expenses and their shares, import"),
    ("balances", "Who owes whom, and settling it"),
    ("bills", "Bills: several expenses for review and payment"),
    ("disputes", "Disputes of one share"),
    ("stats", "Statistics"),
    ("uploads", "Avatars and receipts"),
    ("notifications", "What a user should know"),
    ("tasks", "Scheduled tasks around payments, for administrators"),
    (
        "admin",
        "Accounts and the audit trail for administrators; refunds and exceptions for holders of a permission",
    ),
];
