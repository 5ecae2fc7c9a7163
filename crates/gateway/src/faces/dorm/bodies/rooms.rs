//! Bodies of rooms, members and invites (000-E05 to E10 and contract section 15).

use proto::room::v1 as room;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::shapes::{People, instant};
use crate::extract::values;

/// A new room (000-E06).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRoom {
    #[schema(min_length = 1, max_length = 100, example = "101寝室")]
    name: String,
    #[serde(default)]
    #[schema(max_length = 1000, example = "这是一个测试寝室")]
    description: Option<String>,
}

impl From<NewRoom> for room::CreateRoomRequest {
    fn from(body: NewRoom) -> Self {
        Self { name: body.name, description: body.description.unwrap_or_default() }
    }
}

/// What changes of a room (000-E08); what is missing stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateRoom {
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    #[serde(default)]
    #[schema(max_length = 1000)]
    description: Option<String>,
}

impl UpdateRoom {
    /// Asks the room service for the change.
    pub(crate) fn request(self, room_id: i64) -> room::UpdateRoomRequest {
        room::UpdateRoomRequest { room_id, name: self.name, description: self.description }
    }
}

/// A role inside a room as it is written (000-S02).
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MemberRoleName {
    Admin,
    #[default]
    Member,
}

impl MemberRoleName {
    const fn proto(self) -> room::MemberRole {
        match self {
            Self::Admin => room::MemberRole::Admin,
            Self::Member => room::MemberRole::Member,
        }
    }
}

/// Who comes into a room (000-E09).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddMember {
    #[serde(deserialize_with = "values::id")]
    #[schema(example = 2)]
    user_id: i64,
    /// `member` when missing.
    #[serde(default)]
    role: MemberRoleName,
}

impl AddMember {
    /// Asks the room service for it.
    pub(crate) fn request(self, room_id: i64) -> room::AddMemberRequest {
        room::AddMemberRequest { room_id, user_id: self.user_id, role: self.role.proto().into() }
    }
}

/// The new role of a member.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetMemberRole {
    role: MemberRoleName,
}

impl SetMemberRole {
    /// Asks the room service for it.
    pub(crate) fn request(self, room_id: i64, user_id: i64) -> room::SetMemberRoleRequest {
        room::SetMemberRoleRequest { room_id, user_id, role: self.role.proto().into() }
    }
}

/// Who becomes the owner.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Transfer {
    #[serde(deserialize_with = "values::id")]
    pub(crate) user_id: i64,
}

/// How long and how often an invite works.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewInvite {
    /// 1 to 720, 72 when missing.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 720)]
    expires_in_hours: Option<i32>,
    /// 1 to 100, 10 when missing.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100)]
    max_uses: Option<i32>,
}

impl NewInvite {
    /// Asks the room service for it.
    pub(crate) fn request(self, room_id: i64) -> room::CreateInviteRequest {
        room::CreateInviteRequest {
            room_id,
            expires_in_hours: self.expires_in_hours,
            max_uses: self.max_uses,
        }
    }
}

/// An invite.
#[derive(Serialize, ToSchema)]
pub(crate) struct Invite {
    #[schema(example = "K7QH2MPA")]
    code: String,
    expires_at: String,
    max_uses: i32,
}

impl From<room::CreateInviteResponse> for Invite {
    fn from(invite: room::CreateInviteResponse) -> Self {
        Self { code: invite.code, expires_at: instant(invite.expires_at), max_uses: invite.max_uses }
    }
}

/// A code that somebody was given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Join {
    pub(crate) code: String,
}

/// A room that was just made (000-E06).
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedRoom {
    #[schema(example = 1)]
    id: i64,
    name: String,
    description: String,
    creator_id: i64,
    #[schema(example = "2023-01-01T00:00:00.000Z")]
    created_at: String,
}

impl From<room::Room> for CreatedRoom {
    fn from(room: room::Room) -> Self {
        Self {
            id: room.id,
            name: room.name,
            description: room.description,
            creator_id: room.creator_id,
            created_at: instant(room.created_at),
        }
    }
}

/// A room that was just changed (000-E08).
#[derive(Serialize, ToSchema)]
pub(crate) struct UpdatedRoom {
    id: i64,
    name: String,
    description: String,
    updated_at: String,
}

impl From<room::Room> for UpdatedRoom {
    fn from(room: room::Room) -> Self {
        Self {
            id: room.id,
            name: room.name,
            description: room.description,
            updated_at: instant(room.updated_at),
        }
    }
}

/// Whether members are shown with the day they came: yes in a detail (000-E07), no in a list (000-E05).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    List,
    Detail,
}

/// A room with its members (000-E05, 000-E07).
#[derive(Serialize, ToSchema)]
pub(crate) struct Room {
    #[schema(example = 1)]
    id: i64,
    #[schema(example = "101寝室")]
    name: String,
    description: String,
    /// Who made it; never changes.
    creator_id: i64,
    /// Who may delete it and hand it over.
    owner_id: i64,
    #[schema(example = "2023-01-01T00:00:00.000Z")]
    created_at: String,
    members: Vec<RoomMember>,
}

/// A member of a room.
#[derive(Serialize, ToSchema)]
pub(crate) struct RoomMember {
    user_id: i64,
    username: String,
    full_name: String,
    /// `admin` or `member`.
    #[schema(example = "admin")]
    role: &'static str,
    /// Only in details.
    #[serde(skip_serializing_if = "Option::is_none")]
    joined_at: Option<String>,
}

impl Room {
    /// Prints a room with the names of its members.
    pub(crate) fn of(room: room::Room, people: &People, depth: Depth) -> Self {
        let member = |member: room::Member| {
            let (username, full_name) = people.names(member.user_id);
            RoomMember {
                user_id: member.user_id,
                username,
                full_name,
                role: member_role(member.role()),
                joined_at: (depth == Depth::Detail).then(|| instant(member.joined_at)),
            }
        };
        Self {
            id: room.id,
            name: room.name,
            description: room.description,
            creator_id: room.creator_id,
            owner_id: room.owner_id,
            created_at: instant(room.created_at),
            members: room.members.into_iter().map(member).collect(),
        }
    }
}

/// Somebody's place in a room (000-E09).
#[derive(Serialize, ToSchema)]
pub(crate) struct Membership {
    room_id: i64,
    #[schema(example = 2)]
    user_id: i64,
    #[schema(example = "member")]
    role: &'static str,
    joined_at: String,
}

impl Membership {
    /// Prints a member of a room.
    pub(crate) fn of(room_id: i64, member: room::Member) -> Self {
        Self {
            room_id,
            user_id: member.user_id,
            role: member_role(member.role()),
            joined_at: instant(member.joined_at),
        }
    }
}

const fn member_role(role: room::MemberRole) -> &'static str {
    match role {
        room::MemberRole::Admin => "admin",
        room::MemberRole::Member | room::MemberRole::Unspecified => "member",
    }
}
