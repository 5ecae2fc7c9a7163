//! Who may call which method of this service.
//!
//! One row for each gRPC method. What a caller may do with a room or an expense is decided in `operations`.
//! The rule not to be broken: a method without a row is refused, and fails a test.

use identity::{Allow, Table};

/// The services whose methods the table lists.
pub const SERVICES: &[&str] = &[
    "dormpay.expense.v1.ExpenseService",
    "dormpay.expense.v1.SharePaymentService",
    "dormpay.audit.v1.AuditService",
];

const BILL: Allow = Allow::Service(&["bill"]);
const ROOM: Allow = Allow::Service(&["room"]);

/// The access table.
pub const TABLE: Table = &[
    ("/dormpay.expense.v1.ExpenseService/CreateExpense", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/CreateExpenses", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/ListExpenses", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/GetExpense", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/UpdateExpense", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/DeleteExpense", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/ListHistory", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/ConfirmSplit", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/OpenDispute", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/ResolveDispute", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/ListDisputes", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/GetBalances", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/GetSettlementPlan", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/ExplainBalance", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/RecordSettlement", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/DeleteSettlement", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/ListSettlements", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/PreviewImport", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/ImportExpenses", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/GetUserStats", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/GetRoomStats", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/CheckReceipt", Allow::User),
    ("/dormpay.expense.v1.ExpenseService/GetSystemStats", Allow::Admin),
    ("/dormpay.expense.v1.ExpenseService/AllocateToBill", BILL),
    ("/dormpay.expense.v1.ExpenseService/ReleaseBill", BILL),
    ("/dormpay.expense.v1.ExpenseService/SealBill", BILL),
    ("/dormpay.expense.v1.ExpenseService/ConfirmBillShare", BILL),
    ("/dormpay.expense.v1.ExpenseService/GetBillShares", BILL),
    ("/dormpay.expense.v1.ExpenseService/OpenBillDispute", BILL),
    ("/dormpay.expense.v1.ExpenseService/CloseMember", ROOM),
    ("/dormpay.expense.v1.ExpenseService/ReopenMember", ROOM),
    ("/dormpay.expense.v1.ExpenseService/CloseRoom", ROOM),
    ("/dormpay.expense.v1.ExpenseService/PurgeExpired", Allow::AdminOr(&["gateway", "payment", "user"])),
    ("/dormpay.expense.v1.SharePaymentService/GetShareDue", BILL),
    ("/dormpay.expense.v1.SharePaymentService/SettleShareOnline", BILL),
    ("/dormpay.expense.v1.SharePaymentService/CheckShareRefund", BILL),
    ("/dormpay.expense.v1.SharePaymentService/TakeBackShareOnline", BILL),
    ("/dormpay.audit.v1.AuditService/ListEntries", Allow::Admin),
];
