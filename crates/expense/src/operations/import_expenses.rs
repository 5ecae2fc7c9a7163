//! Takes the rows of an export in as expenses and settlements, all or none. Any member may.
//!
//! A row that was taken in before is skipped, so that the same file changes nothing the second time.

use durable::Tx;
use fault::Fault;
use host::{Answer, Call};
use proto::{
    event::v1::{ImportFinished, event::Payload},
    expense::v1::{ImportExpensesRequest, ImportExpensesResponse},
};
use serde_json::json;

use super::{
    confirm_split::moved,
    draft::{self, Setting},
    import_sheet::{self, Read},
    preview_import::number,
    record::{self, Act},
    rights,
    writing::Writing,
};
use crate::{
    domain::{
        Part, Transfer,
        import::{self, Entry, Problem, Row},
        payers,
        split::{Share, SplitType},
    },
    service::Service,
    store::{self, Action, Expense, Settlement, SettlementKind, imports::Imported},
};
use news::{News, Occasion};
use roster::Members;

/// Expenses that are written with one statement.
const CHUNK: usize = 500;

/// What is new in a file.
#[derive(Default)]
struct Fresh {
    expenses: Vec<Expense>,
    settlements: Vec<Settlement>,
    rows: Vec<Imported>,
    skipped: usize,
}

/// Imports an export.
///
/// *Errors*: `NOT_FOUND` for a stranger; `VALIDATION_ERROR` on `file` naming the first broken row and column, or
/// on `mapping`. *Idempotent*: by the call's key, and row by row. *Locks*: the room.
pub(crate) async fn import_expenses(
    service: &Service,
    call: &Call,
    request: ImportExpensesRequest,
) -> Result<Answer<ImportExpensesResponse>, Fault> {
    let user_id = call.caller.user()?.id;
    let members = rights::member(service, request.room_id, user_id).await?;
    let read = import_sheet::read(service, &members, request.file, &request.mapping).await?;
    check(&read)?;
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        return Ok(answer);
    }
    store::ledger::lock(tx.conn(), request.room_id).await?;
    let known = store::imports::known(tx.conn(), request.room_id, &read.keys).await?;
    let occasion = Occasion { room_id: request.room_id, at: service.clock.now(), actor_user_id: user_id };
    let mut fresh = Fresh { skipped: read.skipped(&known), ..Fresh::default() };
    let setting = Setting { clock: &service.clock, members: &members, user_id, at: occasion.at };
    for (row, key) in read.fresh(&known) {
        take_in(&mut fresh, setting, request.room_id, (row, key), &read.users)?;
    }
    let reply = ImportExpensesResponse {
        imported: number(fresh.expenses.len()),
        settlements: number(fresh.settlements.len()),
        skipped: number(fresh.skipped),
        members: read.columns(),
    };
    if !fresh.rows.is_empty() {
        write_all((&mut tx, call), &members, occasion, fresh).await?;
    }
    record::answer(tx, call, reply).await
}

fn check(read: &Read) -> Result<(), Fault> {
    if let Some(Problem { line, column, message }) = read.sheet.problems.first() {
        let place =
            if column.is_empty() { format!("row {line}") } else { format!("row {line}, column {column}") };
        return Err(Fault::validation("file", format!("{place}: {message}")));
    }
    match read.sheet.unassigned(&read.users) {
        Some(column) => {
            Err(Fault::validation("mapping", format!("must say which member column {column} is")))
        }
        None => Ok(()),
    }
}

fn take_in(
    fresh: &mut Fresh,
    setting: Setting<'_>,
    room_id: i64,
    (row, key): (&Row, &String),
    users: &[Option<i64>],
) -> Result<(), Fault> {
    let mut imported = Imported { key: key.clone(), expense_id: None, settlement_id: None };
    match &row.entry {
        Entry::Expense(entry) => {
            let expense = expense(setting, room_id, row, entry, users)?;
            imported.expense_id = Some(expense.id);
            fresh.expenses.push(expense);
        }
        Entry::Settlement(entry) => {
            let settlement = settlement(setting, room_id, row, entry, users)?;
            imported.settlement_id = Some(settlement.id);
            fresh.settlements.push(settlement);
        }
    }
    fresh.rows.push(imported);
    Ok(())
}

