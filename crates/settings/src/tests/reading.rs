//! Typed reading: defaults, aliases, and every problem at once.
//!
//! Problems are compared as the operator sees them, line by line, for their text is what makes a start that
//! failed easy to repair.

use super::source;
use crate::Entry;

#[test]
fn what_is_not_set_is_the_default() {
    let source = source(&[("EMPTY", "  ")]);
    let mut reader = source.reader("test");
    assert_eq!(reader.text("NAME", "anna", "a name"), "anna");
    assert_eq!(reader.parse::<u16>("PORT", "4000", "a port"), 4_000);
    assert_eq!(reader.text("EMPTY", "full", "blank counts as not set"), "full");
    assert_eq!(reader.optional("MAYBE", "an option"), None);
    assert!(reader.flag("SWITCH", true, "a switch"));
    assert!(reader.secret("SECRET", "a secret").is_none());
    assert_eq!(reader.list("HOSTS", "a, b,,c ", "hosts"), ["a", "b", "c"]);
    assert_eq!(reader.data_dir(), std::path::PathBuf::from(".data"));
    reader.finish().unwrap();
    assert!(reader.entries().iter().all(|entry| entry.source == "default"));
}

#[test]
fn what_is_set_is_read_and_trimmed() {
    let source =
        source(&[("NAME", " bo "), ("PORT", " 81 "), ("SWITCH", "Off"), ("MAYBE", "yes"), ("TENTHS", "5")]);
    let mut reader = source.reader("test");
    assert_eq!(reader.text("NAME", "anna", "a name"), "bo");
    assert_eq!(reader.parse::<u16>("PORT", "4000", "a port"), 81);
    assert!(!reader.flag("SWITCH", true, "a switch"));
    assert_eq!(reader.optional("MAYBE", "an option").as_deref(), Some("yes"));
    assert_eq!(reader.parse_within::<u8>("TENTHS", "1", 0..=10, "tenths"), 5);
    reader.finish().unwrap();
    let first = Entry { name: "NAME".into(), value: " bo ".into(), source: "environment", doc: "a name" };
    assert_eq!(reader.entries().first(), Some(&first));
}

#[test]
fn all_problems_are_told_at_once_one_line_each() {
    let source = source(&[
        ("PORT", "eighty"),
        ("POOL", "1000"),
        ("SWITCH", "maybe"),
        ("DORMPAY_PROFILE", "prod"),
        ("KEY", "not a key"),
    ]);
    let mut reader = source.reader("test");
    assert_eq!(reader.parse::<u16>("PORT", "4000", "a port"), 4_000, "the default goes on");
    reader.parse_within::<u32>("POOL", "5", 1..=100, "connections");
    reader.flag("SWITCH", false, "a switch");
    reader.key_material("KEY", "a key");
    reader.refuse("MISSING_KEY", "a key, which production demands");
    let problems = reader.finish().unwrap_err();
    let text = problems.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 6, "{text}");
    assert_eq!(lines[0], "DORMPAY_PROFILE: read prod, expected development or production");
    assert_eq!(
        lines[1],
        "PORT: read `eighty`, expected a value such as 4000 (invalid digit found in string)"
    );
    assert_eq!(lines[2], "POOL: read `1000`, expected a value from 1 to 100");
    assert_eq!(lines[3], "SWITCH: read `maybe`, expected true or false");
    assert!(lines[4].starts_with("KEY: read *** (9 characters), expected PEM text"));
    assert_eq!(lines[5], "MISSING_KEY: read nothing, expected a key, which production demands");
}

#[test]
fn problems_of_two_parts_are_merged_and_the_same_one_is_told_once() {
    let source = source(&[("PORT", "eighty"), ("POOL", "x")]);
    let mut one = source.reader("one");
    one.parse::<u16>("PORT", "1", "a port");
    let mut two = source.reader("two");
    two.parse::<u16>("PORT", "1", "a port");
    two.parse::<u16>("POOL", "1", "connections");
    let mut all = one.finish().unwrap_err();
    all.merge(two.finish().unwrap_err());
    assert_eq!(all.as_slice().len(), 2);
}

#[test]
fn an_alias_stands_for_its_variable() {
    let source = source(&[("WECHAT_MCH_ID", "1900000001"), ("alipay.app-id", "2021")]);
    let mut reader = source.reader("payment");
    reader.alias("WECHAT_PAY_MCH_ID", &["WECHAT_MCH_ID"]);
    reader.alias("ALIPAY_APP_ID", &["alipay.app-id"]);
    assert_eq!(reader.optional("WECHAT_PAY_MCH_ID", "merchant").as_deref(), Some("1900000001"));
    assert_eq!(reader.optional("ALIPAY_APP_ID", "application").as_deref(), Some("2021"));
    reader.finish().unwrap();
    assert_eq!(reader.entries()[0].name, "WECHAT_MCH_ID", "the name that held the value is shown");
}

#[test]
fn two_names_of_a_setting_with_one_value_are_no_problem() {
    let source = source(&[("A", "1"), ("B", " 1"), ("C", "1")]);
    let mut reader = source.reader("test");
    reader.alias("A", &["B", "C"]);
    assert_eq!(reader.text("A", "0", "a"), "1");
    reader.finish().unwrap();
}

#[test]
fn two_names_of_a_setting_with_two_values_stop_the_start_without_showing_them() {
    let source = source(&[("A", "first-value"), ("C", "other-value")]);
    let mut reader = source.reader("test");
    reader.alias("A", &["B", "C"]);
    assert!(reader.secret("A", "a").is_some());
    let text = reader.finish().unwrap_err().to_string();
    assert_eq!(text, "A: read *** (11 characters), expected the same value in A and C, or one of them alone");
}

#[test]
#[should_panic(expected = "the default x of PORT cannot be read")]
fn a_default_that_cannot_be_read_is_a_mistake_of_the_program() {
    source(&[]).reader("test").parse::<u16>("PORT", "x", "a port");
}

#[test]
fn a_listener_on_every_address_is_reached_at_loopback() {
    for (listener, url) in [
        ("127.0.0.1:4100", "http://127.0.0.1:4100"),
        ("192.168.1.7:80", "http://192.168.1.7:80"),
        ("0.0.0.0:4000", "http://127.0.0.1:4000"),
        ("[::]:4000", "http://127.0.0.1:4000"),
        ("[::1]:4000", "http://[::1]:4000"),
    ] {
        assert_eq!(crate::local_url(listener.parse().unwrap()), url);
    }
}
