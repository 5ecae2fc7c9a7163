//! Who may call which method of this service.
//!
//! Rights over single objects are decided by the operations. The rule not to be broken: each method has one row.

use identity::{Allow, Table};

/// The services that work for users; not the gateway, which only passes on.
const WORKERS: &[&str] = &["room", "expense", "bill", "payment", "wallet", "risk"];
const ALL: &[&str] = &["gateway", "user", "room", "expense", "bill", "payment", "wallet", "risk"];

/// The gRPC services at this door.
pub const SERVICES: &[&str] =
    &["dormpay.user.v1.UserService", "dormpay.user.v1.MembershipService", "dormpay.audit.v1.AuditService"];

/// Who keeps orders.
const BILL: Allow = Allow::Service(&["bill"]);

/// A row for each method.
pub const TABLE: Table = &[
    ("/dormpay.user.v1.UserService/Register", Allow::Anyone),
    ("/dormpay.user.v1.UserService/Login", Allow::Anyone),
    ("/dormpay.user.v1.UserService/Refresh", Allow::Anyone),
    ("/dormpay.user.v1.UserService/Logout", Allow::User),
    ("/dormpay.user.v1.UserService/GetMe", Allow::User),
    ("/dormpay.user.v1.UserService/UpdateMe", Allow::User),
    ("/dormpay.user.v1.UserService/ChangePassword", Allow::User),
    ("/dormpay.user.v1.UserService/SearchUsers", Allow::User),
    ("/dormpay.user.v1.UserService/ListNotifications", Allow::User),
    ("/dormpay.user.v1.UserService/ReadNotification", Allow::User),
    ("/dormpay.user.v1.UserService/GetUsers", Allow::UserOr(ALL)),
    ("/dormpay.user.v1.UserService/Upload", Allow::User),
    ("/dormpay.user.v1.UserService/GetUpload", Allow::UserOr(ALL)),
    ("/dormpay.user.v1.UserService/Download", Allow::UserOr(ALL)),
    ("/dormpay.user.v1.UserService/ListUsers", Allow::Admin),
    ("/dormpay.user.v1.UserService/SetRole", Allow::Admin),
    ("/dormpay.user.v1.UserService/SetDisabled", Allow::Admin),
    ("/dormpay.user.v1.UserService/GetUserGrowth", Allow::Admin),
    ("/dormpay.user.v1.UserService/CheckSessions", Allow::Service(ALL)),
    ("/dormpay.user.v1.UserService/CheckPassword", Allow::UserVia(&["wallet"])),
    ("/dormpay.user.v1.UserService/Notify", Allow::Service(WORKERS)),
    ("/dormpay.user.v1.UserService/PurgeExpired", Allow::Service(WORKERS)),
    ("/dormpay.user.v1.MembershipService/GetMembership", Allow::UserOr(&["bill", "payment", "gateway"])),
    ("/dormpay.user.v1.MembershipService/GrantMembership", BILL),
    ("/dormpay.user.v1.MembershipService/TakeBackMembership", BILL),
    ("/dormpay.user.v1.MembershipService/ReturnMembership", BILL),
    ("/dormpay.audit.v1.AuditService/ListEntries", Allow::Admin),
];
