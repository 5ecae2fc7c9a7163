//! Reads an export and finds out whose column is whose and which rows are new. Shared by preview and import.

use std::collections::HashSet;

use fault::Fault;
use proto::expense::v1::ImportColumn;
use sha2::{Digest as _, Sha256};

use crate::{
    domain::import::{self, Candidate, Row, Sheet},
    service::Service,
};
use roster::Members;

/// A file, with a user for each column as far as one is known.
#[derive(Clone, Debug)]
pub(super) struct Read {
    pub(super) sheet: Sheet,
    pub(super) users: Vec<Option<i64>>,
    /// The stored key of each row, in the order of the rows.
    pub(super) keys: Vec<String>,
}

impl Read {
    /// Gives the columns with their users.
    pub(super) fn columns(&self) -> Vec<ImportColumn> {
        let columns = self.sheet.columns.iter().zip(&self.users);
        columns
            .map(|(column, user)| ImportColumn { column: column.clone(), user_id: user.unwrap_or_default() })
            .collect()
    }

    /// Gives the rows whose keys are not known, with their keys.
    pub(super) fn fresh<'a>(
        &'a self,
        known: &'a HashSet<String>,
    ) -> impl Iterator<Item = (&'a Row, &'a String)> {
        self.sheet.rows.iter().zip(&self.keys).filter(|(_, key)| !known.contains(*key))
    }

    /// Counts rows that change nothing: nobody's balance, or imported before.
    pub(super) fn skipped(&self, known: &HashSet<String>) -> usize {
        let repeated = self.keys.iter().filter(|key| known.contains(*key)).count();
        self.sheet.unchanged.saturating_add(repeated)
    }
}

/// Reads a file. What is wrong with its rows stands in `sheet.problems`. *Errors*: a validation fault on
/// `mapping`.
pub(super) async fn read(
    service: &Service,
    members: &Members,
    file: bytes::Bytes,
    mapping: &[ImportColumn],
) -> Result<Read, Fault> {
    // Reading thousands of rows takes a processor for a while, so it stays off the event loop.
    let sheet = tokio::task::spawn_blocking(move || import::read(&file)).await.map_err(Fault::internal)?;
    let given: Vec<(String, i64)> =
        mapping.iter().map(|column| (column.column.clone(), column.user_id)).collect();
    let profiles = service.people.profiles(members.user_ids().to_vec()).await?;
    let candidates: Vec<Candidate> = members
        .user_ids()
        .iter()
        .map(|user_id| {
            let called = profiles.iter().filter(|profile| profile.id == *user_id);
            let names =
                called.flat_map(|profile| [profile.username.clone(), profile.full_name.clone()]).collect();
            Candidate { user_id: *user_id, names }
        })
        .collect();
    let users = import::assign(&sheet.columns, &given, &candidates)?;
    let keys = sheet.rows.iter().map(|row| stored_key(&row.key)).collect();
    Ok(Read { sheet, users, keys })
}

/// Gives the key under which a row is remembered: 64 hexadecimal digits.
fn stored_key(key: &str) -> String {
    hex::encode(Sha256::digest(key.as_bytes()))
}
