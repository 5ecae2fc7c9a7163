//! Recording, changing and deleting expenses.

use fault::Code;
use futures::future::join_all;
use proto::expense::v1::*;

use super::{
    invariants::assert_books,
    world::{
        ADMIN, ANNA, BEN, CARA, ROOM, STRANGER, World, code, confirm, create, custom, expense, payers,
        refusal, split_of,
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn an_equal_expense_is_owed_by_everybody_but_the_payer() {
    let world = World::new().await;
    let made = world.record(BEN, expense(10_001)).await;
    let amounts: Vec<i64> = made.splits.iter().map(|split| split.amount_minor).collect();
    assert_eq!(amounts.iter().sum::<i64>(), 10_001);
    assert!(amounts.iter().all(|amount| [2_500, 2_501].contains(amount)), "{amounts:?}");
    assert_eq!(split_of(&made, BEN).debt_minor, 0);
    assert!(made.splits.iter().filter(|split| split.user_id != BEN).all(|split| split.debt_minor > 0));
    assert_eq!(world.expense(made.id).await, made);
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn balances_follow_the_expenses() {
    let world = World::new().await;
    world.record(BEN, expense(10_000)).await;
    assert_eq!(world.nets().await, [(ADMIN, -2_500), (ANNA, -2_500), (BEN, 7_500), (CARA, -2_500)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_payers_are_owed_what_they_paid_too_much() {
    let world = World::new().await;
    let shared = NewExpense { payers: payers(&[(ANNA, 6_000), (BEN, 4_000)]), ..expense(10_000) };
    let made = world.record(CARA, shared).await;
    assert_eq!((made.paid_by, made.payers.len()), (ANNA, 2));
    assert_eq!(world.nets().await, [(ADMIN, -2_500), (ANNA, 3_500), (BEN, 1_500), (CARA, -2_500)]);
    confirm(&mut world.user(ADMIN), &made, ADMIN).await.unwrap();
    confirm(&mut world.user(ADMIN), &made, CARA).await.unwrap();
    assert_eq!(world.nets().await, [(ADMIN, 0), (ANNA, 0), (BEN, 0), (CARA, 0)]);
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bad_field_is_named_and_nothing_is_written() {
    let world = World::new().await;
    let good = || expense(10_000);
    let kind = |kind: SplitType| NewExpense { split_type: kind.into(), ..good() };
    let cases = [
        (NewExpense { amount_minor: 0, ..good() }, "amount: must be greater than 0"),
        (NewExpense { amount_minor: -1, ..good() }, "amount: must be greater than 0"),
        (NewExpense { title: " \t".into(), ..good() }, "title: must not be empty"),
        (NewExpense { title: "a\u{0}b".into(), ..good() }, "title: must not hold control characters"),
        (NewExpense { date: "2026-02-30".into(), ..good() }, "date: must be a date that exists"),
        (NewExpense { split_type: 0, ..good() }, "split_type: must be equal"),
        (NewExpense { split_type: 9, ..good() }, "split_type: must be equal"),
        (NewExpense { currency: "XQQ".into(), ..good() }, "currency: "),
        (NewExpense { paid_by: STRANGER, ..good() }, "paid_by: is not a member"),
        (
            NewExpense { payers: payers(&[(ANNA, 1)]), ..good() },
            "payers: amounts add up to 0.01, expected 100.00",
        ),
        (
            NewExpense { splits: custom(&[(ANNA, 5_000), (BEN, 5_001)]), ..kind(SplitType::Custom) },
            "splits: shares add up to 100.01, expected 100.00",
        ),
        (
            NewExpense { splits: custom(&[(ANNA, 5_000), (STRANGER, 5_000)]), ..kind(SplitType::Custom) },
            "splits[1].user_id: is not a member of the room",
        ),
        (NewExpense { room_id: 0, ..good() }, "room_id: must be given"),
    ];
    for (bad, detail) in cases {
        let refused = world.user(ANNA).create_expense(CreateExpenseRequest { expense: Some(bad) }).await;
        let (code, said) = refusal(refused);
        assert_eq!(code, Code::ValidationError, "{said}");
        assert!(said.starts_with(detail), "{said}, expected {detail}");
    }
    let list =
        world.user(ANNA).list_expenses(ListExpensesRequest { room_id: ROOM, ..Default::default() }).await;
    assert_eq!(list.unwrap().into_inner().page.unwrap().total_rows, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_all_or_nothing_and_names_the_one_at_fault() {
    let world = World::new().await;
    let mut anna = world.user(ANNA);
    let bad = vec![expense(100), NewExpense { title: String::new(), ..expense(100) }];
    let (refused, said) = refusal(anna.create_expenses(CreateExpensesRequest { expenses: bad }).await);
    assert_eq!((refused, said.as_str()), (Code::ValidationError, "expenses[1].title: must not be empty"));
    let many = vec![expense(100); 101];
    let (refused, _) = refusal(anna.create_expenses(CreateExpensesRequest { expenses: many }).await);
    assert_eq!(refused, Code::BatchLimitExceeded);
    let good = vec![expense(100); 100];
    let made = anna.create_expenses(CreateExpensesRequest { expenses: good }).await.unwrap().into_inner();
    assert_eq!(made.expenses.len(), 100);
    let list = anna.list_expenses(ListExpensesRequest { room_id: ROOM, ..Default::default() }).await.unwrap();
    assert_eq!(list.into_inner().page.unwrap().total_rows, 100);
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_equal_requests_with_one_key_record_one_expense() {
    let world = World::new().await;
    let requests = (0..20).map(|_| {
        let mut client = world.with_key(ANNA, "one");
        async move { create(&mut client, expense(10_000)).await }
    });
    let replies = join_all(requests).await;
    let made: Vec<&Expense> = replies.iter().flatten().collect();
    assert!(!made.is_empty());
    assert!(made.iter().all(|expense| expense.id == made[0].id), "{made:?}");
    let refusals: Vec<Code> =
        replies.iter().filter_map(|reply| reply.as_ref().err()).map(fault::Fault::code).collect();
    assert!(refusals.iter().all(|code| *code == Code::IdempotencyInProgress), "{refusals:?}");
    assert_eq!(world.nets().await[2], (BEN, -2_500));
    let again = create(&mut world.with_key(ANNA, "one"), expense(10_000)).await.unwrap();
    assert_eq!(again.id, made[0].id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_says_so_and_another_body_is_refused() {
    let world = World::new().await;
    let mut anna = world.with_key(ANNA, "one");
    let request = |amount| CreateExpenseRequest { expense: Some(expense(amount)) };
    let first = anna.create_expense(request(100)).await.unwrap();
    assert!(first.metadata().get("idempotent-replayed").is_none());
    let second = anna.create_expense(request(100)).await.unwrap();
    assert_eq!(second.metadata().get("idempotent-replayed").unwrap(), "true");
    assert_eq!(first.into_inner(), second.into_inner());
    assert_eq!(code(anna.create_expense(request(101)).await), Code::IdempotencyConflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_edits_with_one_version_one_is_told_of_the_other() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    let edits = [20_000, 30_000].map(|amount| {
        let mut client = world.user(ANNA);
        let update = UpdateExpenseRequest {
            expense_id: made.id,
            amount_minor: Some(amount),
            expected_version: Some(made.version),
            ..Default::default()
        };
        async move { client.update_expense(update).await }
    });
    let replies = join_all(edits).await;
    assert_eq!(replies.iter().filter(|reply| reply.is_ok()).count(), 1);
    let refused = replies.into_iter().find(Result::is_err).unwrap();
    assert_eq!(code(refused), Code::VersionConflict);
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_edits_without_a_version_apply_in_turn() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    let edits = (1..=8).map(|turn| {
        let mut client = world.user(ANNA);
        let update = UpdateExpenseRequest {
            expense_id: made.id,
            amount_minor: Some(turn * 1_000),
            ..Default::default()
        };
        async move { client.update_expense(update).await.unwrap() }
    });
    join_all(edits).await;
    assert_eq!(world.expense(made.id).await.version, 9);
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_amount_is_divided_anew_and_remembered() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    let update = UpdateExpenseRequest {
        expense_id: made.id,
        amount_minor: Some(15_075),
        date: Some("2026-02-01".into()),
        ..Default::default()
    };
    let changed = world.user(ANNA).update_expense(update).await.unwrap().into_inner().expense.unwrap();
    assert_eq!(changed.splits.iter().map(|split| split.amount_minor).sum::<i64>(), 15_075);
    let ids = |expense: &Expense| expense.splits.iter().map(|split| split.id).collect::<Vec<_>>();
    assert_eq!(ids(&changed), ids(&made));
    let history =
        world.user(CARA).list_history(ListHistoryRequest { expense_id: made.id }).await.unwrap().into_inner();
    let seen: Vec<(i32, String, i64)> = history
        .entries
        .into_iter()
        .map(|entry| (entry.version, entry.action, entry.expense.unwrap().amount_minor))
        .collect();
    assert_eq!(seen, [(1, "created".to_owned(), 10_000), (2, "updated".to_owned(), 15_075)]);
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custom_split_needs_new_shares_with_a_new_amount() {
    let world = World::new().await;
    let new = NewExpense {
        split_type: SplitType::Custom.into(),
        splits: custom(&[(ANNA, 4_000), (BEN, 6_000)]),
        ..expense(10_000)
    };
    let made = world.record(ANNA, new).await;
    let mut anna = world.user(ANNA);
    let amount =
        UpdateExpenseRequest { expense_id: made.id, amount_minor: Some(12_000), ..Default::default() };
    let (refused, said) = refusal(anna.update_expense(amount.clone()).await);
    assert_eq!((refused, said.starts_with("splits: ")), (Code::ValidationError, true));
    let splits = custom(&[(ANNA, 2_000), (CARA, 10_000)]);
    let changed = anna.update_expense(UpdateExpenseRequest { splits, ..amount }).await.unwrap().into_inner();
    let users: Vec<i64> = changed.expense.unwrap().splits.iter().map(|split| split.user_id).collect();
    assert_eq!(users, [ANNA, CARA]);
    assert_eq!(world.nets().await, [(ADMIN, 0), (ANNA, 10_000), (BEN, 0), (CARA, -10_000)]);
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_payers_of_an_expense_never_change() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    let update =
        UpdateExpenseRequest { expense_id: made.id, payers: payers(&[(BEN, 10_000)]), ..Default::default() };
    let (refused, said) = refusal(world.user(ANNA).update_expense(update).await);
    assert_eq!(
        (refused, said.starts_with("payers: must name those who paid")),
        (Code::ValidationError, true)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_handed_over_keeps_amounts_but_not_texts() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    confirm(&mut world.user(BEN), &made, BEN).await.unwrap();
    let mut anna = world.user(ANNA);
    let amount = UpdateExpenseRequest { expense_id: made.id, amount_minor: Some(1), ..Default::default() };
    assert_eq!(code(anna.update_expense(amount).await), Code::StateConflict);
    assert_eq!(
        code(anna.delete_expense(DeleteExpenseRequest { expense_id: made.id }).await),
        Code::StateConflict
    );
    let texts = UpdateExpenseRequest {
        expense_id: made.id,
        title: Some("Water".into()),
        amount_minor: Some(10_000),
        split_type: SplitType::Equal.into(),
        ..Default::default()
    };
    let changed = anna.update_expense(texts).await.unwrap().into_inner().expense.unwrap();
    assert_eq!((changed.title.as_str(), split_of(&changed, BEN).is_paid), ("Water", true));
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_expense_is_gone_and_remembered() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    let mut anna = world.user(ANNA);
    anna.delete_expense(DeleteExpenseRequest { expense_id: made.id }).await.unwrap();
    assert_eq!(code(anna.get_expense(GetExpenseRequest { expense_id: made.id }).await), Code::NotFound);
    assert_eq!(code(anna.delete_expense(DeleteExpenseRequest { expense_id: made.id }).await), Code::NotFound);
    assert!(world.nets().await.iter().all(|(_, net)| *net == 0));
    let history = anna.list_history(ListHistoryRequest { expense_id: made.id }).await.unwrap().into_inner();
    assert_eq!(history.entries.last().unwrap().action, "deleted");
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn confirming_twice_hands_over_once() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    let turns = (0..6).map(|_| {
        let (mut client, made) = (world.user(BEN), made.clone());
        async move { confirm(&mut client, &made, BEN).await.unwrap() }
    });
    let splits = join_all(turns).await;
    assert!(splits.iter().all(|split| split.is_paid && split.paid_minor == 2_500));
    assert_eq!(world.nets().await, [(ADMIN, -2_500), (ANNA, 5_000), (BEN, 0), (CARA, -2_500)]);
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_payers_own_share_is_never_a_debt() {
    let world = World::new().await;
    let made = world.record(ANNA, expense(10_000)).await;
    let (refused, said) = refusal(
        world
            .user(ANNA)
            .confirm_split(ConfirmSplitRequest { expense_id: made.id, split_id: split_of(&made, ANNA).id })
            .await,
    );
    assert_eq!((refused, said.as_str()), (Code::StateConflict, "nothing is owed for this share"));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_leave_exact_books() {
    let world = World::new().await;
    let turns = (0..40).map(|turn: i64| {
        let mut client = world.user([ADMIN, ANNA, BEN, CARA][usize::try_from(turn % 4).unwrap()]);
        async move { create(&mut client, expense(1_000 + turn)).await.unwrap() }
    });
    join_all(turns).await;
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_that_are_cut_while_others_write_stay_exact() {
    let world = World::new().await;
    let day = |index: usize| format!("2026-03-{:02}", 1 + index % 28);
    let batches = (0..24).map(|turn| {
        let mut client = world.user([ADMIN, ANNA, BEN, CARA][turn % 4]);
        let expenses = (0..100).map(|index| NewExpense { date: day(turn + index), ..expense(100) }).collect();
        async move { client.create_expenses(CreateExpensesRequest { expenses }).await }
    });
    let made = join_all(batches).await.into_iter().flatten().count();
    assert!(made >= 6, "{made} of 24");
    assert_books(&world).await;
}
