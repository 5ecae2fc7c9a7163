//! Who may call which method. What somebody may do with a bill or an order is decided by the operations.

use identity::{
    Allow::{self, Admin, AdminOr, Service, User, UserOr, UserVia},
    Table,
};

/// What this service serves, for the test that no method is without a row.
#[cfg(test)]
pub(crate) const SERVICES: [&str; 3] =
    ["dormpay.bill.v1.BillService", "dormpay.bill.v1.OrderService", "dormpay.audit.v1.AuditService"];

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
    ("/dormpay.bill.v1.OrderService/ListProducts", User),
    ("/dormpay.bill.v1.OrderService/CreateOrder", User),
    ("/dormpay.bill.v1.OrderService/GetOrder", UserOr(&["payment", "gateway"])),
    ("/dormpay.bill.v1.OrderService/ListOrders", User),
    ("/dormpay.bill.v1.OrderService/CompleteOrder", User),
    ("/dormpay.bill.v1.OrderService/EnsureExternalOrder", UserVia(&["payment", "gateway"])),
    ("/dormpay.bill.v1.OrderService/CloseOrder", PAYMENT),
    ("/dormpay.bill.v1.OrderService/MarkPaid", PAYMENT),
    ("/dormpay.bill.v1.OrderService/PrepareRefund", PAYMENT),
    ("/dormpay.bill.v1.OrderService/ApplyRefund", PAYMENT),
    ("/dormpay.bill.v1.OrderService/ReleaseRefund", PAYMENT),
    ("/dormpay.audit.v1.AuditService/ListEntries", Admin),
];

/// Who moves money for orders, with or without the user.
const PAYMENT: Allow = Service(&["payment"]);
/// The task runner, or an administrator by hand.
const REMINDER: Allow = AdminOr(&["payment"]);
