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
Payments as administrators and merchants see them, and payments through Alipay.

* Every answer is `{code, message, data}`; `code` is 200 for a success, else 6001 no such payment, 6002 its state \
forbids it, 6003 wrong amount, 6004 refused by risk control, 6005 refund above what is left, 6006 Alipay failed, or \
the HTTP status. Messages are Chinese; `Accept-Language: en` gives English. Codes never change.
* Parameters of operations travel in the query string, those of creation in a JSON body.
* Amounts are numbers with exactly two decimals; input in a body may also be text. No exponent, no separators.
* Times are UTC: `2025-01-15T10:00:00Z`.
* Status: 0 to pay, 1 success, 2 failed, 3 closed, 4 refunded, 5 partly refunded. Channel: 1 `ALIPAY_PC`, \
2 `ALIPAY_WAP`, 3 `ALIPAY_APP`, 4 `ALIPAY_QR`, 5 `WECHAT_NATIVE`, 6 `WECHAT_H5`, 7 `WECHAT_APP`, 8 `UNION`, 9 `BALANCE`.
* `outTradeNo` is the caller's `orderNo`. What a provider is asked about wins over what a person says.
* In the development profile the state of a trade (`query`, `verify`) is told without a token.
* `Idempotency-Key` (1 to 255 printable ASCII characters) is honoured on every POST.
* 100 requests a minute per user, else per address: `X-RateLimit-Limit`, `-Remaining`, `-Reset`, `Retry-After`.";
const TAGS: &[(&str, &str)] = &[
    ("payments", "Finding and making payments, setting their end by hand, giving money back"),
    ("alipay", "Payments through Alipay"),
];
