//! Sending a rejected bill again.

use fault::Code;
use proto::bill::v1::{NewBill, ResubmitBillRequest, Status};

use super::stage::{ADMIN, MEMBER, Stage, new_bill, refused};

#[tokio::test]
async fn a_rejected_bill_gives_its_expenses_back_and_can_be_sent_again() {
    let stage = Stage::start().await;
    let bill = stage.bill().await;
    stage.review(MEMBER, bill.id, Status::Rejected).await.unwrap();
    stage.until(|world| !world.releases.is_empty()).await;
    let edited = NewBill { title: "改过的".to_owned(), ..new_bill() };
    let request = ResubmitBillRequest { bill_id: bill.id, bill: Some(edited) };
    let again = stage.client(ADMIN).resubmit_bill(request.clone()).await.unwrap().into_inner().bill.unwrap();
    assert_eq!((again.id, again.status(), again.reviewed_by), (bill.id, Status::Pending, 0));
    assert_eq!(again.title, "改过的");
    let (released, allocated) = {
        let world = stage.world.lock().unwrap();
        (world.releases[0].bill_version, world.allocations[1].bill_version)
    };
    assert!(allocated > released, "a late release passes the new allocation over");
    let (_, fault) = refused(stage.client(ADMIN).resubmit_bill(request).await);
    assert_eq!(fault.code(), Code::StateConflict, "a pending bill is not sent again");
}

#[tokio::test]
async fn only_its_author_or_an_admin_sends_a_bill_again() {
    let stage = Stage::start().await;
    let bill = stage.bill().await;
    stage.review(MEMBER, bill.id, Status::Rejected).await.unwrap();
    let request = ResubmitBillRequest { bill_id: bill.id, bill: Some(new_bill()) };
    let (_, fault) = refused(stage.client(MEMBER).resubmit_bill(request).await);
    assert_eq!(fault.code(), Code::Forbidden);
}
