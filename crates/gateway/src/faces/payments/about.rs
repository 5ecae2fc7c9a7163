//! What the payments face says of itself in its description.

use utoipa::{PartialSchema as _, ToSchema as _};

use super::refusal::Refusal;
use crate::web::About;

/// The head of the description.
pub(crate) const ABOUT: About = About {
    name: "payments",
    path: "/openapi/payments.json",
    text: TEXT,
    tags: TAGS,
    refusal: || (Refusal::name().into_owned(), Refusal::schema()),
};

const TEXT: &str = "\
Payments, refunds and wallets.

* Every answer is `{success, responseCode, responseMessage, data}`. Messages are Chinese; `Accept-Language: en` gives \
English. Codes never change. Below status 500 the message of a refusal names the field and the rule.
* Amounts are numbers with exactly two decimals; input may also be text. No exponent, no separators; a wrong amount is \
`PAYMENT_AMOUNT_ERROR`.
* Times are local without a zone (`2024-01-16T10:30:00`); input may also carry an offset.
* `userId` is the token's user, unless an operator asks; else `FORBIDDEN`. Operators hold `payment:read` or \
`payment:write`; administrators hold both.
* `paymentId` and `refundId` are the texts that creation answers with; the integers of other faces are taken too. An \
order of an outside business keeps its `orderNo` and gets an `orderId` of ours.
* `returnUrl` must be on a listed host, `notifyUrl` on the public internet; the latter hears of the outcome as \
Standard Webhooks say.
* A refund is asynchronous. Of a payer it waits for approval, and is shown `processing` until then.
* Providers call back at `POST /api/v1/payments/notify/{alipay,wechat,bank}`.
* `paymentPassword` and all other passwords are RSA-OAEP-SHA256 with the key of \
`GET /api/v1/payments/wallet/public-key`, base64. Five failures lock the payment password for 15 minutes.
* A withdrawal is set aside, sent and booked; its answer says `success`, or `processing` while the provider has not \
answered: it then ends by itself, and `frozenBalance` holds the money. `THIRD_PARTY_ERROR`: refused, and back in the \
wallet. No fee.
* A transfer or withdrawal is refused with `INSUFFICIENT_BALANCE` or `PAYMENT_LIMIT_EXCEEDED` (400), `PAYMENT_PASSWORD_ERROR` or \
`ACCOUNT_FROZEN` (403).
* `Idempotency-Key` (1 to 255 printable ASCII characters) is honoured on every POST: the same key and body give the \
first answer again with `Idempotent-Replayed: true`.
* 100 requests a minute per user, else per address: `X-RateLimit-Limit`, `-Remaining`, `-Reset`, `Retry-After`.
* The topic `wallet` of the WebSocket tells every change of a balance.";
const TAGS: &[(&str, &str)] = &[
    ("payments", "Paying an order, showing and giving up payments"),
    ("refunds", "Money back"),
    ("callbacks", "What payment providers call"),
    ("wallet", "Balance, transfers, transactions, the payment password"),
];
