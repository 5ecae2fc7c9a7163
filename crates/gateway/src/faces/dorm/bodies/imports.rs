//! Bodies of the Splitwise import (contract section 15).

use std::{collections::BTreeMap, fmt};

use fault::Fault;
use proto::expense::v1 as expense;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, MapAccess, Visitor},
};
use utoipa::{IntoParams, ToSchema};

use super::shapes::given;
use crate::extract::values;

/// Whether to look or to do.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportQuery {
    /// True: says what an import would do and writes nothing.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    pub(crate) preview: bool,
}

/// The form of an import.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form; `extract::Form` reads it")]
pub(crate) struct ImportForm {
    /// A CSV file as Splitwise exports it, at most 5 MiB.
    #[schema(value_type = String, format = Binary, content_media_type = "text/csv")]
    file: Vec<u8>,
    /// JSON: column name → user id. Columns that are missing are matched by name.
    #[schema(value_type = Option<String>, example = r#"{"Ann": 1, "Bo": 2}"#)]
    mapping: Option<String>,
}

/// Which column is whom. *Shape*: each column once; a doubled one is refused, not decided by its place.
pub(crate) struct Mapping(BTreeMap<String, i64>);

impl<'de> Deserialize<'de> for Mapping {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_map(Columns)
    }
}

struct Columns;

impl<'de> Visitor<'de> for Columns {
    type Value = Mapping;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Mapping, A::Error> {
        let mut columns = BTreeMap::new();
        while let Some((column, user_id)) = entries.next_entry::<String, i64>()? {
            if columns.insert(column, user_id).is_some() {
                return Err(A::Error::custom("must name each column once"));
            }
        }
        Ok(Mapping(columns))
    }
}

impl Mapping {
    /// Gives the mapping as the expense service wants it.
    ///
    /// *Errors*: a validation fault naming the column whose user is no id.
    pub(crate) fn proto(self) -> Result<Vec<expense::ImportColumn>, Fault> {
        let column = |(column, user_id): (String, i64)| {
            if user_id < 1 {
                return Err(Fault::validation(format!("mapping.{column}"), values::ID_RULE));
            }
            Ok(expense::ImportColumn { column, user_id })
        };
        self.0.into_iter().map(column).collect()
    }
}

/// A column of the file and whose it is.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportMember {
    column: String,
    /// Null when nobody was found.
    user_id: Option<i64>,
}

impl From<expense::ImportColumn> for ImportMember {
    fn from(column: expense::ImportColumn) -> Self {
        Self { user_id: given(column.user_id), column: column.column }
    }
}

/// What is wrong with one place in the file.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportError {
    /// Line of the file, from 1.
    row: i64,
    /// Name of the column; empty for the whole row.
    column: String,
    message: String,
}

/// What an import would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportPreview {
    expenses: i64,
    settlements: i64,
    /// Rows that were imported before or change nobody's balance.
    skipped: i64,
    members: Vec<ImportMember>,
    errors: Vec<ImportError>,
}

impl From<expense::PreviewImportResponse> for ImportPreview {
    fn from(preview: expense::PreviewImportResponse) -> Self {
        let error = |problem: expense::ImportProblem| ImportError {
            row: problem.row,
            column: problem.column,
            message: problem.message,
        };
        Self {
            expenses: preview.expenses,
            settlements: preview.settlements,
            skipped: preview.skipped,
            members: preview.members.into_iter().map(Into::into).collect(),
            errors: preview.errors.into_iter().map(error).collect(),
        }
    }
}

/// What an import did.
#[derive(Serialize, ToSchema)]
pub(crate) struct Imported {
    imported: i64,
    settlements: i64,
    skipped: i64,
    members: Vec<ImportMember>,
}

impl From<expense::ImportExpensesResponse> for Imported {
    fn from(done: expense::ImportExpensesResponse) -> Self {
        Self {
            imported: done.imported,
            settlements: done.settlements,
            skipped: done.skipped,
            members: done.members.into_iter().map(Into::into).collect(),
        }
    }
}
