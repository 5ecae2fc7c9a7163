//! Who may call which route, one row each.
//!
//! The extractor types in `callers` enforce it; the tests drive every row with every caller, and a route without a
//! row fails them. Rights on objects are decided by the services. The description of the API takes `security` from
//! here.

use http::Method;

/// Says who may knock at a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Everybody.
    Anyone,
    /// A user with a living session.
    Member,
    /// An administrator with a living session.
    Operator,
    /// A user with a living session; in the development profile everybody without a token.
    Guest,
    /// A holder of `payment:read` with a living session.
    PaymentReader,
    /// A holder of `payment:write` with a living session.
    PaymentWriter,
    /// A payment provider; the signature is looked at by the payment service, tokens by nobody.
    Provider,
}

use Who::{Anyone, Guest, Member, Operator, PaymentReader, PaymentWriter, Provider};

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const DELETE: Method = Method::DELETE;

/// Every route of every face and who may knock there.
pub(crate) const TABLE: &[(Method, &str, Who)] = &[
    (POST, "/api/auth/register", Anyone),
    (POST, "/api/auth/login", Anyone),
    (POST, "/api/auth/refresh", Anyone),
    (POST, "/api/auth/logout", Member),
    (GET, "/api/users/me", Member),
    (PUT, "/api/users/me", Member),
    (PUT, "/api/users/me/password", Member),
    (GET, "/api/users/search", Member),
    (GET, "/api/rooms", Member),
    (POST, "/api/rooms", Member),
    (POST, "/api/rooms/join", Member),
    (GET, "/api/rooms/{id}", Member),
    (PUT, "/api/rooms/{id}", Member),
    (DELETE, "/api/rooms/{id}", Member),
    (POST, "/api/rooms/{id}/transfer", Member),
    (POST, "/api/rooms/{id}/invites", Member),
    (POST, "/api/rooms/{id}/members", Member),
    (PUT, "/api/rooms/{id}/members/{userId}", Member),
    (DELETE, "/api/rooms/{id}/members/{userId}", Member),
    (GET, "/api/rooms/{id}/balances", Member),
    (GET, "/api/rooms/{id}/settlement", Member),
    (GET, "/api/rooms/{id}/settlement/explain", Member),
    (GET, "/api/rooms/{id}/settlements", Member),
    (POST, "/api/rooms/{id}/settlements", Member),
    (DELETE, "/api/rooms/{id}/settlements/{sid}", Member),
    (GET, "/api/rooms/{id}/disputes", Member),
    (POST, "/api/rooms/{id}/import", Member),
    (GET, "/api/expenses", Member),
    (POST, "/api/expenses", Member),
    (POST, "/api/expenses/batch", Member),
    (GET, "/api/expenses/{id}", Member),
    (PUT, "/api/expenses/{id}", Member),
    (DELETE, "/api/expenses/{id}", Member),
    (GET, "/api/expenses/{id}/history", Member),
    (POST, "/api/expenses/{id}/confirm-split", Member),
    (POST, "/api/expenses/{id}/disputes", Member),
    (POST, "/api/disputes/{id}/resolve", Member),
    (GET, "/api/bills", Member),
    (POST, "/api/bills", Member),
    (GET, "/api/bills/user-stats", Member),
    (GET, "/api/bills/{id}", Member),
    (PUT, "/api/bills/{id}", Member),
    (POST, "/api/bills/{id}/review", Member),
    (POST, "/api/bills/{id}/confirm-payment", Member),
    (POST, "/api/bills/{id}/disputes", Member),
    (POST, "/api/bills/{id}/pay", Member),
    (GET, "/api/stats/user", Member),
    (GET, "/api/stats/room/{id}", Member),
    (GET, "/api/stats/system", Operator),
    (POST, "/api/payment-optimization/trigger-task", Operator),
    (GET, "/api/payment-optimization/task-status", Operator),
    (POST, "/api/uploads", Member),
    (GET, "/api/uploads/{id}", Member),
    (GET, "/api/notifications", Member),
    (POST, "/api/notifications/{id}/read", Member),
    (GET, "/api/admin/users", Operator),
    (PUT, "/api/admin/users/{id}/role", Operator),
    (PUT, "/api/admin/users/{id}/status", Operator),
    (GET, "/api/admin/audit", Operator),
    (GET, "/api/admin/refunds", PaymentReader),
    (POST, "/api/admin/refunds/{id}/approve", PaymentWriter),
    (POST, "/api/admin/refunds/{id}/reject", PaymentWriter),
    (GET, "/api/admin/payment-exceptions", PaymentReader),
    (POST, "/api/admin/payments/{id}/unfreeze", PaymentWriter),
    (POST, "/api/v1/payments", Member),
    (POST, "/api/v1/payments/query", Member),
    (GET, "/api/v1/payments/{paymentId}", Member),
    (POST, "/api/v1/payments/{paymentId}/cancel", Member),
    (POST, "/api/v1/payments/{paymentId}/refund", Member),
    (POST, "/api/v1/payments/{paymentId}/mock-success", Member),
    (POST, "/api/v1/payments/refunds/query", Member),
    (GET, "/api/v1/payments/refunds/{refundId}", Member),
    (POST, "/api/v1/payments/wallet/{userId}/recharge", Member),
    (POST, "/api/v1/payments/notify/{channel}", Provider),
    (POST, "/api/v1/payments/refund/notify/{channel}", Provider),
    (POST, "/api/v1/payments/refunds/notify/{channel}", Provider),
    (GET, "/api/v1/payments/wallet/public-key", Anyone),
    (GET, "/api/v1/payments/wallet/{userId}/balance", Member),
    (POST, "/api/v1/payments/wallet/{userId}/withdraw", Member),
    (POST, "/api/v1/payments/wallet/{userId}/transfer", Member),
    (POST, "/api/v1/payments/wallet/{userId}/transactions", Member),
    (GET, "/api/v1/payments/wallet/{userId}/payment-password", Member),
    (PUT, "/api/v1/payments/wallet/{userId}/payment-password", Member),
    (POST, "/api/v1/payments/wallet/{userId}/payment-password/reset", Member),
    (POST, "/api/v1/payments/wallet/{userId}/freeze", Operator),
    (POST, "/api/v1/payments/wallet/{userId}/unfreeze", Operator),
    (GET, "/payments", Operator),
    (POST, "/payments", Operator),
    (GET, "/payments/{id}", Operator),
    (PUT, "/payments/{id}", Operator),
    (DELETE, "/payments/{id}", Operator),
    (GET, "/payments/order/{orderId}", Operator),
    (POST, "/payments/{id}/success", PaymentWriter),
    (POST, "/payments/{id}/fail", PaymentWriter),
    (POST, "/payments/{id}/refund", PaymentWriter),
    (POST, "/api/v1/payment/alipay/create", Member),
    (GET, "/api/v1/payment/alipay/query/{outTradeNo}", Guest),
    (GET, "/api/v1/payment/alipay/verify/{outTradeNo}", Guest),
    (POST, "/api/v1/payment/alipay/refund", Member),
    (POST, "/api/v1/payment/alipay/close/{outTradeNo}", Member),
    (GET, "/api/billing/payments", Member),
    (POST, "/api/billing/payments", Member),
    (GET, "/api/billing/payments/{id}", Member),
    (POST, "/api/billing/payments/query", Member),
    (POST, "/api/billing/payments/{id}/refund", Member),
    (POST, "/api/billing/orders", Member),
    (POST, "/api/billing/orders/{orderId}/cancel", Member),
    (GET, "/billing/payments", Member),
    (POST, "/billing/payments", Member),
    (GET, "/billing/payments/{id}", Member),
    (POST, "/billing/payments/query", Member),
    (POST, "/billing/payments/{id}/refund", Member),
    (POST, "/billing/orders", Member),
    (POST, "/billing/orders/{orderId}/cancel", Member),
    (POST, "/api/v1/payment/alipay/notify", Provider),
    (POST, "/api/v1/payment/create-order", Member),
    (GET, "/api/v1/payment/order-status", Member),
    (POST, "/api/v1/payment/cancel-order", Member),
    (GET, "/api/v1/payment/products", Member),
    (GET, "/api/v1/payment/membership", Member),
    (GET, "/api/v1/payment/points", Member),
    (POST, "/api/v1/payment/wechat/callback", Provider),
    (POST, "/api/v1/payment/alipay/callback", Provider),
    (POST, "/api/billing/payments/notify/wechat", Provider),
    (POST, "/api/billing/payments/notify/alipay", Provider),
    (POST, "/billing/payments/notify/wechat", Provider),
    (POST, "/billing/payments/notify/alipay", Provider),
];

/// Finds the row of a route.
pub(crate) fn row(method: &Method, path: &str) -> Option<Who> {
    TABLE.iter().find(|(known, route, _)| known == method && *route == path).map(|(_, _, who)| *who)
}
