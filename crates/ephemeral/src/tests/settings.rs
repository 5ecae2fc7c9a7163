//! The address of Redis.

use settings::{ExposeSecret as _, Source};

use crate::Settings;

fn source(url: &str) -> Source {
    Source::from_pairs([("REDIS_URL", url)])
}

#[test]
fn without_an_address_the_local_redis_is_used() {
    let settings = Settings::read(&Source::from_pairs::<&str, &str>([])).unwrap();
    assert_eq!(settings.url.expose_secret(), "redis://127.0.0.1:6379/");
}

#[test]
fn an_address_that_cannot_be_read_is_a_problem_that_names_the_variable() {
    let problems = Settings::read(&source("http://127.0.0.1/")).unwrap_err();
    assert!(problems.to_string().starts_with("REDIS_URL: "), "{problems}");
}

#[test]
fn the_password_is_shown_nowhere() {
    let source = source("redis://:hunter2@127.0.0.1:6379/");
    let shown = format!("{:?} {:?}", Settings::entries(&source), Settings::read(&source).unwrap());
    assert!(!shown.contains("hunter2"), "{shown}");
}
