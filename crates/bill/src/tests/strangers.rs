//! Who may call what, and what strangers see.

use fault::Code;
use proto::bill::v1::{
    ConfirmShareRequest, CreateBillRequest, GetBillRequest, ListBillsRequest, OpenDisputeRequest,
    ResubmitBillRequest,
};

use super::stage::{ROOM, STRANGER, Stage, new_bill, refused};
use crate::access;

#[test]
fn every_method_has_one_row() {
    assert_eq!(identity::access::gaps(access::TABLE, &access::SERVICES), Vec::<String>::new());
}

#[tokio::test]
async fn the_door_does_what_the_table_says() {
    let stage = Stage::start().await;
    let breaches = stage.served.access_breaches(access::TABLE, &stage.clock).await;
    assert_eq!(breaches, Vec::<String>::new());
}

#[tokio::test]
async fn a_stranger_finds_nothing() {
    let stage = Stage::start().await;
    let bill = stage.bill().await;
    let (bill_id, split_id) = (bill.id, bill.splits[0].id);
    let mut stranger = stage.client(STRANGER);
    let faults = [
        refused(stranger.create_bill(CreateBillRequest { bill: Some(new_bill()) }).await).1,
        refused(stranger.get_bill(GetBillRequest { bill_id }).await).1,
        refused(stranger.list_bills(ListBillsRequest { room_id: ROOM, ..ListBillsRequest::default() }).await)
            .1,
        refused(stranger.resubmit_bill(ResubmitBillRequest { bill_id, bill: Some(new_bill()) }).await).1,
        refused(stranger.confirm_share(ConfirmShareRequest { bill_id, split_id }).await).1,
        refused(
            stranger.open_dispute(OpenDisputeRequest { bill_id, split_id, reason: "不对".to_owned() }).await,
        )
        .1,
    ];
    for fault in faults {
        assert_eq!(fault.code(), Code::NotFound, "{fault}");
    }
    let list = stranger.list_bills(ListBillsRequest::default()).await.unwrap().into_inner();
    assert!(list.bills.is_empty());
}
