//! Our records as messages of the contract.
//!
//! Only translation; nothing is decided here.

use fault::Fault;
use host::timestamp;
use proto::room::v1;

use crate::domain::{Member, Role, Room};

/// Gives a room with its members.
pub(crate) fn room(room: &Room) -> v1::Room {
    v1::Room {
        id: room.id,
        name: room.name.clone(),
        description: room.description.clone(),
        creator_id: room.creator_id,
        owner_id: room.owner_id,
        created_at: Some(timestamp(room.created_at)),
        updated_at: Some(timestamp(room.updated_at)),
        members: room.members.iter().map(member).collect(),
    }
}

/// Gives a member.
pub(crate) fn member(member: &Member) -> v1::Member {
    let role = match member.role {
        Role::Admin => v1::MemberRole::Admin,
        Role::Member => v1::MemberRole::Member,
    };
    v1::Member { user_id: member.user_id, role: role.into(), joined_at: Some(timestamp(member.joined_at)) }
}

/// Reads a role. *Errors*: a validation fault on `role`.
pub(crate) fn read_role(role: i32) -> Result<Role, Fault> {
    match v1::MemberRole::try_from(role) {
        Ok(v1::MemberRole::Admin) => Ok(Role::Admin),
        Ok(v1::MemberRole::Member) => Ok(Role::Member),
        Ok(v1::MemberRole::Unspecified) | Err(_) => Err(Fault::validation("role", "must be admin or member")),
    }
}
