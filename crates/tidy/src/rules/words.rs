//! Words that say nothing, and words that must not leave a desk.

use super::assert_none;
use crate::tree::{self, File};

#[test]
fn names_say_something() {
    let empty = ["common", "core", "utils", "util", "helpers", "helper", "shared", "misc"];
    let found: Vec<_> = tree::sources()
        .unwrap()
        .iter()
        .filter(|file| file.path.split('/').any(|part| empty.contains(&part.trim_end_matches(".rs"))))
        .map(|file| file.path.clone())
        .collect();
    assert_none("a module is one noun", &found);
}

fn lines_with(files: &[File], words: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        for (number, line) in file.lines() {
            if words.iter().any(|word| line.contains(word.as_str())) {
                found.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    found
}

/// Written apart so that this file does not break its own rules.
fn joined(parts: &[[&str; 2]]) -> Vec<String> {
    parts.iter().map(|pair| pair.concat()).collect()
}

#[test]
fn nothing_is_left_unfinished() {
    let words =
        joined(&[["todo", "!("], ["unimplemented", "!("], ["FIX", "ME"], ["#[ig", "nore"], ["dbg", "!("]]);
    assert_none("no stubs, no switched-off tests", &lines_with(&tree::sources().unwrap(), &words));
}

#[test]
fn no_place_of_one_machine_is_committed() {
    let words = joined(&[
        ["/wo", "rk/"],
        ["/ro", "ot/"],
        ["index.crates", ".io"],
        ["registry.npmjs", ".org"],
        ["pypi", ".org"],
    ]);
    let files = tree::files(&[
        ".rs", ".toml", ".sql", ".proto", ".md", ".sh", ".yml", ".yaml", "/run", "/test", "/prepare",
    ])
    .unwrap();
    assert_none("no path of a machine, no registry host", &lines_with(&files, &words));
}

#[test]
fn no_private_key_is_committed() {
    let words = joined(&[
        ["-----BEGIN PRI", "VATE KEY"],
        ["-----BEGIN RSA PRI", "VATE KEY"],
        ["-----BEGIN EC PRI", "VATE KEY"],
    ]);
    let files =
        tree::files(&[".rs", ".toml", ".md", ".sh", ".json", ".csv", ".yml", ".env", ".pem"]).unwrap();
    let found = lines_with(&files, &words);
    assert_none("test keys are made at run time", &found);
}
