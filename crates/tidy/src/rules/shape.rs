//! The shape of the tree: rooms, sizes, headers.

use std::fs;

use super::assert_none;
use crate::tree::{self, SERVICES};

const LINES_PER_FILE_MAX: usize = 400;
const LINES_OF_README_MAX: usize = 120;

#[test]
fn every_service_has_the_same_rooms() {
    let rooms = ["lib.rs", "settings.rs", "service.rs", "access.rs", "grpc", "operations", "store", "tests"];
    let mut found = Vec::new();
    for service in SERVICES {
        let src = tree::root().join("crates").join(service).join("src");
        found.extend(
            rooms.iter().filter(|room| !src.join(room).exists()).map(|room| format!("{service}: no {room}")),
        );
    }
    assert_none("a service's rooms are the same everywhere", &found);
}

#[test]
fn every_source_file_begins_with_its_header() {
    let found: Vec<_> = tree::sources()
        .unwrap()
        .iter()
        .filter(|file| !file.text.starts_with("//!"))
        .map(|file| file.path.clone())
        .collect();
    assert_none("say what lives here and what does not (`//!`)", &found);
}

#[test]
fn files_stay_readable() {
    let found: Vec<_> = tree::sources()
        .unwrap()
        .iter()
        .map(|file| (file.path.clone(), file.text.lines().count()))
        .filter(|(_, lines)| *lines > LINES_PER_FILE_MAX)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    assert_none("past 400 lines a file wants to be a room", &found);
}

#[test]
fn the_program_is_a_table_of_contents() {
    let text = fs::read_to_string(tree::root().join("crates/dormpay/src/main.rs")).unwrap();
    assert!(text.lines().count() <= 40, "main.rs has more than 40 lines");
}

#[test]
fn the_readme_is_a_page_or_two() {
    let text = fs::read_to_string(tree::root().join("README.md")).unwrap();
    assert!(text.lines().count() <= LINES_OF_README_MAX, "README.md is past {LINES_OF_README_MAX} lines");
}

#[test]
fn the_domain_is_pure() {
    let words = ["async fn", "sqlx::", "tonic::", "tokio::", "clock::Clock"];
    let mut found = Vec::new();
    for file in tree::sources().unwrap().iter().filter(|file| file.path.contains("/src/domain/")) {
        for (number, line) in file.lines().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                found.push(format!("{}:{number}: {word}", file.path));
            }
        }
    }
    assert_none("domain/ is true without I/O, time or a database", &found);
}

#[test]
fn http_statuses_are_known_in_one_file() {
    let mut found = Vec::new();
    for file in tree::sources().unwrap() {
        let gateway = file.path.starts_with("crates/gateway/src/");
        if !gateway || file.is_test() || file.path == "crates/gateway/src/problem.rs" {
            continue;
        }
        found.extend(
            file.lines()
                .filter(|(_, line)| line.contains("StatusCode::"))
                .map(|(number, _)| format!("{}:{number}", file.path)),
        );
    }
    assert_none("only problem.rs names HTTP statuses", &found);
}
