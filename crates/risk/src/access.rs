//! Who may call which method of this service.
//!
//! One row for each gRPC method. The rule not to be broken: a method without a row is refused, and fails a test.

use identity::{Allow, Table};

/// The services whose methods the table lists.
pub const SERVICES: &[&str] = &["dormpay.risk.v1.RiskService", "dormpay.audit.v1.AuditService"];

pub(crate) const LIST_ENTRIES: &str = "/dormpay.risk.v1.RiskService/ListEntries";
pub(crate) const PUT_ENTRY: &str = "/dormpay.risk.v1.RiskService/PutEntry";
pub(crate) const DELETE_ENTRY: &str = "/dormpay.risk.v1.RiskService/DeleteEntry";

/// The access table.
pub const TABLE: Table = &[
    (LIST_ENTRIES, Allow::Admin),
    (PUT_ENTRY, Allow::Admin),
    (DELETE_ENTRY, Allow::Admin),
    ("/dormpay.audit.v1.AuditService/ListEntries", Allow::Admin),
];
