//! Who may call which method. What somebody may do with a bill is decided by the operations.

use identity::{
    Allow::{self, Admin, AdminOr, Service, User},
    Table,
};

/// What this service serves, for the test that no method is without a row.
#[cfg(test)]
pub(crate) const SERVICES: [&str; 2] = ["dormpay.bill.v1.BillService", "dormpay.audit.v1.AuditService"];

/// One row a method.
pub(crate) const TABLE: Table = &[
    ("/dormpay.bill.v1.BillService/CreateBill", User),
    ("/dormpay.bill.v1.BillService/ListBills", User),
    ("/dormpay.bill.v1.BillService/GetBill", User),
    ("/dormpay.bill.v1.BillService/ResubmitBill", User),
    ("/dormpay.bill.v1.BillService/ReviewBill", User),
    ("/dormpay.bill.v1.BillService/ConfirmShare", User),
    ("/dormpay.bill.v1.BillService/OpenDispute", User),
    ("/dormpay.bill.v1.BillService/GetUserStats", User),
    ("/dormpay.bill.v1.BillService/RemindUnpaid", REMINDER),
    ("/dormpay.bill.v1.BillService/PurgeExpired", Service(&["payment"])),
    ("/dormpay.audit.v1.AuditService/ListEntries", Admin),
];

/// The task runner, or an administrator by hand.
const REMINDER: Allow = AdminOr(&["payment"]);
