//! Objections to shares: what they freeze, and who decides.

use fault::Code;
use proto::expense::v1::*;

use super::{
    invariants::assert_books,
    world::{ADMIN, ANNA, BEN, CARA, ROOM, World, code, confirm, expense, refusal, split_of},
};

async fn dispute(world: &World, user_id: i64, made: &Expense, of: i64) -> Result<Dispute, fault::Fault> {
    let request = OpenDisputeRequest {
        expense_id: made.id,
        split_id: split_of(made, of).id,
        reason: "I was away".into(),
    };
    Ok(world.user(user_id).open_dispute(request).await?.into_inner().dispute.unwrap())
}

fn decide(dispute: &Dispute, decision: Decision) -> ResolveDisputeRequest {
    ResolveDisputeRequest { dispute_id: dispute.id, decision: decision.into(), comment: "seen".into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_dispute_freezes_that_share_alone() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    let open = dispute(&world, BEN, &made, BEN).await.unwrap();
    assert!(split_of(&world.expense(made.id).await, BEN).is_frozen);
    let fault = confirm(&mut world.user(ANNA), &made, BEN).await.unwrap_err();
    assert_eq!(fault.code(), Code::StateConflict);
    assert!(fault.detail().contains(&format!("dispute {}", open.id)), "{}", fault.detail());
    confirm(&mut world.user(CARA), &made, CARA).await.unwrap();
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_has_one_open_dispute() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    dispute(&world, BEN, &made, BEN).await.unwrap();
    assert_eq!(dispute(&world, ANNA, &made, BEN).await.unwrap_err().code(), Code::StateConflict);
    let listed =
        world.user(CARA).list_disputes(ListDisputesRequest { room_id: ROOM, open_only: true }).await.unwrap();
    assert_eq!(listed.into_inner().disputes.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_parties_dispute_a_share() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    assert_eq!(dispute(&world, CARA, &made, BEN).await.unwrap_err().code(), Code::Forbidden);
    assert_eq!(dispute(&world, ANNA, &made, ANNA).await.unwrap_err().code(), Code::StateConflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_impartial_admin_decides_once_and_the_share_is_free() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    let open = dispute(&world, BEN, &made, BEN).await.unwrap();
    let request = decide(&open, Decision::Rejected);
    assert_eq!(code(world.user(ANNA).resolve_dispute(request.clone()).await), Code::Forbidden);
    let decided =
        world.user(ADMIN).resolve_dispute(request.clone()).await.unwrap().into_inner().dispute.unwrap();
    assert_eq!((decided.status.as_str(), decided.resolved_by), ("rejected", ADMIN));
    assert_eq!(code(world.user(ADMIN).resolve_dispute(request).await), Code::StateConflict);
    assert!(confirm(&mut world.user(BEN), &made, BEN).await.unwrap().is_paid);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_who_is_a_party_decides_only_when_no_other_is_impartial() {
    let world = World::new().await;
    world.known.facts().rooms.get_mut(&ROOM).unwrap().insert(CARA, true);
    let made = world.record(ADMIN, expense(10_000)).await;
    let open = dispute(&world, BEN, &made, BEN).await.unwrap();
    let request = decide(&open, Decision::Upheld);
    assert_eq!(code(world.user(ADMIN).resolve_dispute(request.clone()).await), Code::Forbidden);
    assert!(world.user(CARA).resolve_dispute(request).await.is_ok());
    let other = dispute(&world, CARA, &made, CARA).await.unwrap();
    assert!(world.user(ADMIN).resolve_dispute(decide(&other, Decision::Upheld)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_share_keeps_its_amount_and_its_expense() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    dispute(&world, BEN, &made, BEN).await.unwrap();
    let mut anna = world.user(ANNA);
    let amount =
        UpdateExpenseRequest { expense_id: made.id, amount_minor: Some(20_000), ..Default::default() };
    assert!(refusal(anna.update_expense(amount).await).1.contains("the share of user 13 is disputed"));
    assert_eq!(
        code(anna.delete_expense(DeleteExpenseRequest { expense_id: made.id }).await),
        Code::StateConflict
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disputed_bill_share_freezes_the_expense_shares_behind_it() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    let items = vec![BillItem { expense_id: made.id, amount_minor: 0 }];
    let request = AllocateToBillRequest { bill_id: 500, room_id: ROOM, items, bill_version: 1 };
    world.bill_for(ANNA).allocate_to_bill(request).await.unwrap();
    let shares = [ADMIN, ANNA, BEN, CARA].map(|user_id| AllocatedShare { user_id, amount_minor: 2_500 });
    world.bill_for(ADMIN).seal_bill(SealBillRequest { bill_id: 500, shares: shares.into() }).await.unwrap();
    let request =
        OpenBillDisputeRequest { bill_id: 500, split_id: 1, debtor_user_id: BEN, reason: "too much".into() };
    assert_eq!(code(world.bill_for(CARA).open_bill_dispute(request.clone()).await), Code::Forbidden);
    let open = world.bill_for(BEN).open_bill_dispute(request).await.unwrap().into_inner().dispute.unwrap();
    assert!(confirm(&mut world.user(BEN), &made, BEN).await.is_err());
    let confirmation = ConfirmBillShareRequest { bill_id: 500, user_id: BEN };
    let (refused, said) = refusal(world.bill_for(ANNA).confirm_bill_share(confirmation).await);
    assert_eq!((refused, said.contains(&open.id.to_string())), (Code::StateConflict, true), "{said}");
    let share =
        world.service("bill").get_bill_shares(GetBillSharesRequest { bill_ids: vec![500] }).await.unwrap();
    assert!(share.into_inner().shares.iter().any(|share| share.user_id == BEN && share.is_frozen));
    world.user(ADMIN).resolve_dispute(decide(&open, Decision::Rejected)).await.unwrap();
    assert!(world.bill_for(ANNA).confirm_bill_share(confirmation).await.is_ok());
    assert_books(&world).await;
}
