//! Who may call which method of this service.
//!
//! One row for each gRPC method. Whose account it is, is asked in `operations`. The rule not to be broken: a method
//! without a row is refused, and fails a test.

use identity::{Allow, Table};

/// The services whose methods the table lists.
pub const SERVICES: &[&str] = &["dormpay.wallet.v1.WalletService", "dormpay.audit.v1.AuditService"];

/// The access table.
pub const TABLE: Table = &[
    ("/dormpay.wallet.v1.WalletService/GetBalance", Allow::User),
    ("/dormpay.audit.v1.AuditService/ListEntries", Allow::Admin),
];