fn expense(
    setting: Setting<'_>,
    room_id: i64,
    row: &Row,
    entry: &import::Expense,
    users: &[Option<i64>],
) -> Result<Expense, Fault> {
    let mut payers = import::parts_of(&entry.payers, users).ok_or_else(unmapped)?;
    payers.sort_unstable();
    let shares = import::parts_of(&entry.shares, users).ok_or_else(unmapped)?;
    let plain =
        |part: Part| Share { user_id: part.user_id, amount: part.amount, percentage: None, weight: None };
    let shares: Vec<Share> = shares.into_iter().map(plain).collect();
    Ok(Expense {
        id: setting.clock.new_id(),
        room_id,
        title: entry.title.clone(),
        amount: entry.amount,
        currency: row.currency,
        category: entry.category.clone(),
        description: entry.description.clone(),
        date: row.date,
        split_type: SplitType::Custom,
        paid_by: payers::principal(&payers).unwrap_or(setting.user_id),
        splits: draft::splits(setting.clock, &payers, &shares, &[])?,
        payers,
        receipt_upload_ids: Vec::new(),
        created_by: setting.user_id,
        created_at: setting.at,
        updated_at: setting.at,
        version: 1,
        is_deleted: false,
    })
}

fn settlement(
    setting: Setting<'_>,
    room_id: i64,
    row: &Row,
    entry: &import::Settlement,
    users: &[Option<i64>],
) -> Result<Settlement, Fault> {
    let user = |column: usize| users.get(column).copied().flatten().ok_or_else(unmapped);
    Ok(Settlement {
        id: setting.clock.new_id(),
        room_id,
        transfer: Transfer {
            from_user_id: user(entry.from_column)?,
            to_user_id: user(entry.to_column)?,
            amount: entry.amount,
        },
        currency: row.currency,
        date: row.date,
        kind: SettlementKind::Import,
        expense_id: None,
        bill_id: None,
        note: entry.note.clone(),
        created_by: setting.user_id,
        created_at: setting.at,
    })
}

fn unmapped() -> Fault {
    Fault::internal("a column without a user was to be imported")
}

async fn write_all(
    (tx, call): (&mut Tx, &Call),
    members: &Members,
    occasion: Occasion,
    fresh: Fresh,
) -> Result<(), Fault> {
    let (expenses, settlements) = (fresh.expenses.len(), fresh.settlements.len());
    let movements = moved(&fresh.settlements)?;
    store::ledger::lock(tx.conn(), occasion.room_id).await?.admit(movements.users())?;
    for chunk in fresh.expenses.chunks(CHUNK) {
        let mut writing = Writing::new(Action::Imported);
        for expense in chunk {
            writing.add(&members.room_name, expense.clone())?;
        }
        writing.write(tx).await?;
    }
    store::settlements::insert(tx.conn(), &fresh.settlements).await?;
    store::balances::apply(tx.conn(), occasion.room_id, &movements).await?;
    store::imports::remember(tx.conn(), occasion.room_id, &fresh.rows).await?;
    let finished = ImportFinished { expenses: number(expenses), settlements: number(settlements) };
    // The first row taken in names the import: no other import can ever take it in again.
    let name = fresh.rows.first().map(|row| row.key.clone()).unwrap_or_default();
    let uid = format!("import:{}:{name}", occasion.room_id);
    let news = News::default().event(occasion, uid, Payload::ExpensesImported(finished));
    news.send(tx.conn(), occasion.room_id).await?;
    let act = Act {
        action: "expenses.imported",
        subject: format!("room:{}", occasion.room_id),
        before: None,
        after: Some(json!({ "expenses": expenses, "settlements": settlements })),
    };
    record::act(tx.conn(), call, act).await
}
