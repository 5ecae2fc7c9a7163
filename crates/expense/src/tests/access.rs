//! Who may knock, and what the door lets through.

use fault::Code;
use proto::expense::v1::{expense_service_client::ExpenseServiceClient, *};

use super::world::{ADMIN, ANNA, BEN, CARA, Client, ROOM, STRANGER, World, code, expense, split_of};
use crate::access::{SERVICES, TABLE};

#[test]
fn every_method_has_a_row() {
    assert_eq!(identity::access::gaps(TABLE, SERVICES), Vec::<String>::new());
}

/// Methods that the bill service calls for itself in vain: it must bring the user on whose behalf it asks.
const FOR_A_USER: [&str; 2] = ["ConfirmBillShare", "OpenBillDispute"];

#[tokio::test(flavor = "multi_thread")]
async fn the_door_does_what_the_table_says() {
    let world = World::new().await;
    let breaches = world.served.access_breaches(TABLE, &world.clock).await;
    let (for_a_user, others): (Vec<String>, Vec<String>) = breaches
        .into_iter()
        .partition(|breach| FOR_A_USER.iter().any(|method| breach.contains(&format!("{method}, Service"))));
    assert_eq!(others, Vec::<String>::new());
    assert!(for_a_user.iter().all(|breach| breach.contains("AuthRequired")), "{for_a_user:?}");
    assert_eq!(for_a_user.len(), FOR_A_USER.len());
}

