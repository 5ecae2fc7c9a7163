//! Who may call which method of this service.
//!
//! One row for each gRPC method. The rule not to be broken: a method without a row is refused, and fails a test.

use identity::{Allow, Table};

/// The services whose methods the table lists.
pub const SERVICES: &[&str] = &["dormpay.payment.v1.PaymentService", "dormpay.audit.v1.AuditService"];

pub(crate) const TRIGGER_TASK: &str = "/dormpay.payment.v1.PaymentService/TriggerTask";
pub(crate) const GET_TASK_STATUS: &str = "/dormpay.payment.v1.PaymentService/GetTaskStatus";

/// The access table.
pub const TABLE: Table = &[
    (TRIGGER_TASK, Allow::Admin),
    (GET_TASK_STATUS, Allow::Admin),
    ("/dormpay.audit.v1.AuditService/ListEntries", Allow::Admin),
];
