//! What the benchmark of payments asks, signs and compares.

use std::{fs, path::Path};

use wire::{alipay, keys::PublicKey};

use crate::payments::{
    callbacks::Provider,
    mix::Seen,
    sweep::{PAYMENTS, REFUNDS},
};

fn seen(status: &str, updated: &str) -> Seen {
    Seen { status: status.to_owned(), updated: updated.to_owned() }
}

#[test]
fn what_a_client_is_shown_may_stay_or_go_on() {
    let told = seen("pending", "2026-01-01T10:00:00");
    assert!(told.follow(&told).is_ok());
    assert!(seen("success", "2026-01-01T10:00:00").follow(&told).is_ok());
    assert!(seen("refunded", "2026-01-01T10:00:09").follow(&seen("success", "")).is_ok());
}

#[test]
fn what_goes_back_in_time_is_found() {
    let told = seen("success", "2026-01-01T10:00:05");
    for past in ["pending", "cancelled", "failed"] {
        assert!(seen(past, "2026-01-01T10:00:05").follow(&told).is_err(), "{past}");
    }
    assert!(seen("success", "2026-01-01T10:00:04").follow(&told).is_err());
    assert!(seen("new", "").follow(&told).is_err());
}

#[test]
fn callbacks_are_signed_by_the_key_that_the_platform_is_given() {
    let provider = Provider::generate().unwrap();
    let callback = provider.paid("PAY20260101", 105).unwrap();
    let settings: Vec<_> = provider.settings().collect();
    let (_, public) = settings.iter().find(|(name, _)| *name == "ALIPAY_PUBLIC_KEY").unwrap();
    let keys = alipay::Keys::of_key(PublicKey::read(public).unwrap());
    let read = alipay::read_notification(callback.as_bytes(), &keys).unwrap();
    assert_eq!(read.get("total_amount").map(String::as_str), Some("1.05"));
    let other = callback.replace("PAY20260101", "PAY20260102");
    assert!(alipay::read_notification(other.as_bytes(), &keys).is_err());
}

#[test]
fn the_sweepers_that_are_measured_are_those_of_the_service() {
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("../payment/src/store");
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for (file, statement) in [("due.rs", PAYMENTS), ("refunds.rs", REFUNDS)] {
        let source = plain(&fs::read_to_string(store.join(file)).unwrap());
        assert!(source.contains(&plain(statement)), "{file} does not say (any more): {statement}");
    }
}
