//! Lists, statistics and imports.

use fault::Code;
use proto::{expense::v1::*, page::v1 as page};

use super::{
    invariants::assert_books,
    world::{ADMIN, ANNA, BEN, CARA, OTHER_ROOM, ROOM, STRANGER, World, code, confirm, expense, refusal},
};

const EXPORT: &[u8] = include_bytes!("../../../../demo/splitwise-export-dorm.csv");
/// The last row of the export, in the order of the room's users.
const TOTALS: [i64; 4] = [-6_763, -8_297, -13_100, 28_160];

fn list(number: i32, size: i32) -> ListExpensesRequest {
    ListExpensesRequest { page: Some(page::Request { number, size }), room_id: ROOM, ..Default::default() }
}

async fn ids(world: &World, request: ListExpensesRequest) -> (Vec<i64>, i64) {
    let reply = world.user(ANNA).list_expenses(request).await.unwrap().into_inner();
    (reply.expenses.iter().map(|expense| expense.id).collect(), reply.page.unwrap().total_rows)
}

/// Records expenses on a few days, many on each, not in the order of the days, and deletes some.
async fn many(world: &World) {
    let mut anna = world.user(ANNA);
    for turn in 0..13 {
        let day = |index: i32| format!("2026-0{}-{:02}", 1 + (turn + index) % 3, 1 + (index * 7) % 5);
        let expenses = (0..100).map(|index| NewExpense { date: day(index), ..expense(100) }).collect();
        let made =
            anna.create_expenses(CreateExpensesRequest { expenses }).await.unwrap().into_inner().expenses;
        for gone in made.iter().step_by(17) {
            anna.delete_expense(DeleteExpenseRequest { expense_id: gone.id }).await.unwrap();
        }
        let moved = UpdateExpenseRequest {
            expense_id: made[1].id,
            date: Some("2026-02-03".into()),
            ..Default::default()
        };
        anna.update_expense(moved).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_any_number_join_without_gap_or_repetition() {
    let world = World::new().await;
    many(&world).await;
    assert_books(&world).await;
    // With a filter that keeps everything the rows are skipped one by one.
    let all = |number| ListExpensesRequest { paid_by: ANNA, ..list(number, 100) };
    let mut skipped = Vec::new();
    for number in 1..=13 {
        skipped.extend(ids(&world, all(number)).await.0);
    }
    let total = i64::try_from(skipped.len()).unwrap();
    for (number, size) in [(1, 7), (2, 7), (40, 7), (100, 10), (121, 10), (122, 10), (123, 10), (12, 100)] {
        let offset = usize::try_from((number - 1) * size).unwrap();
        let expected: Vec<i64> =
            skipped.iter().copied().skip(offset).take(usize::try_from(size).unwrap()).collect();
        assert_eq!(ids(&world, list(number, size)).await, (expected, total), "page {number} of {size}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn recounting_a_room_changes_nothing() {
    let world = World::new().await;
    many(&world).await;
    let before = ids(&world, list(7, 100)).await;
    let mut conn = world.test_db.owner().await;
    sqlx::query_scalar!("select recount_expenses($1)", ROOM).fetch_one(&mut conn).await.unwrap();
    sqlx::query_scalar!("select recount_balances($1)", ROOM).fetch_one(&mut conn).await.unwrap();
    assert_books(&world).await;
    assert_eq!(ids(&world, list(7, 100)).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_narrow_the_list() {
    let world = World::new().await;
    let food = world.record(BEN, NewExpense { category: "food".into(), ..expense(10_000) }).await;
    let old = world.record(ANNA, NewExpense { date: "2025-12-31".into(), ..expense(10_000) }).await;
    for user_id in [ADMIN, ANNA, CARA] {
        confirm(&mut world.user(ADMIN), &food, user_id).await.unwrap();
    }
    let any = || list(1, 10);
    let cases = [
        (any(), vec![food.id, old.id]),
        (ListExpensesRequest { category: "food".into(), ..any() }, vec![food.id]),
        (ListExpensesRequest { paid_by: ANNA, ..any() }, vec![old.id]),
        (ListExpensesRequest { is_paid: Some(true), ..any() }, vec![food.id]),
        (ListExpensesRequest { is_paid: Some(false), ..any() }, vec![old.id]),
        (ListExpensesRequest { start_date: "2026-01-01".into(), ..any() }, vec![food.id]),
        (ListExpensesRequest { end_date: "2025-12-31".into(), ..any() }, vec![old.id]),
        (ListExpensesRequest { room_id: 0, ..any() }, vec![food.id, old.id]),
    ];
    for (request, expected) in cases {
        assert_eq!(ids(&world, request.clone()).await.0, expected, "{request:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_do_not_exist_are_named() {
    let world = World::new().await;
    let mut anna = world.user(ANNA);
    for (number, size, field) in
        [(0, 10, "page: "), (-1, 10, "page: "), (1, 0, "limit: "), (1, 101, "limit: ")]
    {
        let (refused, said) = refusal(anna.list_expenses(list(number, size)).await);
        assert_eq!((refused, said.starts_with(field)), (Code::ValidationError, true), "{said}");
    }
    assert_eq!(ids(&world, list(1_000_000, 100)).await, (Vec::new(), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rooms_of_others_are_in_no_list() {
    let world = World::new().await;
    world.record(STRANGER, NewExpense { room_id: OTHER_ROOM, ..expense(100) }).await;
    assert_eq!(ids(&world, ListExpensesRequest { room_id: 0, ..list(1, 10) }).await.0, Vec::<i64>::new());
    let foreign = ListExpensesRequest { room_id: OTHER_ROOM, ..list(1, 10) };
    assert_eq!(code(world.user(ANNA).list_expenses(foreign).await), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_add_up() {
    let world = World::new().await;
    let food = NewExpense { category: "food".into(), date: "2026-02-10".into(), ..expense(8_000) };
    let eaten = world.record(BEN, food).await;
    world.record(ANNA, expense(10_000)).await;
    world.record(ANNA, NewExpense { currency: "EUR".into(), ..expense(99_900) }).await;
    confirm(&mut world.user(ANNA), &eaten, ANNA).await.unwrap();
    let own = world.user(ANNA).get_user_stats(GetUserStatsRequest::default()).await.unwrap().into_inner();
    assert_eq!((own.total_expenses, own.total_amount_minor), (2, 4_500));
    assert_eq!((own.paid_amount_minor, own.owed_amount_minor), (4_500, 0));
    assert_eq!(own.categories.iter().map(|row| row.amount_minor).sum::<i64>(), 4_500);
    let months: Vec<(&str, i64)> =
        own.months.iter().map(|row| (row.month.as_str(), row.amount_minor)).collect();
    assert_eq!(months, [("2026-02", 2_000), ("2026-03", 2_500)]);

    let request = GetRoomStatsRequest { room_id: ROOM, ..Default::default() };
    let room = world.user(CARA).get_room_stats(request.clone()).await.unwrap().into_inner();
    assert_eq!((room.total_expenses, room.total_amount_minor), (2, 18_000));
    assert_eq!(
        room.categories.iter().map(|row| (row.amount_minor, row.count)).collect::<Vec<_>>(),
        [(10_000, 1), (8_000, 1)]
    );
    let anna = room.members.iter().find(|row| row.user_id == ANNA).unwrap();
    assert_eq!((anna.paid_minor, anna.owed_minor, anna.balance_minor), (12_000, 4_500, 7_500));
    assert_eq!(room.members.iter().map(|row| row.balance_minor).sum::<i64>(), 0);
    let march = GetRoomStatsRequest { start_date: "2026-03-01".into(), ..request };
    assert_eq!(world.user(CARA).get_room_stats(march).await.unwrap().into_inner().total_amount_minor, 10_000);
}

fn columns(world: &World) -> Vec<ImportColumn> {
    let _ = world;
    let named = ["室友A", "室友B", "室友C", "室友D"].into_iter().zip([ADMIN, ANNA, BEN, CARA]);
    named.map(|(column, user_id)| ImportColumn { column: column.to_owned(), user_id }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_makes_the_balances_of_its_last_row_and_the_second_one_changes_nothing() {
    let world = World::new().await;
    let request = || ImportExpensesRequest { room_id: ROOM, file: EXPORT.into(), mapping: columns(&world) };
    let mut anna = world.user(ANNA);
    let first = anna.import_expenses(request()).await.unwrap().into_inner();
    assert_eq!((first.imported + first.settlements, first.skipped), (130, 0));
    let nets: Vec<i64> = world.nets().await.into_iter().map(|(_, net)| net).collect();
    assert_eq!(nets, TOTALS);
    assert_books(&world).await;
    let second = anna.import_expenses(request()).await.unwrap().into_inner();
    assert_eq!((second.imported, second.settlements, second.skipped), (0, 0, 130));
    let nets: Vec<i64> = world.nets().await.into_iter().map(|(_, net)| net).collect();
    assert_eq!(nets, TOTALS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_counts_what_an_import_would_do_and_finds_members_by_name() {
    let world = World::new().await;
    world.known.facts().names.extend([(ADMIN, "室友A".to_owned()), (ANNA, "室友B".to_owned())]);
    let request = PreviewImportRequest { room_id: ROOM, file: EXPORT.into(), mapping: Vec::new() };
    let preview = world.user(BEN).preview_import(request).await.unwrap().into_inner();
    assert_eq!((preview.expenses + preview.settlements, preview.errors.len()), (130, 0));
    assert_eq!(preview.members.iter().map(|column| column.user_id).collect::<Vec<_>>(), [ADMIN, ANNA, 0, 0]);
    assert_eq!(ids(&world, list(1, 10)).await.1, 0);
    let import = ImportExpensesRequest { room_id: ROOM, file: EXPORT.into(), mapping: Vec::new() };
    let (refused, said) = refusal(world.user(BEN).import_expenses(import).await);
    assert_eq!(
        (refused, said.as_str()),
        (Code::ValidationError, "mapping: must say which member column 室友C is")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_row_is_named_and_nothing_is_imported() {
    let world = World::new().await;
    let text = String::from_utf8(EXPORT.to_vec()).unwrap().replacen("-60.41,-60.42", "-60.41,sixty", 1);
    let preview = PreviewImportRequest { room_id: ROOM, file: text.clone().into(), mapping: columns(&world) };
    let errors = world.user(ANNA).preview_import(preview).await.unwrap().into_inner().errors;
    assert_eq!((errors[0].row, errors[0].column.as_str()), (3, "室友B"));
    let import = ImportExpensesRequest { room_id: ROOM, file: text.into(), mapping: columns(&world) };
    let (refused, said) = refusal(world.user(ANNA).import_expenses(import).await);
    assert_eq!(
        (refused, said.starts_with("file: row 3, column 室友B: ")),
        (Code::ValidationError, true),
        "{said}"
    );
    assert_eq!(ids(&world, list(1, 10)).await.1, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_import_is_one_change() {
    let world = World::new().await;
    let head = "Date,Description,Category,Cost,Currency,室友A,室友B,室友C,室友D\n\n".to_owned();
    let row =
        |row| format!("2025-09-{:02},Row {row},General,4.00,CNY,3.00,-1.00,-1.00,-1.00\n", 1 + row % 28);
    let text = (0..10_000).map(row).fold(head, |text, row| text + &row);
    let request = ImportExpensesRequest { room_id: ROOM, file: text.into(), mapping: columns(&world) };
    let imported = world.user(ANNA).import_expenses(request).await.unwrap().into_inner();
    assert_eq!(imported.imported, 10_000);
    assert_books(&world).await;
}
