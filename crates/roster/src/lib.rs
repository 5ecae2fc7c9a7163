//! Who is in a room, as it was at most a second ago.
//!
//! The room service owns membership; this asks it and remembers the answer for a second, one caller asking at a time.
//! Nothing is stored and nothing is changed here. The rule not to be broken: a room that can't be asked about is no
//! room; doubt is an error, never a right.

use std::{sync::Arc, time::Duration};

use fault::Fault;
use moka::future::Cache;
use proto::room::v1::{
    GetMembersRequest, GetMembersResponse, ListMembershipsRequest, MemberRole,
    room_service_client::RoomServiceClient,
};

/// How long the members of a room are remembered.
const MEMBERS_TTL: Duration = Duration::from_secs(1);
const ROOMS_MAX: u64 = 10_000;

/// Who is in a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// What the room is called.
    pub room_name: String,
    user_ids: Vec<i64>,
    admin_ids: Vec<i64>,
}

impl Members {
    fn of(reply: GetMembersResponse) -> Self {
        let admin = i32::from(MemberRole::Admin);
        let mut user_ids: Vec<i64> = reply.members.iter().map(|member| member.user_id).collect();
        let admins = reply.members.iter().filter(|member| member.role == admin);
        let mut admin_ids: Vec<i64> = admins.map(|member| member.user_id).collect();
        user_ids.sort_unstable();
        admin_ids.sort_unstable();
        Self { room_name: reply.room_name, user_ids, admin_ids }
    }

    /// Lists the members. *Shape*: sorted.
    pub fn user_ids(&self) -> &[i64] {
        &self.user_ids
    }

    /// Lists the room's admins. *Shape*: sorted.
    pub fn admin_ids(&self) -> &[i64] {
        &self.admin_ids
    }

    /// Tells whether a user is in the room.
    pub fn has(&self, user_id: i64) -> bool {
        self.user_ids.binary_search(&user_id).is_ok()
    }

    /// Tells whether a user is an admin of the room.
    pub fn has_admin(&self, user_id: i64) -> bool {
        self.admin_ids.binary_search(&user_id).is_ok()
    }
}

/// Asks the room service. Cheap to clone; clones share what they remember.
#[derive(Clone, Debug)]
pub struct Roster {
    rooms: RoomServiceClient<rpc::Channel>,
    members: Cache<i64, Arc<Members>>,
}

impl Roster {
    /// Prepares the connection; it is made when first used.
    pub fn new(rooms: rpc::Channel) -> Self {
        Self {
            rooms: RoomServiceClient::new(rooms),
            members: Cache::builder().max_capacity(ROOMS_MAX).time_to_live(MEMBERS_TTL).build(),
        }
    }

    /// Tells who is in a room, as it was at most a second ago. *Errors*: `NOT_FOUND` for no such room.
    pub async fn members(&self, room_id: i64) -> Result<Arc<Members>, Fault> {
        let ask = async {
            let request = GetMembersRequest { room_id };
            let reply = self.rooms.clone().get_members(request).await.map_err(Fault::from)?;
            Ok::<_, Fault>(Arc::new(Members::of(reply.into_inner())))
        };
        self.members.try_get_with(room_id, ask).await.map_err(|fault| Fault::clone(&fault))
    }

    /// Tells who is in a room that the user is in. *Errors*: `NOT_FOUND` for a stranger, as if there were no such
    /// `what`.
    pub async fn of_member(&self, room_id: i64, user_id: i64, what: &str) -> Result<Arc<Members>, Fault> {
        match self.members(room_id).await {
            Ok(members) if members.has(user_id) => Ok(members),
            Ok(_) => Err(Fault::not_found(what)),
            Err(fault) if fault.code() == fault::Code::NotFound => Err(Fault::not_found(what)),
            Err(fault) => Err(fault),
        }
    }

    /// Lists the rooms of a user. *Shape*: sorted.
    pub async fn rooms_of(&self, user_id: i64) -> Result<Vec<i64>, Fault> {
        let request = ListMembershipsRequest { user_ids: vec![user_id] };
        let reply = self.rooms.clone().list_memberships(request).await.map_err(Fault::from)?.into_inner();
        let own = reply.memberships.into_iter().filter(|membership| membership.user_id == user_id);
        Ok(own.flat_map(|membership| membership.room_ids).collect())
    }
}