/// Calls everything that names the expense or its room, and gives the codes of the refusals.
async fn try_everything(client: &mut Client, of: &Expense) -> Vec<Option<Code>> {
    let of_result =
        |result: Result<(), tonic::Status>| result.err().map(|status| fault::Fault::from(status).code());
    let split_id = split_of(of, ANNA).id;
    let (expense_id, room_id) = (of.id, of.room_id);
    let update = UpdateExpenseRequest { expense_id, title: Some("Mine".to_owned()), ..Default::default() };
    let settlement = RecordSettlementRequest {
        room_id,
        from_user_id: ANNA,
        to_user_id: BEN,
        amount_minor: 1,
        ..Default::default()
    };
    let new = NewExpense { room_id, ..expense(100) };
    vec![
        of_result(client.get_expense(GetExpenseRequest { expense_id }).await.map(drop)),
        of_result(client.list_history(ListHistoryRequest { expense_id }).await.map(drop)),
        of_result(client.update_expense(update).await.map(drop)),
        of_result(client.confirm_split(ConfirmSplitRequest { expense_id, split_id }).await.map(drop)),
        of_result(
            client
                .open_dispute(OpenDisputeRequest { expense_id, split_id, reason: "no".into() })
                .await
                .map(drop),
        ),
        of_result(client.delete_expense(DeleteExpenseRequest { expense_id }).await.map(drop)),
        of_result(client.create_expense(CreateExpenseRequest { expense: Some(new.clone()) }).await.map(drop)),
        of_result(client.create_expenses(CreateExpensesRequest { expenses: vec![new] }).await.map(drop)),
        of_result(
            client.list_expenses(ListExpensesRequest { room_id, ..Default::default() }).await.map(drop),
        ),
        of_result(client.get_balances(GetBalancesRequest { room_id }).await.map(drop)),
        of_result(client.get_settlement_plan(GetSettlementPlanRequest { room_id }).await.map(drop)),
        of_result(
            client
                .explain_balance(ExplainBalanceRequest { room_id, user_id: ANNA, ..Default::default() })
                .await
                .map(drop),
        ),
        of_result(client.record_settlement(settlement).await.map(drop)),
        of_result(client.list_settlements(ListSettlementsRequest { room_id, page: None }).await.map(drop)),
        of_result(client.list_disputes(ListDisputesRequest { room_id, open_only: false }).await.map(drop)),
        of_result(
            client.get_room_stats(GetRoomStatsRequest { room_id, ..Default::default() }).await.map(drop),
        ),
        of_result(
            client.get_user_stats(GetUserStatsRequest { room_id, ..Default::default() }).await.map(drop),
        ),
        of_result(
            client.preview_import(PreviewImportRequest { room_id, ..Default::default() }).await.map(drop),
        ),
        of_result(
            client.import_expenses(ImportExpensesRequest { room_id, ..Default::default() }).await.map(drop),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_finds_nothing_whatever_he_asks() {
    let world = World::new().await;
    let expense = world.record(BEN, expense(10_000)).await;
    let codes = try_everything(&mut world.user(STRANGER), &expense).await;
    assert!(codes.iter().all(|code| *code == Some(Code::NotFound)), "{codes:?}");
    assert_eq!(world.expense(expense.id).await, expense);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_of_the_platform_is_a_stranger_in_a_room() {
    let world = World::new().await;
    let expense = world.record(BEN, expense(10_000)).await;
    let mut admin = ExpenseServiceClient::new(world.served.admin(STRANGER).line());
    assert_eq!(code(admin.get_expense(GetExpenseRequest { expense_id: expense.id }).await), Code::NotFound);
    assert!(admin.get_system_stats(GetSystemStatsRequest {}).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ex_member_is_a_stranger() {
    let world = World::new().await;
    let expense = world.record(BEN, expense(10_000)).await;
    world.known.facts().rooms.get_mut(&ROOM).unwrap().remove(&CARA);
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let codes = try_everything(&mut world.user(CARA), &expense).await;
    assert!(codes.iter().all(|code| *code == Some(Code::NotFound)), "{codes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_who_neither_made_nor_paid_it_may_not_change_an_expense() {
    let world = World::new().await;
    let expense = world.record(BEN, expense(10_000)).await;
    let mut cara = world.user(CARA);
    let update =
        UpdateExpenseRequest { expense_id: expense.id, title: Some("Mine".into()), ..Default::default() };
    assert_eq!(code(cara.update_expense(update).await), Code::Forbidden);
    assert_eq!(
        code(cara.delete_expense(DeleteExpenseRequest { expense_id: expense.id }).await),
        Code::Forbidden
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn creator_payer_and_room_admin_may_change_an_expense() {
    let world = World::new().await;
    let made = world.record(BEN, NewExpense { paid_by: CARA, ..expense(10_000) }).await;
    for user_id in [BEN, CARA, ADMIN] {
        let title = Some(format!("By {user_id}"));
        let update = UpdateExpenseRequest { expense_id: made.id, title, ..Default::default() };
        let changed = world.user(user_id).update_expense(update).await.unwrap().into_inner().expense.unwrap();
        assert_eq!(changed.title, format!("By {user_id}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn debtor_payee_and_room_admin_confirm_a_share_and_nobody_else() {
    let world = World::new().await;
    let made = world.record(BEN, expense(10_000)).await;
    let confirm = |user_id: i64, debtor: i64| {
        let request = ConfirmSplitRequest { expense_id: made.id, split_id: split_of(&made, debtor).id };
        let mut client = world.user(user_id);
        async move { client.confirm_split(request).await }
    };
    assert_eq!(code(confirm(CARA, ANNA).await), Code::Forbidden);
    assert!(confirm(ANNA, ANNA).await.unwrap().into_inner().split.unwrap().is_paid);
    assert!(confirm(BEN, CARA).await.unwrap().into_inner().split.unwrap().is_paid);
    let by_admin = confirm(ADMIN, ADMIN).await.unwrap().into_inner().split.unwrap();
    assert_eq!((by_admin.is_paid, by_admin.confirmed_by), (true, ADMIN));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_without_the_bill_service_may_not_touch_bills() {
    let world = World::new().await;
    let mut anna = world.user(ANNA);
    assert_eq!(code(anna.seal_bill(SealBillRequest::default()).await), Code::Forbidden);
    assert_eq!(code(anna.close_member(CloseMemberRequest::default()).await), Code::Forbidden);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_seen_by_the_room_and_must_be_ones_own() {
    let world = World::new().await;
    world.known.facts().uploads.extend([(7, ANNA), (8, STRANGER)]);
    let foreign = NewExpense { receipt_upload_ids: vec![7, 8], ..expense(100) };
    let refused = world.user(ANNA).create_expense(CreateExpenseRequest { expense: Some(foreign) }).await;
    assert_eq!(super::world::refusal(refused).1, "receipts[1]: is not an upload of yours");
    world.record(ANNA, NewExpense { receipt_upload_ids: vec![7], ..expense(100) }).await;
    assert!(world.user(CARA).check_receipt(CheckReceiptRequest { upload_id: 7 }).await.is_ok());
    let stranger = world.user(STRANGER).check_receipt(CheckReceiptRequest { upload_id: 7 }).await;
    assert_eq!(code(stranger), Code::NotFound);
}
