//! A room with its members, and who may do what in it.
//!
//! Every refusal is decided here, on a room that the caller has read, and locked before it writes. The rule not to be
//! broken: whoever is not a member hears that there is no such room.

use chrono::{DateTime, Utc};
use fault::Fault;

/// Members of a room at most.
pub(super) const MEMBERS_MAX: usize = 100;

/// What a member is in his room (000-S02).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Runs the room with the other admins.
    Admin,
    /// Lives in it.
    Member,
}

impl Role {
    /// Gives the word that tables, events and faces use.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
        }
    }

    /// Reads the word; anything else is none.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Admin, Self::Member].into_iter().find(|role| role.as_str() == word)
    }
}

/// One person in one room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) room_id: i64,
    pub(crate) user_id: i64,
}

/// Somebody who is in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) user_id: i64,
    pub(crate) role: Role,
    pub(crate) joined_at: DateTime<Utc>,
}

/// A living room and everybody in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) description: String,
    /// Who made it.
    pub(crate) creator_id: i64,
    /// Who may delete it and hand it over; a member.
    pub(crate) owner_id: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    /// Sorted by `joined_at`, then `user_id`; never empty.
    pub(crate) members: Vec<Member>,
}

impl Room {
    /// Finds a member.
    pub(crate) fn find(&self, user_id: i64) -> Option<&Member> {
        self.members.iter().find(|member| member.user_id == user_id)
    }

    /// Passes a member. *Errors*: `NOT_FOUND`, as if there were no such room.
    pub(crate) fn member(&self, user_id: i64) -> Result<&Member, Fault> {
        self.find(user_id).ok_or_else(no_room)
    }

    /// Passes a room admin. *Errors*: `NOT_FOUND` for a stranger, `FORBIDDEN` for a plain member.
    pub(crate) fn admin(&self, user_id: i64) -> Result<(), Fault> {
        match self.member(user_id)?.role {
            Role::Admin => Ok(()),
            Role::Member => Err(Fault::forbidden("only an admin of the room may do this")),
        }
    }

    /// Passes the owner. *Errors*: `NOT_FOUND` for a stranger, `FORBIDDEN` for another member.
    pub(crate) fn owner(&self, user_id: i64) -> Result<(), Fault> {
        let member = self.member(user_id)?;
        if member.user_id == self.owner_id {
            Ok(())
        } else {
            Err(Fault::forbidden("only the owner of the room may do this"))
        }
    }

    /// Gives the member whom an admin wants to change. *Errors*: `NOT_FOUND`.
    pub(crate) fn subject(&self, user_id: i64) -> Result<&Member, Fault> {
        self.find(user_id).ok_or_else(|| Fault::not_found("member"))
    }

    /// Passes a removal, or with the same user twice a departure, and gives the member who goes.
    ///
    /// *Errors*: `NOT_FOUND`, `FORBIDDEN`, `STATE_CONFLICT` for the owner and for the last admin.
    pub(crate) fn may_remove(&self, actor_id: i64, user_id: i64) -> Result<&Member, Fault> {
        if actor_id == user_id {
            self.member(actor_id)?;
        } else {
            self.admin(actor_id)?;
        }
        let member = self.subject(user_id)?;
        if member.user_id == self.owner_id {
            let detail =
                "the owner cannot leave the room: hand it over to another member first, or delete it";
            return Err(Fault::conflict(detail));
        }
        if self.is_last_admin(member) {
            return Err(Fault::conflict(
                "the last admin cannot leave the room: make another member admin first",
            ));
        }
        Ok(member)
    }

    /// Passes a change of role by an admin and gives the member as he is.
    ///
    /// *Errors*: `NOT_FOUND`, `FORBIDDEN` also for whoever demotes the owner, `STATE_CONFLICT` for the last admin.
    pub(crate) fn may_set_role(&self, actor_id: i64, user_id: i64, role: Role) -> Result<&Member, Fault> {
        self.admin(actor_id)?;
        let member = self.subject(user_id)?;
        if role == Role::Member && member.user_id == self.owner_id && actor_id != self.owner_id {
            return Err(Fault::forbidden("nobody but the owner himself makes him a plain member"));
        }
        if role == Role::Member && self.is_last_admin(member) {
            return Err(Fault::conflict("the last admin stays admin: make another member admin first"));
        }
        Ok(member)
    }

    /// Passes somebody who is not in the room yet. *Errors*: `DUPLICATE_ENTRY`, `STATE_CONFLICT` when it is full.
    pub(crate) fn may_enter(&self, user_id: i64) -> Result<(), Fault> {
        if self.find(user_id).is_some() {
            return Err(Fault::duplicate("user_id", "is a member of the room already"));
        }
        if self.members.len() >= MEMBERS_MAX {
            return Err(Fault::conflict(format!("the room has {MEMBERS_MAX} members, which is the most")));
        }
        Ok(())
    }

    fn is_last_admin(&self, member: &Member) -> bool {
        let admins = self.members.iter().filter(|other| other.role == Role::Admin).count();
        member.role == Role::Admin && admins == 1
    }
}

/// Says that there is no such room, or none that the caller may see.
pub(crate) fn no_room() -> Fault {
    Fault::not_found("room")
}
