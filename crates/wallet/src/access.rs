//! Who may call which method of this service.
//!
//! One row for each gRPC method. Whose account it is, is asked in `operations`. The rule not to be broken: a method
//! without a row is refused, and fails a test.

use identity::{Allow, Table};

/// The services whose methods the table lists.
pub const SERVICES: &[&str] = &["dormpay.wallet.v1.WalletService", "dormpay.audit.v1.AuditService"];

/// The services that move money.
const MOVERS: &[&str] = &["payment", "bill", "expense", "wallet"];

pub(crate) const FREEZE_ACCOUNT: &str = "/dormpay.wallet.v1.WalletService/FreezeAccount";
pub(crate) const SET_PAYMENT_PASSWORD: &str = "/dormpay.wallet.v1.WalletService/SetPaymentPassword";
pub(crate) const RESET_PAYMENT_PASSWORD: &str = "/dormpay.wallet.v1.WalletService/ResetPaymentPassword";
pub(crate) const UNFREEZE_ACCOUNT: &str = "/dormpay.wallet.v1.WalletService/UnfreezeAccount";

/// The access table.
pub const TABLE: Table = &[
    ("/dormpay.wallet.v1.WalletService/GetBalance", Allow::UserOr(MOVERS)),
    ("/dormpay.wallet.v1.WalletService/GetBalanceAt", Allow::UserOr(MOVERS)),
    ("/dormpay.wallet.v1.WalletService/ListEntries", Allow::UserOr(MOVERS)),
    ("/dormpay.wallet.v1.WalletService/Post", Allow::Service(MOVERS)),
    ("/dormpay.wallet.v1.WalletService/PostBatch", Allow::Service(MOVERS)),
    ("/dormpay.wallet.v1.WalletService/PostLinked", Allow::Service(MOVERS)),
    ("/dormpay.wallet.v1.WalletService/PlaceHold", Allow::Service(MOVERS)),
    ("/dormpay.wallet.v1.WalletService/SettleHold", Allow::Service(MOVERS)),
    ("/dormpay.wallet.v1.WalletService/ReleaseHold", Allow::Service(MOVERS)),
    ("/dormpay.wallet.v1.WalletService/GetTransfer", Allow::AdminOr(MOVERS)),
    ("/dormpay.wallet.v1.WalletService/GetHold", Allow::AdminOr(MOVERS)),
    ("/dormpay.wallet.v1.WalletService/Transfer", Allow::User),
    ("/dormpay.wallet.v1.WalletService/Pay", Allow::UserVia(&["payment"])),
    ("/dormpay.wallet.v1.WalletService/HoldWithdrawal", Allow::UserVia(&["payment"])),
    ("/dormpay.wallet.v1.WalletService/ShowBalance", Allow::User),
    ("/dormpay.wallet.v1.WalletService/ListTransactions", Allow::User),
    ("/dormpay.wallet.v1.WalletService/GetPublicKey", Allow::Anyone),
    ("/dormpay.wallet.v1.WalletService/GetPaymentPassword", Allow::User),
    (SET_PAYMENT_PASSWORD, Allow::User),
    (RESET_PAYMENT_PASSWORD, Allow::User),
    (FREEZE_ACCOUNT, Allow::Admin),
    (UNFREEZE_ACCOUNT, Allow::Admin),
    ("/dormpay.wallet.v1.WalletService/CheckLedger", Allow::Admin),
    ("/dormpay.audit.v1.AuditService/ListEntries", Allow::Admin),
];
