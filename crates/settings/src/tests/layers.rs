//! The environment, the `.env` file, and the profile between them.
//!
//! The environment is handed in, never changed: tests run beside each other in one process, and a changed
//! variable would be everybody's.

use std::collections::BTreeMap;

use super::{Folder, source};
use crate::{Profile, Source, Together};

fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn the_environment_wins_over_the_file() {
    let folder = Folder::new("wins");
    let file = folder.file(".env", "NAME=file\nOTHER='from file'\nBLANK=file\n");
    let source = Source::assemble(environment(&[("NAME", "environment"), ("BLANK", "")]), Some(&file));
    let mut reader = source.reader("test");
    assert_eq!(reader.text("NAME", "", "a name"), "environment");
    assert_eq!(reader.text("OTHER", "", "another"), "from file");
    assert_eq!(reader.text("BLANK", "", "blank in the environment"), "file");
    reader.finish().unwrap();
    let sources: Vec<&str> = reader.entries().iter().map(|entry| entry.source).collect();
    assert_eq!(sources, ["environment", ".env", ".env"]);
}

#[test]
fn production_reads_no_file() {
    let folder = Folder::new("production");
    let file = folder.file(".env", "NAME=file\nthis line would be a problem\n");
    let source = Source::assemble(environment(&[("DORMPAY_PROFILE", "production")]), Some(&file));
    let mut reader = source.reader("test");
    assert_eq!(reader.text("NAME", "default", "a name"), "default");
    assert_eq!(reader.profile(), Profile::Production);
    reader.finish().unwrap();
}

#[test]
fn a_broken_line_of_the_file_is_a_problem_that_does_not_show_the_line() {
    let folder = Folder::new("broken");
    let file = folder.file(".env", "NAME=file\nSECRET hunter2 is no assignment\n");
    let problems = Source::assemble(BTreeMap::new(), Some(&file)).reader("test").finish().unwrap_err();
    let text = problems.to_string();
    assert!(text.contains("a line that is not NAME=value"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn the_file_cannot_make_it_production() {
    let folder = Folder::new("profile");
    let file = folder.file(".env", "DORMPAY_PROFILE=production\n");
    let source = Source::assemble(BTreeMap::new(), Some(&file));
    assert_eq!(source.profile(), Profile::Development);
    assert!(source.reader("test").finish().is_err());
}

#[test]
fn an_unknown_profile_counts_as_the_careful_one() {
    let source = source(&[("DORMPAY_PROFILE", "staging")]);
    assert_eq!(source.profile(), Profile::Production);
    assert!(source.reader("test").finish().is_err());
}

#[test]
fn a_development_file_counts_where_nothing_else_does_and_never_in_production() {
    let folder = Folder::new("development");
    let file = folder.file("sandbox.env", "NAME=sandbox\nOTHER=sandbox\n");
    let with = |pairs: &[(&str, &str)]| source(pairs).with_development_file(&file, "sandbox", &[]);
    let mut reader = with(&[("NAME", "environment")]).reader("test");
    assert_eq!(reader.text("NAME", "", "a name"), "environment");
    assert_eq!(reader.text("OTHER", "", "another"), "sandbox");
    assert_eq!(reader.entries().last().map(|entry| entry.source), Some("sandbox"));
    let production = with(&[("DORMPAY_PROFILE", "production")]);
    assert_eq!(production.reader("test").text("OTHER", "default", "another"), "default");
    let nowhere = source(&[]).with_development_file(&folder.0.join("none.env"), "sandbox", &[]);
    assert_eq!(nowhere.reader("test").finish(), Ok(()));
}

#[test]
fn lines_that_belong_together_count_all_or_not_at_all() {
    let folder = Folder::new("together");
    let file = folder.file("sandbox.env", "BANK_ID=1\nBANK_KEY=made-up\nBANK_CERT=made-up\nSHOP_ID=2\n");
    let together = [Together { prefix: "BANK_", unless: &["BANK_ID", "BANK_KEY", "bank.key"] }];
    let read = |pairs: &[(&str, &str)], name: &str| {
        source(pairs)
            .with_development_file(&file, "sandbox", &together)
            .reader("test")
            .optional(name, "a name")
    };
    for own in ["BANK_KEY", "bank.key"] {
        assert_eq!(read(&[(own, "real")], "BANK_CERT"), None, "{own}");
        assert_eq!(read(&[(own, "real")], "SHOP_ID").as_deref(), Some("2"));
    }
    for other in [&[][..], &[("BANK_CERT", "real")], &[("BANK_KEY", " ")]] {
        assert_eq!(read(other, "BANK_ID").as_deref(), Some("1"), "{other:?}");
    }
}
