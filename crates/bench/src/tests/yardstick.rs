//! The yardstick sends what the expense service sends.

use std::{fs, path::Path};

/// The statements of a source: what stands in quotes after each checked macro, with single blanks.
fn statements(source: &str) -> Vec<String> {
    source
        .split("sqlx::query")
        .skip(1)
        .filter_map(|rest| {
            let (_, quoted) = rest.split_once('"')?;
            let end = quoted.find('"')?;
            Some(quoted[..end].split_whitespace().collect::<Vec<_>>().join(" "))
        })
        .collect()
}

#[test]
fn the_yardstick_writes_what_the_expense_service_writes() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |path: &str| fs::read_to_string(crates.join(path)).unwrap();
    let service: Vec<String> = ["insertion", "ledger", "blocks"]
        .iter()
        .flat_map(|name| statements(&read(&format!("expense/src/store/{name}.rs"))))
        .collect();
    let ours = statements(&read("bench/src/yardstick.rs"));
    let own_housekeeping = ["truncate outbox"];
    let strange: Vec<&String> = ours
        .iter()
        .filter(|statement| !own_housekeeping.contains(&statement.as_str()) && !service.contains(statement))
        .collect();
    assert_eq!(ours.len(), 6, "{ours:#?}");
    assert!(strange.is_empty(), "the service does not say (any more): {strange:#?}");
}

#[test]
fn the_yardstick_cuts_blocks_as_the_expense_service_does() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let blocks = fs::read_to_string(crates.join("expense/src/store/blocks.rs")).unwrap();
    let yardstick = fs::read_to_string(crates.join("bench/src/yardstick.rs")).unwrap();
    for line in ["const BLOCK_MAX: i32 = 512;", "const PIECE: i64 = 256;"] {
        assert!(blocks.contains(line) && yardstick.contains(line), "{line}");
    }
}
