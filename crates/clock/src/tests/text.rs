//! Time in writing: strict in, documented out.
//!
//! Every text that is refused here was once taken for a date by some lenient reader; what is printed is what
//! the documents print.

use chrono::NaiveDate;
use chrono_tz::Asia::Shanghai;

use super::instant;
use crate::{business_date, format_instant, parse_date, parse_instant};

#[test]
fn an_instant_is_printed_as_document_000_prints_it() {
    assert_eq!(format_instant(instant("2023-01-01T00:00:00Z")), "2023-01-01T00:00:00.000Z");
    assert_eq!(format_instant(instant("2023-01-01T00:00:00.123999Z")), "2023-01-01T00:00:00.123Z");
}

#[test]
fn an_instant_is_read_with_any_offset() {
    let instant = instant("2023-01-01T00:00:00Z");
    let expected = Some(instant);
    assert_eq!(parse_instant("2023-01-01T00:00:00Z"), expected);
    assert_eq!(parse_instant("2023-01-01T08:00:00.000+08:00"), expected);
    assert_eq!(parse_instant(&format_instant(instant)), expected);
    for text in
        ["", "2023-01-01", "2023-02-30T00:00:00Z", "2023-01-01T25:00:00Z", "2023-01-01T00:00:00", "now"]
    {
        assert_eq!(parse_instant(text), None, "{text}");
    }
    assert_eq!(parse_instant("1969-12-31T23:59:59Z"), None);
    assert_eq!(parse_instant("2200-01-01T00:00:00Z"), None);
}

#[test]
fn dates_that_do_not_exist_are_no_dates() {
    for text in [
        "2023-02-29",
        "2023-02-30",
        "2023-13-01",
        "2023-00-10",
        "2023-01-00",
        "2023-04-31",
        "2023-1-1",
        "23-01-01",
        "2023/01/01",
        "2023-01-01 ",
        " 2023-01-01",
        "2023-01-01T00:00:00Z",
        "+023-01-01",
        "２０２３-01-01",
        "",
        "1969-12-31",
        "2200-01-01",
        "2023--1-01",
    ] {
        assert_eq!(parse_date(text), None, "{text:?}");
    }
    assert_eq!(parse_date("2024-02-29"), NaiveDate::from_ymd_opt(2024, 2, 29));
    assert_eq!(parse_date("1970-01-01"), NaiveDate::from_ymd_opt(1970, 1, 1));
    assert_eq!(parse_date("2199-12-31"), NaiveDate::from_ymd_opt(2199, 12, 31));
}

#[test]
fn the_business_day_changes_at_midnight_of_the_business_zone() {
    let day = |text| business_date(instant(text), Shanghai).to_string();
    assert_eq!(day("2026-11-20T15:59:59Z"), "2026-11-20");
    assert_eq!(day("2026-11-20T16:00:00Z"), "2026-11-21");
}
