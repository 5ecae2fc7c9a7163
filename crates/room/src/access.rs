//! Who may call which method of this service.
//!
//! One row for each gRPC method. What a caller may do with a room is decided in `domain` and `operations`. The rule
//! not to be broken: a method without a row is refused, and fails a test.

use identity::{Allow, Table};

/// The services whose methods the table lists.
#[cfg(test)]
pub(crate) const SERVICES: &[&str] = &["dormpay.room.v1.RoomService", "dormpay.audit.v1.AuditService"];

/// Every service but this one.
const SIBLINGS: &[&str] = &["gateway", "user", "expense", "bill", "payment", "wallet", "risk"];

/// The access table.
pub(crate) const TABLE: Table = &[
    ("/dormpay.room.v1.RoomService/CreateRoom", Allow::User),
    ("/dormpay.room.v1.RoomService/ListRooms", Allow::User),
    ("/dormpay.room.v1.RoomService/GetRoom", Allow::User),
    ("/dormpay.room.v1.RoomService/UpdateRoom", Allow::User),
    ("/dormpay.room.v1.RoomService/DeleteRoom", Allow::User),
    ("/dormpay.room.v1.RoomService/AddMember", Allow::User),
    ("/dormpay.room.v1.RoomService/RemoveMember", Allow::User),
    ("/dormpay.room.v1.RoomService/SetMemberRole", Allow::User),
    ("/dormpay.room.v1.RoomService/TransferOwnership", Allow::User),
    ("/dormpay.room.v1.RoomService/CreateInvite", Allow::User),
    ("/dormpay.room.v1.RoomService/JoinRoom", Allow::User),
    ("/dormpay.room.v1.RoomService/ListEvents", Allow::UserOr(SIBLINGS)),
    ("/dormpay.room.v1.RoomService/GetMembers", Allow::Service(SIBLINGS)),
    ("/dormpay.room.v1.RoomService/ListMemberships", Allow::Service(SIBLINGS)),
    ("/dormpay.room.v1.RoomService/AppendEvents", Allow::Service(SIBLINGS)),
    ("/dormpay.room.v1.RoomService/PurgeExpired", Allow::AdminOr(&["gateway", "payment"])),
    ("/dormpay.room.v1.RoomService/GetRoomGrowth", Allow::Admin),
    ("/dormpay.audit.v1.AuditService/ListEntries", Allow::Admin),
];
