//! Where SQL may stand, and what it may not say.

use std::{collections::BTreeMap, fs};

use sha2::{Digest, Sha256};

use super::assert_none;
use crate::tree::{self, SERVICES};

#[test]
fn sql_stands_only_in_the_store() {
    let mut found = Vec::new();
    for file in tree::sources().unwrap() {
        let service = SERVICES.iter().any(|name| file.path.starts_with(&format!("crates/{name}/src/")));
        let room =
            file.path.contains("/src/store/") || file.path.ends_with("/src/store.rs") || file.is_test();
        if !service || room {
            continue;
        }
        found.extend(
            file.lines()
                .filter(|(_, line)| line.contains("sqlx::query") || line.contains("query_as!("))
                .map(|(number, _)| format!("{}:{number}", file.path)),
        );
    }
    assert_none("the only SQL of a service is in its store/", &found);
}

#[test]
fn columns_are_always_named() {
    let star = ["select", "*"].join(" ");
    let found: Vec<_> = tree::files(&[".rs", ".sql"])
        .unwrap()
        .iter()
        .flat_map(|file| {
            file.lines()
                .map(|(number, line)| (file.path.clone(), number, line.to_lowercase()))
                .collect::<Vec<_>>()
        })
        .filter(|(_, _, line)| line.contains(&star))
        .map(|(path, number, _)| format!("{path}:{number}"))
        .collect();
    assert_none("name the columns", &found);
}

#[test]
fn every_service_has_the_same_first_migration() {
    let root = tree::root();
    let texts: BTreeMap<_, _> = SERVICES
        .iter()
        .chain(&["durable"])
        .map(|name| {
            (*name, fs::read_to_string(root.join(format!("crates/{name}/migrations/0001_durable.sql"))))
        })
        .map(|(name, text)| (name, text.unwrap_or_else(|error| panic!("{name}: 0001_durable.sql: {error}"))))
        .collect();
    let first = &texts["durable"];
    let found: Vec<_> =
        texts.iter().filter(|(_, text)| *text != first).map(|(name, _)| (*name).to_owned()).collect();
    assert_none("0001_durable.sql is durable's, copied unchanged", &found);
}

#[test]
fn a_released_migration_is_never_edited() {
    let root = tree::root();
    let list = fs::read_to_string(root.join("deploy/released-migrations.txt")).unwrap();
    let found: Vec<_> = list
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|line| line.split_once("  "))
        .filter(|(digest, path)| {
            let text = fs::read(root.join(path)).unwrap_or_default();
            hex::encode(Sha256::digest(&text)) != *digest
        })
        .map(|(_, path)| path.to_owned())
        .collect();
    assert_none("migrations only add: write a new one", &found);
}

#[test]
fn constraints_have_names() {
    let rules = ["check (", "unique (", "foreign key (", "primary key ("];
    let mut found = Vec::new();
    for file in tree::files(&[".sql"]).unwrap() {
        let mut before = String::new();
        for (number, line) in file.lines() {
            let line = line.trim().to_lowercase();
            // A name may stand at the end of the line before.
            if rules.iter().any(|rule| line.starts_with(rule)) && !before.contains("constraint ") {
                found.push(format!("{}:{number}: {line}", file.path));
            }
            before = line;
        }
    }
    assert_none("a broken constraint is a named fact: write `constraint name check (…)`", &found);
}
