//! Finds out which member of the room each column of an export belongs to.
//!
//! What the client says comes first; the other columns are matched by name. Who is a member is handed in. The
//! rule not to be broken: one user has at most one column, and a name that fits two members fits nobody.

use std::collections::HashSet;

use fault::Fault;
use unicode_normalization::UnicodeNormalization as _;

/// A member of the room to whom a column may belong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Who it is.
    pub user_id: i64,
    /// What he is called: user name, full name.
    pub names: Vec<String>,
}

/// Gives each column its user.
///
/// `given` maps names of columns to users; user 0 stands for none. *Shape*: one entry a column, in the order
/// of `columns`; `None` where nobody fits. *Errors*: a validation fault on `mapping` when `given` names a
/// column that is not there, a user who is not a member, or one column or user twice.
pub fn assign(
    columns: &[String],
    given: &[(String, i64)],
    candidates: &[Candidate],
) -> Result<Vec<Option<i64>>, Fault> {
    let mut users: Vec<Option<i64>> = vec![None; columns.len()];
    let mut taken = HashSet::new();
    let mut named = HashSet::new();
    for (column, user_id) in given {
        let refuse = |rule: &str| Fault::validation("mapping", format!("column {column} {rule}"));
        let wanted: String = column.trim().nfc().collect();
        let place = columns.iter().position(|column| *column == wanted);
        let user =
            place.and_then(|place| users.get_mut(place)).ok_or_else(|| refuse("is not in the file"))?;
        if !named.insert(wanted) {
            return Err(refuse("is mapped twice"));
        }
        if *user_id == 0 {
            continue;
        }
        if !candidates.iter().any(|candidate| candidate.user_id == *user_id) {
            return Err(refuse("is mapped to a user who is not a member of the room"));
        }
        if !taken.insert(*user_id) {
            return Err(refuse("is mapped to a user who has another column"));
        }
        *user = Some(*user_id);
    }
    match_names(columns, &named, candidates, &mut users, &mut taken);
    Ok(users)
}

/// Gives the columns that the client did not name to the one member who is called so.
fn match_names(
    columns: &[String],
    named: &HashSet<String>,
    candidates: &[Candidate],
    users: &mut [Option<i64>],
    taken: &mut HashSet<i64>,
) {
    for (column, user) in columns.iter().zip(users) {
        if named.contains(column) {
            continue;
        }
        let wanted = folded(column);
        let mut fitting =
            candidates.iter().filter(|candidate| candidate.names.iter().any(|name| folded(name) == wanted));
        if let (Some(candidate), None) = (fitting.next(), fitting.next())
            && taken.insert(candidate.user_id)
        {
            *user = Some(candidate.user_id);
        }
    }
}

/// Brings a name to the form in which names are compared.
fn folded(name: &str) -> String {
    name.trim().to_lowercase().nfc().collect()
}
