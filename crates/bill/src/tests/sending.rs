//! Sending a bill for review.

use fault::{Code, Fault};
use futures::future::join_all;
use proto::{
    bill::v1::{CreateBillRequest, NewBill, Status},
    expense::v1::{BillItem, SplitInput, SplitType},
    user::v1::NotificationType,
};

use super::stage::{ADMIN, MEMBER, OTHER, Stage, new_bill, of, refused};

#[tokio::test]
async fn a_bill_is_divided_equally_and_waits_for_review() {
    let stage = Stage::start().await;
    let bill = stage.bill().await;
    assert_eq!((bill.status(), bill.total_amount_minor, bill.created_by), (Status::Pending, 10_050, ADMIN));
    let amounts: Vec<_> =
        bill.splits.iter().map(|split| (split.user_id, split.amount_minor, split.is_paid)).collect();
    assert_eq!(amounts, [(ADMIN, 3_350, false), (MEMBER, 3_350, false), (OTHER, 3_350, false)]);
    assert_eq!(bill.items.iter().map(|item| item.expense_id).collect::<Vec<_>>(), [501, 502]);
    stage.until(|world| world.events.len() == 1 && world.notifications.len() == 2).await;
    assert_eq!(stage.event_names(), ["bill_created"]);
    let world = stage.world.lock().unwrap();
    let asked: Vec<_> = world.notifications.iter().map(|told| (told.user_id, told.r#type())).collect();
    assert_eq!(asked, [MEMBER, OTHER].map(|user_id| (user_id, NotificationType::BillReviewNeeded)));
}

#[tokio::test]
async fn custom_without_splits_divides_as_the_expenses_do() {
    let stage = Stage::start().await;
    let bill = NewBill { split_type: SplitType::Custom.into(), ..new_bill() };
    let reply = stage.client(MEMBER).create_bill(CreateBillRequest { bill: Some(bill) }).await.unwrap();
    let amounts: Vec<_> = reply
        .into_inner()
        .bill
        .unwrap()
        .splits
        .iter()
        .map(|split| (split.user_id, split.amount_minor))
        .collect();
    assert_eq!(amounts, [(ADMIN, 3_350), (MEMBER, 3_350), (OTHER, 3_350)]);
}

#[tokio::test]
async fn twenty_equal_requests_with_one_key_make_one_bill() {
    let stage = Stage::start().await;
    let visitor = stage.served.user(ADMIN).key("september");
    let requests = (0..20).map(|_| {
        let mut client = of(&visitor);
        async move { client.create_bill(CreateBillRequest { bill: Some(new_bill()) }).await }
    });
    let mut ids = Vec::new();
    for reply in join_all(requests).await {
        match reply {
            Ok(reply) => ids.push(reply.into_inner().bill.unwrap().id),
            Err(status) => assert_eq!(Fault::from(status).code(), Code::IdempotencyInProgress),
        }
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    let again = of(&visitor).create_bill(CreateBillRequest { bill: Some(new_bill()) }).await.unwrap();
    assert_eq!(again.metadata().get(host::IDEMPOTENT_REPLAYED).unwrap(), "true");
    assert_eq!(again.into_inner().bill.unwrap().id, ids[0]);
    let other = NewBill { title: "另一张".to_owned(), ..new_bill() };
    let (_, fault) = refused(of(&visitor).create_bill(CreateBillRequest { bill: Some(other) }).await);
    assert_eq!(fault.code(), Code::IdempotencyConflict);
}

#[tokio::test]
async fn a_refused_allocation_leaves_no_bill_and_no_key() {
    let stage = Stage::start().await;
    let why = Fault::validation("items[0].amount", "only 10.00 is left of the expense");
    stage.world.lock().unwrap().allocations_refused = Some(why.clone());
    let visitor = stage.served.user(ADMIN).key("too much");
    let (_, fault) = refused(of(&visitor).create_bill(CreateBillRequest { bill: Some(new_bill()) }).await);
    assert_eq!((fault.code(), fault.detail()), (why.code(), why.detail()));
    stage.world.lock().unwrap().allocations_refused = None;
    let corrected = NewBill { title: "改过的".to_owned(), ..new_bill() };
    let bill = of(&visitor).create_bill(CreateBillRequest { bill: Some(corrected) }).await.unwrap();
    assert_eq!(bill.into_inner().bill.unwrap().title, "改过的", "the key may carry a corrected request");
    let list = stage.client(ADMIN).list_bills(proto::bill::v1::ListBillsRequest::default()).await.unwrap();
    assert_eq!(list.into_inner().bills.len(), 1);
    stage.until(|world| !world.releases.is_empty()).await;
}

#[tokio::test]
async fn what_is_wrong_is_named_and_nothing_is_allocated() {
    let stage = Stage::start().await;
    let item = |expense_id, amount_minor| BillItem { expense_id, amount_minor };
    let broken = [
        ("title", NewBill { title: " ".to_owned(), ..new_bill() }),
        ("due_date", NewBill { due_date: "2026-02-30".to_owned(), ..new_bill() }),
        ("items", NewBill { items: Vec::new(), ..new_bill() }),
        ("items[1].expense_id", NewBill { items: vec![item(5, 1), item(5, 1)], ..new_bill() }),
        ("items[0].amount", NewBill { items: vec![item(5, -1)], ..new_bill() }),
        ("split_type", NewBill { split_type: 0, ..new_bill() }),
    ];
    for (field, bill) in broken {
        let (_, fault) =
            refused(stage.client(ADMIN).create_bill(CreateBillRequest { bill: Some(bill) }).await);
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some(field)), "{fault}");
    }
    assert!(stage.world.lock().unwrap().allocations.is_empty());
}

#[tokio::test]
async fn splits_that_do_not_add_up_give_the_expenses_back() {
    let stage = Stage::start().await;
    let split = |user_id, amount| SplitInput { user_id, amount_minor: Some(amount), ..SplitInput::default() };
    let bill = NewBill {
        split_type: SplitType::Custom.into(),
        splits: vec![split(MEMBER, 5_000), split(OTHER, 5_051)],
        ..new_bill()
    };
    let (_, fault) = refused(stage.client(ADMIN).create_bill(CreateBillRequest { bill: Some(bill) }).await);
    assert_eq!(fault.detail(), "splits: shares add up to 100.51, expected 100.50");
    stage.until(|world| !world.releases.is_empty()).await;
}
