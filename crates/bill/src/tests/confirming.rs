//! Confirming shares, and reminding of those that are open.

use fault::Code;
use proto::bill::v1::{ConfirmShareRequest, PaymentStatus, RemindUnpaidRequest, Status};

use super::stage::{ADMIN, MEMBER, OTHER, Stage, of, refused};

async fn approved(stage: &Stage) -> proto::bill::v1::Bill {
    let bill = stage.bill().await;
    stage.review(MEMBER, bill.id, Status::Approved).await.unwrap()
}

fn split_of(bill: &proto::bill::v1::Bill, user_id: i64) -> ConfirmShareRequest {
    let split = bill.splits.iter().find(|split| split.user_id == user_id).unwrap();
    ConfirmShareRequest { bill_id: bill.id, split_id: split.id }
}

#[tokio::test]
async fn a_bill_is_paid_share_by_share_and_each_is_told_once() {
    let stage = Stage::start().await;
    let bill = approved(&stage).await;
    let confirm = |user_id| {
        let mut client = stage.client(user_id);
        let request = split_of(&bill, user_id);
        async move { client.confirm_share(request).await.unwrap().into_inner().bill.unwrap() }
    };
    assert_eq!(confirm(MEMBER).await.payment_status(), PaymentStatus::Partial);
    assert_eq!(confirm(MEMBER).await.payment_status(), PaymentStatus::Partial);
    assert_eq!(confirm(OTHER).await.payment_status(), PaymentStatus::Paid);
    stage.until(|world| world.events.len() == 6).await;
    let world = stage.world.lock().unwrap();
    let mut names: Vec<_> = world
        .events
        .iter()
        .filter(|event| event.uid.starts_with("bill_payment"))
        .map(|event| &event.uid)
        .collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 2, "confirmed again it has the same name, which the room keeps once");
}

#[tokio::test]
async fn a_bill_that_is_not_approved_is_not_paid() {
    let stage = Stage::start().await;
    let bill = stage.bill().await;
    let (_, fault) = refused(stage.client(MEMBER).confirm_share(split_of(&bill, MEMBER)).await);
    assert_eq!(fault.code(), Code::StateConflict);
    let unknown = ConfirmShareRequest { bill_id: bill.id, split_id: 1 };
    let (_, fault) = refused(stage.client(MEMBER).confirm_share(unknown).await);
    assert_eq!(fault.code(), Code::NotFound);
    assert!(stage.world.lock().unwrap().confirmed.is_empty());
}

#[tokio::test]
async fn who_still_owes_is_reminded_of_his_own_share_once_a_day() {
    let stage = Stage::start().await;
    let bill = approved(&stage).await;
    stage.client(MEMBER).confirm_share(split_of(&bill, MEMBER)).await.unwrap();
    let mut runner = of(&stage.served.service("payment"));
    let sent = runner.remind_unpaid(RemindUnpaidRequest {}).await.unwrap().into_inner().reminders_sent;
    assert_eq!(sent, 1, "the payer owes nothing, one has paid, one is left");
    let again = runner.remind_unpaid(RemindUnpaidRequest {}).await.unwrap().into_inner().reminders_sent;
    assert_eq!(again, 0);
    stage.until(|world| world.notifications.iter().any(|told| told.uid.starts_with("reminder:"))).await;
    let world = stage.world.lock().unwrap();
    let told = world.notifications.iter().find(|told| told.uid.starts_with("reminder:")).unwrap();
    assert_eq!((told.user_id, told.facts.as_ref().unwrap().amount_minor), (OTHER, 3_350));
    assert!(world.events.iter().any(|event| event.uid.starts_with("reminder:")));
    assert_eq!(ADMIN, 1);
}
