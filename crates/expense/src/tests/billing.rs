//! What bills take from expenses, and what they leave.

use fault::Code;
use futures::future::join_all;
use proto::expense::v1::*;

use super::{
    invariants::assert_books,
    world::{
        ADMIN, ANNA, BEN, CARA, OTHER_ROOM, ROOM, STRANGER, World, code, confirm, expense, payers, refusal,
        split_of,
    },
};

const BILL: i64 = 500;

fn allocation(bill_id: i64, items: &[(i64, i64)]) -> AllocateToBillRequest {
    let item =
        |(expense_id, amount): &(i64, i64)| BillItem { expense_id: *expense_id, amount_minor: *amount };
    AllocateToBillRequest { bill_id, room_id: ROOM, items: items.iter().map(item).collect(), bill_version: 1 }
}

fn shares(shares: &[(i64, i64)]) -> Vec<AllocatedShare> {
    let share = |(user_id, amount): &(i64, i64)| AllocatedShare { user_id: *user_id, amount_minor: *amount };
    shares.iter().map(share).collect()
}

async fn allocate(world: &World, bill_id: i64, items: &[(i64, i64)]) -> Vec<AllocatedItem> {
    let reply = world.bill_for(ANNA).allocate_to_bill(allocation(bill_id, items)).await.unwrap();
    reply.into_inner().items
}

async fn seal(world: &World, bill_id: i64, of: &[(i64, i64)]) {
    let request = SealBillRequest { bill_id, shares: shares(of) };
    world.bill_for(ADMIN).seal_bill(request).await.unwrap();
}

async fn share_of(world: &World, bill_id: i64, user_id: i64) -> BillShare {
    let reply = world
        .service("bill")
        .get_bill_shares(GetBillSharesRequest { bill_ids: vec![bill_id] })
        .await
        .unwrap();
    reply.into_inner().shares.into_iter().find(|share| share.user_id == user_id).unwrap()
}

