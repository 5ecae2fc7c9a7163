//! Settings: what is usual, what is refused, and that production has no sandbox.

use ::settings::Source;

use crate::{Settings, is_wanted};

#[test]
fn without_settings_it_listens_at_the_documented_port() {
    let settings = Settings::read(&Source::from_pairs([("DORMPAY_DATA_DIR", "/data")])).unwrap();
    assert_eq!((settings.addr.to_string().as_str(), settings.time_scale), ("127.0.0.1:4100", 1));
    assert_eq!(settings.folder.to_str(), Some("/data/sandbox"));
    assert_eq!(settings.url_at(settings.addr), "http://127.0.0.1:4100");
}

#[test]
fn a_listener_on_all_addresses_is_reached_through_loopback_or_as_said() {
    let read = |pairs: &[(&str, &str)]| Settings::read(&Source::from_pairs(pairs.iter().copied())).unwrap();
    let all = read(&[("SANDBOX_ADDR", "0.0.0.0:4100")]);
    assert_eq!(all.url_at(all.addr), "http://127.0.0.1:4100");
    let said = read(&[("SANDBOX_PUBLIC_URL", "http://192.168.1.7:4100/")]);
    assert_eq!(said.url_at(said.addr), "http://192.168.1.7:4100");
}

#[test]
fn in_production_there_is_no_sandbox() {
    let source = Source::from_pairs([("DORMPAY_PROFILE", "production")]);
    let problems = Settings::read(&source).unwrap_err().to_string();
    assert!(problems.contains("SANDBOX_ADDR") && problems.contains("no sandbox in production"), "{problems}");
    assert!(!is_wanted(&source));
}

#[test]
fn it_can_be_switched_off_and_bad_values_are_named() {
    assert!(is_wanted(&Source::from_pairs::<&str, &str>([])));
    assert!(!is_wanted(&Source::from_pairs([("SANDBOX_ENABLED", "false")])));
    for (name, value) in
        [("SANDBOX_ADDR", "here"), ("SANDBOX_TIME_SCALE", "0"), ("SANDBOX_PUBLIC_URL", "ftp://x")]
    {
        let problems = Settings::read(&Source::from_pairs([(name, value)])).unwrap_err().to_string();
        assert!(problems.contains(name), "{problems}");
    }
}
