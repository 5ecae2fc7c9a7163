//! Tests of whose column is whose.
//!
//! What the client says is told apart from what names suggest.
use super::detail;
use crate::domain::import::{Candidate, assign};

fn columns(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn candidates() -> Vec<Candidate> {
    let candidate = |user_id, names: &[&str]| Candidate { user_id, names: columns(names) };
    vec![candidate(1, &["anna", "Anna Li"]), candidate(2, &["bo", "Bo"]), candidate(3, &["li", "Anna"])]
}

fn given(pairs: &[(&str, i64)]) -> Vec<(String, i64)> {
    pairs.iter().map(|(column, user_id)| ((*column).to_owned(), *user_id)).collect()
}

#[test]
fn a_column_belongs_to_the_one_member_who_is_called_so() {
    let users = assign(&columns(&["ANNA LI", "Bo", "Nobody"]), &[], &candidates()).unwrap();
    assert_eq!(users, [Some(1), Some(2), None]);
}

#[test]
fn a_name_that_fits_two_members_fits_nobody() {
    assert_eq!(assign(&columns(&["Anna"]), &[], &candidates()).unwrap(), [None]);
}

#[test]
fn what_the_client_says_comes_before_names() {
    let users = assign(&columns(&["Anna", "Bo"]), &given(&[("Anna", 2)]), &candidates()).unwrap();
    assert_eq!(users, [Some(2), None]);
}

#[test]
fn a_column_that_the_client_gives_to_nobody_stays_without_a_user() {
    assert_eq!(assign(&columns(&["Bo"]), &given(&[("Bo", 0)]), &candidates()).unwrap(), [None]);
}

#[test]
fn two_columns_never_belong_to_one_user() {
    let users = assign(&columns(&["Bo", "bo"]), &[], &candidates()).unwrap();
    assert_eq!(users, [Some(2), None]);
    let refused = assign(&columns(&["A", "B"]), &given(&[("A", 1), ("B", 1)]), &candidates());
    assert_eq!(detail(refused), "mapping: column B is mapped to a user who has another column");
}

#[test]
fn a_mapping_of_unknown_columns_or_strangers_is_refused() {
    let refused = |pairs| detail(assign(&columns(&["A", "B"]), &given(pairs), &candidates()));
    assert_eq!(refused(&[("C", 1)]), "mapping: column C is not in the file");
    assert_eq!(refused(&[("A", 9)]), "mapping: column A is mapped to a user who is not a member of the room");
    assert_eq!(refused(&[("A", 1), ("A", 2)]), "mapping: column A is mapped twice");
}
