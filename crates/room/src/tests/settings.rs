//! Settings, read from made-up environments.

use ::settings::Source;

use crate::Settings;

fn source(pairs: &[(&str, &str)]) -> Source {
    let folder = std::env::temp_dir().join("dormpay-room-tests");
    let always =
        [("DORMPAY_DATA_DIR", folder.to_str().unwrap()), ("DATABASE_URL", "postgres://a@127.0.0.1:1/")];
    let all = always.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Source::from_pairs(all.collect::<Vec<_>>())
}

#[test]
fn without_settings_everything_is_where_the_contract_says() {
    let settings = Settings::read(&source(&[])).unwrap();
    assert_eq!(settings.host.grpc_addr.to_string(), "127.0.0.1:50052");
    assert!(settings.host.database.url().contains("/dormpay_room"));
    assert_eq!(settings.own.expense_url, "http://127.0.0.1:50053");
    assert_eq!(settings.own.user_url, "http://127.0.0.1:50051");
    assert_eq!(settings.own.zone, chrono_tz::Asia::Shanghai);
}

#[test]
fn everything_that_is_wrong_is_told_at_once_and_shown() {
    let wrong = source(&[
        ("EXPENSE_SERVICE_URL", "127.0.0.1:50053"),
        ("REDIS_URL", "nowhere"),
        ("BUSINESS_TIME_ZONE", "Moon/Base"),
    ]);
    let problems = Settings::read(&wrong).unwrap_err();
    let mut named: Vec<_> = problems.as_slice().iter().map(|problem| problem.name.as_str()).collect();
    named.sort_unstable();
    assert_eq!(named, ["BUSINESS_TIME_ZONE", "EXPENSE_SERVICE_URL", "REDIS_URL"]);
    let entries = Settings::entries(&wrong);
    assert!(
        entries.iter().any(|entry| entry.name == "EXPENSE_SERVICE_URL" && entry.value == "127.0.0.1:50053")
    );
}
