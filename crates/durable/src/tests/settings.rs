//! Where a service finds its database.

use settings::Source;

use crate::Settings;

#[test]
fn one_server_has_a_database_for_each_service() {
    let source =
        Source::from_pairs([("DATABASE_URL", "postgres://me:secret@db:5433/whatever?sslmode=disable")]);
    let settings = Settings::read(&source, "room").unwrap();
    assert!(settings.url().starts_with("postgres://me:secret@db:5433/dormpay_room?"), "{}", settings.url());
    assert!(settings.url().contains("sslmode=disable"), "{}", settings.url());
}

#[test]
fn an_address_of_its_own_goes_before_the_server() {
    let own = "postgres://me@elsewhere:5432/rooms";
    let source = Source::from_pairs([("DATABASE_URL", "postgres://me@db/"), ("ROOM_DATABASE_URL", own)]);
    assert_eq!(Settings::read(&source, "room").unwrap().url(), own);
}

#[test]
fn no_address_is_a_problem_that_names_the_variable() {
    let problems = Settings::read(&Source::from_pairs([("X", "y")]), "room").unwrap_err().to_string();
    assert!(
        problems.contains("DATABASE_URL: read nothing, expected an address such as postgres://"),
        "{problems}"
    );
}

#[test]
fn an_address_that_cannot_be_read_is_not_shown() {
    let source = Source::from_pairs([("DATABASE_URL", "mysql//:hunter2@db")]);
    let problems = Settings::read(&source, "room").unwrap_err().to_string();
    assert!(problems.contains("DATABASE_URL") && !problems.contains("hunter2"), "{problems}");
}

#[test]
fn settings_do_not_show_the_password() {
    let settings = Settings::at("room", "postgres://me:hunter2@db/x");
    assert!(!format!("{settings:?}").contains("hunter2"));
}

#[test]
fn all_pools_together_leave_ten_connections_of_a_hundred_free() {
    let settings =
        Settings::read(&Source::from_pairs([("DATABASE_URL", "postgres://me@db/")]), "room").unwrap();
    assert!(settings.max_connections * 7 <= 90, "{settings:?}");
}

#[test]
fn a_pool_of_one_is_refused_because_a_relay_would_starve_the_requests() {
    let source =
        Source::from_pairs([("DATABASE_URL", "postgres://me@db/"), ("DATABASE_MAX_CONNECTIONS", "1")]);
    let problems = Settings::read(&source, "room").unwrap_err().to_string();
    assert!(problems.contains("DATABASE_MAX_CONNECTIONS"), "{problems}");
}
