//! The rules, one file a subject. A rule collects every offence before it fails, so that one run shows all.

mod arrows;
mod database;
mod shape;
mod words;

/// Fails with every offence on a line of its own.
fn assert_none(rule: &str, offences: &[String]) {
    assert!(offences.is_empty(), "{rule}:\n  {}", offences.join("\n  "));
}
