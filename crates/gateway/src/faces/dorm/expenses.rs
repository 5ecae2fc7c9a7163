//! Expenses (000-E11 to E16; batch and history of contract sections 5 and 11).

use axum::extract::State;
use proto::expense::v1 as expense;

use super::{
    bodies::{
        expenses::{Expense, ExpenseRow, HistoryEntry, UpdatedExpense},
        new_expense::{ConfirmSplit, ExpensesQuery, NewExpense, NewExpenses, UpdateExpense},
    },
    envelope::{Answer, Done, Listing, Reply},
    messages::Message,
};
use crate::{
    app::App,
    callers::Member,
    extract::{Json, Path, Query},
    peers::{Told as _, required},
    problem::Problem,
};

/// Records an expense (000-E11). For members of the room.
#[utoipa::path(post, path = "/api/expenses", tag = "expenses", responses((status = OK, body = Answer<Expense>)))]
pub(crate) async fn create(
    _: Member,
    State(app): State<App>,
    Json(body): Json<NewExpense>,
) -> Reply<Expense> {
    let request = expense::CreateExpenseRequest { expense: Some(body.proto(&app.today())?) };
    let reply = app.peers.expense().create_expense(request).await.told()?;
    let expense = required(reply.expense, "expense")?;
    Ok(Answer::said(Message::ExpenseCreated, Expense::of(expense, None)))
}

/// Records at most 100 expenses of one room, all or nothing (000-L03).
#[utoipa::path(post, path = "/api/expenses/batch", tag = "expenses",
    responses((status = OK, body = Answer<Vec<Expense>>)))]
pub(crate) async fn create_batch(
    _: Member,
    State(app): State<App>,
    Json(body): Json<NewExpenses>,
) -> Reply<Vec<Expense>> {
    let reply = app.peers.expense().create_expenses(body.request(&app.today())?).await.told()?;
    let expenses = reply.expenses.into_iter().map(|expense| Expense::of(expense, None)).collect();
    Ok(Answer::said(Message::ExpensesCreated, expenses))
}

/// Lists expenses of the caller's rooms, newest day first (000-E12).
#[utoipa::path(get, path = "/api/expenses", tag = "expenses",
    responses((status = OK, body = Listing<ExpenseRow>)))]
pub(crate) async fn list(
    _: Member,
    State(app): State<App>,
    Query(query): Query<ExpensesQuery>,
) -> Result<Listing<ExpenseRow>, Problem> {
    let reply = app.peers.expense().list_expenses(expense::ListExpensesRequest::from(query)).await.told()?;
    Listing::of(reply.expenses.into_iter().map(ExpenseRow::from).collect(), reply.page)
}

/// Shows an expense with the people of its shares (000-E13).
#[utoipa::path(get, path = "/api/expenses/{id}", tag = "expenses",
    responses((status = OK, body = Answer<Expense>)))]
pub(crate) async fn get(_: Member, State(app): State<App>, Path(id): Path<i64>) -> Reply<Expense> {
    let request = expense::GetExpenseRequest { expense_id: id };
    let reply = app.peers.expense().get_expense(request).await.told()?;
    let expense = required(reply.expense, "expense")?;
    let people = app.peers.people(expense.splits.iter().map(|split| split.user_id)).await?;
    Ok(Answer::read(Expense::of(expense, Some(&people))))
}

/// Changes an expense that is in no approved bill (000-E14). For its creator, its payer and room admins.
#[utoipa::path(put, path = "/api/expenses/{id}", tag = "expenses",
    responses((status = OK, body = Answer<UpdatedExpense>)))]
pub(crate) async fn update(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
    Json(body): Json<UpdateExpense>,
) -> Reply<UpdatedExpense> {
    let reply = app.peers.expense().update_expense(body.request(id)).await.told()?;
    Ok(Answer::said(Message::ExpenseUpdated, required(reply.expense, "expense")?.into()))
}

/// Deletes an expense that is in no approved bill (000-E16). For its creator, its payer and room admins.
#[utoipa::path(delete, path = "/api/expenses/{id}", tag = "expenses", responses((status = OK, body = Done)))]
pub(crate) async fn delete(_: Member, State(app): State<App>, Path(id): Path<i64>) -> Result<Done, Problem> {
    app.peers.expense().delete_expense(expense::DeleteExpenseRequest { expense_id: id }).await.told()?;
    Ok(Done::said(Message::ExpenseDeleted))
}

/// Shows what happened to an expense, oldest first.
#[utoipa::path(get, path = "/api/expenses/{id}/history", tag = "expenses",
    responses((status = OK, body = Answer<Vec<HistoryEntry>>)))]
pub(crate) async fn history(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Reply<Vec<HistoryEntry>> {
    let request = expense::ListHistoryRequest { expense_id: id };
    let reply = app.peers.expense().list_history(request).await.told()?;
    let people = app.peers.people(reply.entries.iter().map(|entry| entry.actor_user_id)).await?;
    let entries = reply.entries.into_iter().map(|entry| HistoryEntry::of(entry, &people)).collect();
    Ok(Answer::read(entries))
}

/// Confirms that a share was handed over (000-E15). For its debtor, its payee and room admins.
#[utoipa::path(post, path = "/api/expenses/{id}/confirm-split", tag = "expenses",
    responses((status = OK, body = Done)))]
pub(crate) async fn confirm_split(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
    Json(body): Json<ConfirmSplit>,
) -> Result<Done, Problem> {
    let request = expense::ConfirmSplitRequest { expense_id: id, split_id: body.split_id };
    app.peers.expense().confirm_split(request).await.told()?;
    Ok(Done::said(Message::SplitConfirmed))
}
