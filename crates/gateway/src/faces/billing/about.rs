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
Orders of plans, their payments and refunds. The same routes are at `/api/billing/…` and `/billing/…`.

* An answer is the bare object, or a bare list whose total stands in `X-Total-Count`. A refusal is \
`{statusCode, message, error, code}`; below status 500 its message names the field and the rule. Messages are Chinese; \
`Accept-Language: en` gives English. Codes never change.
* Amounts are numbers with exactly two decimals; input may also be text. No exponent, no separators.
* `planId` is the id of a product of `GET /api/v1/payment/products`; an `amount` that is not its price, or not the \
order's, is `PAYMENT_AMOUNT_ERROR`.
* An order may be paid for 30 minutes, a code is good for 15. Paying again gives the open payment, with a fresh code.
* To hear of the end of a payment ask `POST …/payments/query` every 3 seconds until `success`, `failed` or \
`cancelled`, or listen to the topic `payments` of the WebSocket.
* A refund that a payer asks for waits until an operator approves it; the payment is shown unchanged until then. What \
went back is `refundedAmount`.
* `Idempotency-Key` (1 to 255 printable ASCII characters) is honoured on every POST.
* 100 requests a minute per user, else per address: `X-RateLimit-Limit`, `-Remaining`, `-Reset`, `Retry-After`.";
const TAGS: &[(&str, &str)] =
    &[("orders", "What is ordered"), ("payments", "Paying an order and giving the money back")];
