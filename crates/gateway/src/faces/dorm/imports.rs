//! Importing a Splitwise export (contract sections 11 and 15).

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use proto::expense::v1 as expense;
use utoipa::ToSchema;

use super::{
    bodies::imports::{ImportForm, ImportPreview, ImportQuery, Imported, Mapping},
    envelope::Answer,
    messages::Message,
};
use crate::{
    app::App,
    callers::Member,
    extract::{Form, Path, Query},
    peers::Told as _,
    problem::Problem,
};

/// What an import answers: a preview says what it would do, else what it did.
#[derive(ToSchema)]
#[schema(as = ImportAnswer)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes the two answers")]
pub(crate) enum ImportAnswer {
    Preview(Answer<ImportPreview>),
    Imported(Answer<Imported>),
}

/// Imports a Splitwise CSV export, or says what an import would do. Rows imported before are skipped.
#[utoipa::path(post, path = "/api/rooms/{id}/import", tag = "expenses",
    request_body(content = ImportForm, content_type = "multipart/form-data"),
    responses((status = OK, body = ImportAnswer)))]
pub(crate) async fn import(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(query): Query<ImportQuery>,
    mut form: Form,
) -> Result<Response, Problem> {
    let mapping = form.json::<Mapping>("mapping")?.map(Mapping::proto).transpose()?.unwrap_or_default();
    form.finish()?;
    if query.preview {
        let request = expense::PreviewImportRequest { room_id: id, file: form.file, mapping };
        let reply = app.peers.expense_files().preview_import(request).await.told()?;
        return Ok(Answer::read(ImportPreview::from(reply)).into_response());
    }
    let request = expense::ImportExpensesRequest { room_id: id, file: form.file, mapping };
    let reply = app.peers.expense_files().import_expenses(request).await.told()?;
    Ok(Answer::said(Message::ExpensesImported, Imported::from(reply)).into_response())
}
