//! Writing somebody into a room, whether he was added or has joined.
//!
//! Who may come in is decided by the callers. The rule not to be broken: who was in the room before comes in as
//! `entering`, see `transit`.

use durable::{Tx, audit};
use fault::Fault;
use host::Call;
use proto::event::v1::MemberChange;
use serde_json::json;

use super::{
    news::{self, Occasion},
    transit,
};
use crate::{
    domain::{Member, Role, Room, Seat},
    service::Service,
    store::members::{self, Departure},
};

/// Somebody at the threshold, and how he left last time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Newcomer {
    pub(super) user_id: i64,
    pub(super) role: Role,
    pub(super) departure: Option<Departure>,
}

/// Writes a new member with event and audit row; gives him, and the number of the transit in which he has to be
/// opened after the commit. *Locks*: needs the lock of the room.
pub(super) async fn write(
    service: &Service,
    tx: &mut Tx,
    call: &Call,
    room: &Room,
    newcomer: Newcomer,
) -> Result<(Member, Option<i64>), Fault> {
    let occasion = Occasion { actor_id: call.caller.user()?.id, at: service.clock.now() };
    let Newcomer { user_id, role, departure } = newcomer;
    let member = Member { user_id, role, joined_at: occasion.at };
    let transit_id = departure.map(|_| service.clock.new_id());
    members::insert(tx, room.id, &member, transit_id).await?;
    if let Some(transit_id) = transit_id {
        transit::insure(tx, Seat { room_id: room.id, user_id }, transit_id).await?;
    }
    news::tell(service, tx, room.id, occasion, vec![news::member(MemberChange::Added, &member)]).await?;
    let action = if occasion.actor_id == user_id { "room.member_joined" } else { "room.member_added" };
    let after = json!({ "user_id": user_id, "role": role.as_str() });
    audit::append(tx, call.audit(action, format!("room:{}", room.id), (None, Some(after)))).await?;
    Ok((member, transit_id))
}
