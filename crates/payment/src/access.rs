//! Who may call which method of this service.
//!
//! One row for each gRPC method. The rule not to be broken: a method without a row is refused, and fails a test.

use identity::{Allow, Table};

/// The services whose methods the table lists.
pub const SERVICES: &[&str] = &[
    "dormpay.payment.v1.PaymentService",
    "dormpay.payment.v1.WithdrawalService",
    "dormpay.audit.v1.AuditService",
];

/// Services that look at payments.
const LOOKERS: &[&str] = &["gateway", "bill", "wallet", "risk"];

/// The access table.
pub const TABLE: Table = &[
    ("/dormpay.payment.v1.PaymentService/TriggerTask", Allow::Admin),
    ("/dormpay.payment.v1.PaymentService/GetTaskStatus", Allow::Admin),
    ("/dormpay.payment.v1.PaymentService/CreatePayment", Allow::User),
    ("/dormpay.payment.v1.PaymentService/GetPayment", Allow::UserOr(LOOKERS)),
    ("/dormpay.payment.v1.PaymentService/GetPayments", Allow::Service(&["gateway"])),
    ("/dormpay.payment.v1.PaymentService/GetPaymentOfOrder", Allow::UserOr(LOOKERS)),
    ("/dormpay.payment.v1.PaymentService/ListPayments", Allow::User),
    ("/dormpay.payment.v1.PaymentService/QueryPayment", Allow::UserOr(LOOKERS)),
    ("/dormpay.payment.v1.PaymentService/CancelPayment", Allow::User),
    ("/dormpay.payment.v1.PaymentService/CancelOrder", Allow::User),
    ("/dormpay.payment.v1.PaymentService/SetRemark", Allow::Admin),
    ("/dormpay.payment.v1.PaymentService/DeletePayment", Allow::Admin),
    ("/dormpay.payment.v1.PaymentService/MarkSuccess", Allow::User),
    ("/dormpay.payment.v1.PaymentService/MarkFailed", Allow::User),
    ("/dormpay.payment.v1.PaymentService/UnfreezePayment", Allow::User),
    ("/dormpay.payment.v1.PaymentService/HandleCallback", Allow::Service(&["gateway"])),
    ("/dormpay.payment.v1.PaymentService/CreateRefund", Allow::User),
    ("/dormpay.payment.v1.PaymentService/ApproveRefund", Allow::User),
    ("/dormpay.payment.v1.PaymentService/RejectRefund", Allow::User),
    ("/dormpay.payment.v1.PaymentService/GetRefund", Allow::UserOr(LOOKERS)),
    ("/dormpay.payment.v1.PaymentService/ListRefunds", Allow::User),
    ("/dormpay.payment.v1.PaymentService/ListExceptions", Allow::User),
    ("/dormpay.payment.v1.WithdrawalService/Withdraw", Allow::User),
    ("/dormpay.audit.v1.AuditService/ListEntries", Allow::Admin),
];
