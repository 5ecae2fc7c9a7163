//! The paths of the methods whose requests may carry an idempotency key; the path is part of the key's meaning.

macro_rules! paths {
    ($($name:ident = $method:literal;)*) => {
        $(pub(super) const $name: &str = concat!("/dormpay.expense.v1.ExpenseService/", $method);)*
    };
}

paths! {
    CREATE_EXPENSE = "CreateExpense";
    CREATE_EXPENSES = "CreateExpenses";
    UPDATE_EXPENSE = "UpdateExpense";
    DELETE_EXPENSE = "DeleteExpense";
    CONFIRM_SPLIT = "ConfirmSplit";
    OPEN_DISPUTE = "OpenDispute";
    RESOLVE_DISPUTE = "ResolveDispute";
    RECORD_SETTLEMENT = "RecordSettlement";
    DELETE_SETTLEMENT = "DeleteSettlement";
    IMPORT_EXPENSES = "ImportExpenses";
    SEAL_BILL = "SealBill";
    CONFIRM_BILL_SHARE = "ConfirmBillShare";
    OPEN_BILL_DISPUTE = "OpenBillDispute";
    CLOSE_MEMBER = "CloseMember";
    CLOSE_ROOM = "CloseRoom";
}

pub(super) const SETTLE_SHARE_ONLINE: &str = "/dormpay.expense.v1.SharePaymentService/SettleShareOnline";
pub(super) const TAKE_BACK_SHARE_ONLINE: &str = "/dormpay.expense.v1.SharePaymentService/TakeBackShareOnline";
