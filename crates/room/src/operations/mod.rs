//! What this service can do: one verb, one file, from check to commit.
//!
//! An operation that writes locks the room, checks rights and state on what it has locked, and writes rows, events,
//! jobs, audit and the reply in one transaction. How the expense service is kept in step is told in `transit`.
//! Decoding and encoding belong to the door, SQL to the store, rules to the domain.

mod add_member;
mod append_events;
mod create_invite;
mod create_room;
mod delete_room;
mod entry;
mod get_members;
mod get_room;
mod get_room_growth;
mod join_room;
mod list_events;
mod list_memberships;
mod list_rooms;
mod news;
mod purge_expired;
mod remove_member;
mod set_member_role;
mod transfer_ownership;
mod transit;
mod update_room;

pub(crate) use self::{
    add_member::add_member,
    append_events::{PUBLISH, append_events},
    create_invite::create_invite,
    create_room::create_room,
    delete_room::{FINISH_DELETION, delete_room, finish_deletion},
    get_members::get_members,
    get_room::get_room,
    get_room_growth::get_room_growth,
    join_room::join_room,
    list_events::list_events,
    list_memberships::list_memberships,
    list_rooms::list_rooms,
    news::NOTIFY,
    purge_expired::purge_expired,
    remove_member::remove_member,
    set_member_role::set_member_role,
    transfer_ownership::transfer_ownership,
    transit::{OPEN_MEMBER, OpenMember, open_member},
    update_room::update_room,
};
