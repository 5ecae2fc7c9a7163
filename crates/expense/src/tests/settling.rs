//! Settlements, plans, explanations, and members who leave.

use fault::Code;
use futures::future::join_all;
use proto::expense::v1::*;

use super::{
    invariants::assert_books,
    world::{ADMIN, ANNA, BEN, CARA, ROOM, STRANGER, World, code, confirm, create, expense, refusal},
};

fn handing(from_user_id: i64, to_user_id: i64, amount_minor: i64) -> RecordSettlementRequest {
    RecordSettlementRequest { room_id: ROOM, from_user_id, to_user_id, amount_minor, ..Default::default() }
}

async fn explanation(world: &World, user_id: i64) -> Explanation {
    let request = ExplainBalanceRequest { room_id: ROOM, user_id, currency: "CNY".into() };
    let reply = world.user(ADMIN).explain_balance(request).await.unwrap().into_inner();
    assert_eq!(reply.explanations.len(), 1);
    reply.explanations.into_iter().next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_settles_the_room() {
    let world = World::new().await;
    world.record(ANNA, expense(10_000)).await;
    world.record(BEN, expense(3_333)).await;
    let plan =
        world.user(CARA).get_settlement_plan(GetSettlementPlanRequest { room_id: ROOM }).await.unwrap();
    let plans = plan.into_inner().plans;
    assert_eq!((plans.len(), plans[0].currency.as_str()), (1, "CNY"));
    assert_eq!(plans[0].method(), PlanMethod::ProvenMinimal);
    for transfer in &plans[0].transfers {
        let handing = handing(transfer.from_user_id, transfer.to_user_id, transfer.amount_minor);
        world.user(ADMIN).record_settlement(handing).await.unwrap();
    }
    assert!(world.nets().await.iter().all(|(_, net)| *net == 0));
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_settlement_names_two_members_and_is_recorded_by_a_party_or_an_admin() {
    let world = World::new().await;
    let mut anna = world.user(ANNA);
    assert_eq!(refusal(anna.record_settlement(handing(ANNA, ANNA, 1)).await).0, Code::ValidationError);
    let (_, said) = refusal(anna.record_settlement(handing(ANNA, STRANGER, 1)).await);
    assert_eq!(said, "to_user_id: is not a member of the room");
    assert_eq!(
        refusal(anna.record_settlement(handing(ANNA, BEN, 0)).await).1,
        "amount: must be greater than 0"
    );
    assert_eq!(code(anna.record_settlement(handing(BEN, CARA, 1)).await), Code::Forbidden);
    let made =
        anna.record_settlement(handing(ANNA, BEN, 500)).await.unwrap().into_inner().settlement.unwrap();
    assert_eq!((made.kind.as_str(), made.date.as_str()), ("manual", "2026-03-02"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_settlement_can_be_taken_back_but_a_confirmation_can_not() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    confirm(&mut world.user(BEN), &made, BEN).await.unwrap();
    let mut anna = world.user(ANNA);
    let manual =
        anna.record_settlement(handing(CARA, ANNA, 700)).await.unwrap().into_inner().settlement.unwrap();
    let listed = anna
        .list_settlements(ListSettlementsRequest { room_id: ROOM, page: None })
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.page.unwrap().total_rows, 2);
    let delete = |settlement_id| DeleteSettlementRequest { room_id: ROOM, settlement_id };
    assert_eq!(code(world.user(CARA).delete_settlement(delete(manual.id)).await), Code::Forbidden);
    anna.delete_settlement(delete(manual.id)).await.unwrap();
    assert_eq!(code(anna.delete_settlement(delete(manual.id)).await), Code::NotFound);
    let confirmation = listed.settlements.iter().find(|settlement| settlement.kind == "split").unwrap();
    assert_eq!(code(anna.delete_settlement(delete(confirmation.id)).await), Code::StateConflict);
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_records_one_settlement() {
    let world = World::new().await;
    let turns = (0..20).map(|_| {
        let mut client = world.with_key(ANNA, "pay");
        async move { client.record_settlement(handing(ANNA, BEN, 500)).await }
    });
    let made = join_all(turns).await.into_iter().flatten().count();
    assert!(made >= 1);
    assert_eq!(world.nets().await[1], (ANNA, 500));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_explanation_adds_up_to_the_balance() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    world.record(BEN, expense(501)).await;
    confirm(&mut world.user(CARA), &made, CARA).await.unwrap();
    world.user(ANNA).record_settlement(handing(ANNA, BEN, 300)).await.unwrap();
    for (user_id, net) in world.nets().await {
        let explained = explanation(&world, user_id).await;
        assert_eq!(explained.balance_minor, net);
        let lines: i64 = explained.lines.iter().map(|line| line.net_minor).sum();
        let settled: i64 = explained
            .settled
            .iter()
            .map(|it| if it.from_user_id == user_id { it.amount_minor } else { -it.amount_minor })
            .sum();
        assert_eq!(lines + settled, net);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_explanation_sums_its_oldest_lines_up() {
    let world = World::new().await;
    for _ in 0..11 {
        let request = CreateExpensesRequest { expenses: vec![expense(100); 100] };
        world.user(ANNA).create_expenses(request).await.unwrap();
    }
    let explained = explanation(&world, BEN).await;
    assert_eq!(explained.lines.len(), 1_001);
    assert_eq!(explained.lines.last().unwrap().expense_id, 0);
    assert_eq!(explained.lines.iter().map(|line| line.net_minor).sum::<i64>(), explained.balance_minor);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_leaves_only_with_everything_settled() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    let close = |user_id| CloseMemberRequest { room_id: ROOM, user_id };
    let mut room = world.service("room");
    let (refused, said) = refusal(room.close_member(close(BEN)).await);
    assert_eq!((refused, said.as_str()), (Code::StateConflict, "user 13 has an open balance of -25.00 CNY"));
    confirm(&mut world.user(BEN), &made, BEN).await.unwrap();
    room.close_member(close(BEN)).await.unwrap();
    room.close_member(close(BEN)).await.unwrap();
    let refused = create(&mut world.user(ANNA), expense(100)).await.unwrap_err();
    assert_eq!(refused.code(), Code::StateConflict);
    room.reopen_member(ReopenMemberRequest { room_id: ROOM, user_id: BEN }).await.unwrap();
    world.record(ANNA, expense(100)).await;
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_debt_slips_in_beside_a_removal() {
    let world = World::new().await;
    for turn in 0..12 {
        let user_id = 1_000 + turn;
        world.known.facts().rooms.insert(2_000 + turn, [(ANNA, true), (user_id, false)].into());
        let room_id = 2_000 + turn;
        let mut room = world.service("room");
        let mut anna = world.user(ANNA);
        let new = NewExpense { room_id, ..expense(1_000) };
        let (closed, made) =
            tokio::join!(room.close_member(CloseMemberRequest { room_id, user_id }), create(&mut anna, new),);
        assert!(closed.is_ok() != made.is_ok(), "{closed:?} {made:?}");
    }
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_closes_only_with_everything_settled() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    let mut room = world.service("room");
    assert_eq!(code(room.close_room(CloseRoomRequest { room_id: ROOM }).await), Code::StateConflict);
    world.user(ANNA).delete_expense(DeleteExpenseRequest { expense_id: made.id }).await.unwrap();
    room.close_room(CloseRoomRequest { room_id: ROOM }).await.unwrap();
    let refused = create(&mut world.user(ANNA), expense(100)).await.unwrap_err();
    assert_eq!(refused.code(), Code::StateConflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_currency_has_balances_of_its_own() {
    let world = World::new().await;
    world.record(ANNA, expense(10_000)).await;
    world.record(BEN, NewExpense { currency: "EUR".into(), ..expense(4_000) }).await;
    let reply =
        world.user(ANNA).get_balances(GetBalancesRequest { room_id: ROOM }).await.unwrap().into_inner();
    let of = |currency: &str| {
        let rows = reply.balances.iter().filter(|row| row.currency == currency);
        rows.map(|row| row.balance_minor).collect::<Vec<_>>()
    };
    assert_eq!(of("CNY"), [-2_500, 7_500, -2_500, -2_500]);
    assert_eq!(of("EUR"), [-1_000, -1_000, 3_000, -1_000]);
    assert_books(&world).await;
}
