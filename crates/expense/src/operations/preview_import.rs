//! Says what an import would do, and writes nothing. Any member may.

use fault::Fault;
use proto::expense::v1::{ImportProblem, PreviewImportRequest, PreviewImportResponse};

use super::{import_sheet, rights};
use crate::{
    domain::import::{Entry, Problem},
    service::Service,
    store,
};

/// Reads an export and counts what importing it would add.
///
/// *Shape*: at most 100 problems, in the order of the file. *Errors*: `NOT_FOUND` for a stranger,
/// `VALIDATION_ERROR` on `mapping`.
pub(crate) async fn preview_import(
    service: &Service,
    user_id: i64,
    request: PreviewImportRequest,
) -> Result<PreviewImportResponse, Fault> {
    let members = rights::member(service, request.room_id, user_id).await?;
    let read = import_sheet::read(service, &members, request.file, &request.mapping).await?;
    let known = {
        let mut conn = service.db.acquire().await?;
        store::imports::known(&mut conn, request.room_id, &read.keys).await?
    };
    let count = |is_expense: bool| {
        read.fresh(&known).filter(|(row, _)| matches!(row.entry, Entry::Expense(_)) == is_expense).count()
    };
    Ok(PreviewImportResponse {
        expenses: number(count(true)),
        settlements: number(count(false)),
        skipped: number(read.skipped(&known)),
        members: read.columns(),
        errors: read.sheet.problems.iter().map(problem).collect(),
    })
}

/// Gives a count as the contract has it.
pub(super) fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn problem(problem: &Problem) -> ImportProblem {
    ImportProblem {
        row: i64::try_from(problem.line).unwrap_or(i64::MAX),
        column: problem.column.clone(),
        message: problem.message.clone(),
    }
}
