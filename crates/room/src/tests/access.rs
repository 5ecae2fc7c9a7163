//! Who gets in at the door: every method of the table with every sort of proof.

use super::{
    ANNA, BEN, STRANGER, room_with,
    stage::{Stage, client},
};
use crate::access::{SERVICES, TABLE};

#[test]
fn every_method_has_exactly_one_row() {
    assert_eq!(identity::access::gaps(TABLE, SERVICES), Vec::<String>::new());
}

#[tokio::test]
async fn the_door_does_what_the_table_says() {
    let stage = Stage::open().await;
    let breaches = stage.served.access_breaches(TABLE, &stage.clock).await;
    assert_eq!(breaches, Vec::<String>::new());
}

#[tokio::test]
async fn a_service_that_names_a_user_reads_events_with_the_rights_of_that_user() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    let token = stage.served.keys.service("gateway");
    for (user_id, is_member) in [(ANNA, true), (BEN, true), (STRANGER, false)] {
        let visitor = stage.served.user(user_id).with(identity::SERVICE_AUTHORIZATION, &token);
        let answer = client(&visitor).list_events(super::events_after(room.id, 0)).await;
        assert_eq!(answer.is_ok(), is_member, "user {user_id}");
    }
}