async fn confirm_share(world: &World, caller_id: i64, user_id: i64) -> ConfirmBillShareResponse {
    let request = ConfirmBillShareRequest { bill_id: BILL, user_id };
    world.bill_for(caller_id).confirm_bill_share(request).await.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bill_takes_what_is_left_and_tells_how_it_is_divided() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    let first = allocate(&world, BILL, &[(made.id, 4_000)]).await;
    assert_eq!(first[0].shares.iter().map(|share| share.amount_minor).collect::<Vec<_>>(), [1_000; 4]);
    assert_eq!(first[0].payers, payers(&[(ANNA, 4_000)]));
    let second = allocate(&world, 501, &[(made.id, 0)]).await;
    assert_eq!(second[0].amount_minor, 6_000);
    let (refused, said) =
        refusal(world.bill_for(ANNA).allocate_to_bill(allocation(502, &[(made.id, 1)])).await);
    assert_eq!(refused, Code::ValidationError);
    assert_eq!(said, "items[0].amount: nothing is left of the expense, other bills hold all of it");
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn allocating_again_replaces_and_releasing_gives_back() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    allocate(&world, BILL, &[(made.id, 10_000)]).await;
    allocate(&world, BILL, &[(made.id, 3_000)]).await;
    assert_eq!(allocate(&world, 501, &[(made.id, 0)]).await[0].amount_minor, 7_000);
    let release = ReleaseBillRequest { bill_id: BILL, bill_version: 1 };
    world.service("bill").release_bill(release).await.unwrap();
    world.service("bill").release_bill(release).await.unwrap();
    assert_eq!(allocate(&world, 501, &[(made.id, 0)]).await[0].amount_minor, 10_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_comes_late_takes_no_newer_allocation_and_the_other_way_round() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    let mut bill = world.bill_for(ANNA);
    let newer = AllocateToBillRequest { bill_version: 2, ..allocation(BILL, &[(made.id, 10_000)]) };
    bill.allocate_to_bill(newer).await.unwrap();
    bill.release_bill(ReleaseBillRequest { bill_id: BILL, bill_version: 1 }).await.unwrap();
    assert_eq!(code(bill.allocate_to_bill(allocation(501, &[(made.id, 1)])).await), Code::ValidationError);
    assert_eq!(code(bill.allocate_to_bill(allocation(BILL, &[(made.id, 1)])).await), Code::StateConflict);
    bill.release_bill(ReleaseBillRequest { bill_id: 777, bill_version: 1 }).await.unwrap();
    assert_eq!(code(bill.allocate_to_bill(allocation(777, &[(made.id, 1)])).await), Code::StateConflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bill_takes_no_expense_of_another_room_or_currency() {
    let world = World::new().await;
    let foreign = world.record(STRANGER, NewExpense { room_id: OTHER_ROOM, ..expense(100) }).await;
    let yuan = world.record(ANNA, expense(100)).await;
    let euro = world.record(ANNA, NewExpense { currency: "EUR".into(), ..expense(100) }).await;
    let mut bill = world.bill_for(ANNA);
    let (_, said) = refusal(bill.allocate_to_bill(allocation(BILL, &[(yuan.id, 0), (foreign.id, 0)])).await);
    assert_eq!(said, "items[1].expense_id: is not an expense of the room");
    let (_, said) = refusal(bill.allocate_to_bill(allocation(BILL, &[(yuan.id, 0), (euro.id, 0)])).await);
    assert_eq!(said, "items[1].expense_id: has another currency than the first expense");
}

#[tokio::test(flavor = "multi_thread")]
async fn sealing_makes_the_bill_the_truth_of_its_expenses() {
    let world = World::new().await;
    let one = world.record(ANNA, expense(10_000)).await;
    let two = world.record(BEN, expense(2_001)).await;
    allocate(&world, BILL, &[(one.id, 0), (two.id, 0)]).await;
    let of = [(ADMIN, 1_000), (ANNA, 1_001), (BEN, 10_000), (CARA, 0)];
    seal(&world, BILL, &of).await;
    seal(&world, BILL, &of).await;
    let sealed = [world.expense(one.id).await, world.expense(two.id).await];
    for (user_id, amount) in of {
        let held = sealed.iter().flat_map(|expense| &expense.splits).filter(|split| split.user_id == user_id);
        assert_eq!(held.map(|split| split.amount_minor).sum::<i64>(), amount);
        assert_eq!(share_of(&world, BILL, user_id).await.amount_minor, amount);
    }
    let nets = [(ADMIN, -1_000), (ANNA, 8_999), (BEN, 2_001 - 10_000), (CARA, 0)];
    assert_eq!(world.nets().await, nets);
    let history =
        world.user(ANNA).list_history(ListHistoryRequest { expense_id: one.id }).await.unwrap().into_inner();
    assert_eq!(history.entries.last().unwrap().action, "divided_by_bill");
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expense_of_an_approved_bill_is_fixed_and_the_refusal_names_the_bill() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    allocate(&world, BILL, &[(made.id, 5_000)]).await;
    let mut anna = world.user(ANNA);
    let less = UpdateExpenseRequest { expense_id: made.id, amount_minor: Some(4_999), ..Default::default() };
    assert!(refusal(anna.update_expense(less).await).1.starts_with("bill 500 holds 50.00"));
    seal(&world, BILL, &[(ADMIN, 1_250), (ANNA, 1_250), (BEN, 1_250), (CARA, 1_250)]).await;
    let title = UpdateExpenseRequest { expense_id: made.id, title: Some("x".into()), ..Default::default() };
    let (refused, said) = refusal(anna.update_expense(title).await);
    assert_eq!((refused, said.contains("approved bill 500")), (Code::StateConflict, true), "{said}");
    let (refused, said) = refusal(anna.delete_expense(DeleteExpenseRequest { expense_id: made.id }).await);
    assert_eq!((refused, said.contains("approved bill 500")), (Code::StateConflict, true), "{said}");
    let release = ReleaseBillRequest { bill_id: BILL, bill_version: 1 };
    assert_eq!(code(world.service("bill").release_bill(release).await), Code::StateConflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bill_share_and_the_expense_shares_behind_it_are_handed_over_once() {
    let world = World::new().await;
    let one = world.record(ANNA, expense(10_000)).await;
    let two = world.record(ADMIN, expense(4_000)).await;
    allocate(&world, BILL, &[(one.id, 0), (two.id, 2_000)]).await;
    seal(&world, BILL, &[(ADMIN, 3_000), (ANNA, 3_000), (BEN, 3_000), (CARA, 3_000)]).await;
    let ben = confirm_share(&world, BEN, BEN).await;
    assert_eq!(ben.transfers.iter().map(|transfer| transfer.amount_minor).sum::<i64>(), 3_000);
    assert!(ben.share.unwrap().is_paid);
    let again = confirm_share(&world, BEN, BEN).await;
    assert_eq!((again.transfers.len(), again.share.unwrap().is_paid), (0, true));
    let behind = split_of(&world.expense(one.id).await, BEN);
    assert_eq!((behind.is_paid, behind.paid_minor), (true, 2_500));
    let partly = split_of(&world.expense(two.id).await, BEN);
    assert_eq!((partly.is_paid, partly.paid_minor, partly.debt_minor), (false, 500, 1_000));

    confirm(&mut world.user(CARA), &one, CARA).await.unwrap();
    let half = share_of(&world, BILL, CARA).await;
    assert_eq!((half.is_paid, half.paid_minor), (false, 2_500));
    confirm(&mut world.user(CARA), &two, CARA).await.unwrap();
    let whole = share_of(&world, BILL, CARA).await;
    assert_eq!((whole.is_paid, whole.confirmed_by), (true, CARA));
    let nothing = confirm_share(&world, ADMIN, CARA).await;
    assert_eq!(nothing.transfers.len(), 0);
    confirm(&mut world.user(BEN), &two, BEN).await.unwrap();
    assert_eq!(split_of(&world.expense(two.id).await, BEN).paid_minor, 1_000);
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn confirming_both_ways_at_once_counts_once() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    allocate(&world, BILL, &[(made.id, 0)]).await;
    seal(&world, BILL, &[(ADMIN, 2_500), (ANNA, 2_500), (BEN, 2_500), (CARA, 2_500)]).await;
    let by_bill = (0..4).map(|_| confirm_share(&world, BEN, BEN));
    let by_expense = (0..4).map(|_| {
        let (mut client, made) = (world.user(BEN), made.clone());
        async move { confirm(&mut client, &made, BEN).await.unwrap() }
    });
    tokio::join!(join_all(by_bill), join_all(by_expense));
    assert_eq!(world.nets().await, [(ADMIN, -2_500), (ANNA, 5_000), (BEN, 0), (CARA, -2_500)]);
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_handed_over_before_approval_counts_for_the_bill() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    allocate(&world, BILL, &[(made.id, 0)]).await;
    confirm(&mut world.user(BEN), &made, BEN).await.unwrap();
    seal(&world, BILL, &[(ADMIN, 2_000), (ANNA, 2_000), (BEN, 4_000), (CARA, 2_000)]).await;
    let share = share_of(&world, BILL, BEN).await;
    assert_eq!((share.debt_minor, share.paid_minor, share.is_paid), (4_000, 2_500, false));
    let rest = confirm_share(&world, ANNA, BEN).await;
    assert_eq!(rest.transfers.iter().map(|transfer| transfer.amount_minor).sum::<i64>(), 1_500);
    assert_eq!(world.nets().await[2], (BEN, 0));
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expense_with_two_payers_is_divided_by_two_bills() {
    let world = World::new().await;
    let shared = NewExpense { payers: payers(&[(ANNA, 7_000), (BEN, 3_001)]), ..expense(10_001) };
    let made = world.record(CARA, shared).await;
    allocate(&world, BILL, &[(made.id, 3_333)]).await;
    allocate(&world, 501, &[(made.id, 0)]).await;
    seal(&world, BILL, &[(ADMIN, 3_333)]).await;
    seal(&world, 501, &[(ADMIN, 1_000), (ANNA, 1_000), (BEN, 1_000), (CARA, 3_668)]).await;
    assert_books(&world).await;
    assert!(confirm_share(&world, ADMIN, ADMIN).await.share.unwrap().is_paid);
    confirm(&mut world.user(ADMIN), &world.expense(made.id).await, ADMIN).await.unwrap();
    confirm(&mut world.user(ADMIN), &world.expense(made.id).await, CARA).await.unwrap();
    assert_eq!(world.nets().await, [(ADMIN, 0), (ANNA, 0), (BEN, 0), (CARA, 0)]);
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_bill_gives_back_another_no_longer_asks() {
    let world = World::new().await;
    let shared = NewExpense { payers: payers(&[(ANNA, 8_000), (BEN, 2_000)]), ..expense(10_000) };
    let made = world.record(CARA, shared).await;
    allocate(&world, BILL, &[(made.id, 5_000)]).await;
    allocate(&world, 501, &[(made.id, 5_000)]).await;
    seal(&world, BILL, &[(BEN, 5_000)]).await;
    assert_eq!(share_of(&world, BILL, BEN).await.debt_minor, 4_000);
    seal(&world, 501, &[(ADMIN, 5_000)]).await;
    assert_eq!(share_of(&world, BILL, BEN).await.debt_minor, 3_000, "of 5,000 he laid out 2,000");
    assert_books(&world).await;
    let confirmed = confirm_share(&world, ANNA, BEN).await;
    assert_eq!(confirmed.transfers.iter().map(|transfer| transfer.amount_minor).sum::<i64>(), 3_000);
    assert!(confirmed.share.unwrap().is_paid);
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_debtor_payee_and_room_admin_confirm_a_bill_share() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    allocate(&world, BILL, &[(made.id, 0)]).await;
    seal(&world, BILL, &[(ADMIN, 2_500), (ANNA, 2_500), (BEN, 2_500), (CARA, 2_500)]).await;
    let try_as = |caller_id: i64, user_id: i64| {
        let mut client = world.bill_for(caller_id);
        async move { client.confirm_bill_share(ConfirmBillShareRequest { bill_id: BILL, user_id }).await }
    };
    assert_eq!(code(try_as(CARA, BEN).await), Code::Forbidden);
    assert_eq!(code(try_as(STRANGER, BEN).await), Code::NotFound);
    assert_eq!(code(try_as(ADMIN, ANNA).await), Code::StateConflict);
    assert!(try_as(ANNA, BEN).await.is_ok());
    let alone = world
        .service("bill")
        .confirm_bill_share(ConfirmBillShareRequest { bill_id: BILL, user_id: CARA })
        .await;
    assert_eq!(code(alone), Code::AuthRequired);
}
