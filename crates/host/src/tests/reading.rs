//! Settings of a host, read from made-up environments.

use settings::Source;

use crate::{Peer, Reading, business_zone, read};

fn reading(pairs: &[(&str, &str)]) -> Reading<chrono_tz::Tz> {
    let folder = std::env::temp_dir().join("dormpay-host-tests");
    let always =
        [("DORMPAY_DATA_DIR", folder.to_str().unwrap()), ("DATABASE_URL", "postgres://a@127.0.0.1:1/")];
    let all = always.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    read(&Source::from_pairs(all.collect::<Vec<_>>()), Peer::Payment, business_zone)
}

#[test]
fn a_service_listens_on_the_port_of_the_contract() {
    let (settings, zone) = reading(&[]).settings().unwrap();
    assert_eq!(settings.grpc_addr.to_string(), "127.0.0.1:8085");
    assert_eq!((settings.user_url.as_str(), settings.operations_addr), ("http://127.0.0.1:50051", None));
    assert_eq!(zone.name(), "Asia/Shanghai");
    assert!(settings.database.url().contains("/dormpay_payment"), "one server, a database for each service");
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let wrong = reading(&[
        ("PAYMENT_GRPC_ADDR", "nowhere"),
        ("PAYMENT_OPERATIONS_ADDR", "4001"),
        ("USER_SERVICE_URL", "127.0.0.1:50051"),
        ("BUSINESS_TIME_ZONE", "Moon/Base"),
        ("JWT_PUBLIC_KEY", "no key"),
    ]);
    let problems = wrong.settings().unwrap_err();
    let mut named: Vec<_> = problems.as_slice().iter().map(|problem| problem.name.as_str()).collect();
    named.sort_unstable();
    let expected = [
        "BUSINESS_TIME_ZONE",
        "JWT_PUBLIC_KEY",
        "PAYMENT_GRPC_ADDR",
        "PAYMENT_OPERATIONS_ADDR",
        "USER_SERVICE_URL",
    ];
    assert_eq!(named, expected);
}

#[test]
fn what_was_read_is_shown_even_if_it_is_wrong() {
    let entries = reading(&[("BUSINESS_TIME_ZONE", "Moon/Base")]).entries();
    let shown =
        |name: &str| entries.iter().find(|entry| entry.name == name).map(|entry| entry.value.as_str());
    assert_eq!(shown("BUSINESS_TIME_ZONE"), Some("Moon/Base"));
    assert_eq!(shown("PAYMENT_GRPC_ADDR"), Some("127.0.0.1:8085"));
    assert!(shown("SERVICE_IDENTITY_KEY").is_some());
}
