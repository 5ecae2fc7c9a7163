//! What a fault says, and what it keeps to itself.
//!
//! The vocabulary is compared with the documents' own list, so that a code can neither vanish nor be added
//! unnoticed.

use std::collections::HashSet;

use crate::{Code, Fault};

#[test]
fn every_code_has_a_name_of_its_own_and_is_found_by_it() {
    let names: HashSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(names.len(), Code::ALL.len());
    for code in Code::ALL {
        assert_eq!(Code::parse(code.as_str()), Some(*code));
        assert!(code.as_str().bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'), "{code}");
    }
    assert_eq!(Code::parse("validation_error"), None);
    assert_eq!(Code::parse(""), None);
}

#[test]
fn the_vocabulary_holds_every_code_of_the_documents() {
    let documents = [
        "AUTH_REQUIRED",
        "AUTH_INVALID",
        "AUTH_EXPIRED",
        "FORBIDDEN",
        "NOT_FOUND",
        "VALIDATION_ERROR",
        "DUPLICATE_ENTRY",
        "PAYMENT_NOT_FOUND",
        "PAYMENT_STATUS_ERROR",
        "PAYMENT_AMOUNT_ERROR",
        "PAYMENT_EXPIRED",
        "PAYMENT_ALREADY_SUCCESS",
        "PAYMENT_ALREADY_CANCELLED",
        "REFUND_NOT_ALLOWED",
        "REFUND_AMOUNT_EXCEEDED",
        "INSUFFICIENT_BALANCE",
        "PAYMENT_PASSWORD_ERROR",
        "PAYMENT_LIMIT_EXCEEDED",
        "RISK_CONTROL_REJECTED",
        "THIRD_PARTY_ERROR",
        "ACCOUNT_FROZEN",
        "MOCK_PAYMENT_DISABLED",
        "MOCK_PAYMENT_STATUS_ERROR",
        "MOCK_PAYMENT_NOT_PENDING",
        "MOCK_ORDER_NOT_FOUND",
        "MOCK_ORDER_UPDATE_FAILED",
        "CACHE_KEY_INVALID",
        "CACHE_EXPIRED",
        "CACHE_UPDATE_FAILED",
        "INTERNAL_ERROR",
        "DATABASE_ERROR",
        "RATE_LIMIT_EXCEEDED",
        "PAYLOAD_TOO_LARGE",
        "BATCH_LIMIT_EXCEEDED",
        "IDEMPOTENCY_CONFLICT",
        "IDEMPOTENCY_IN_PROGRESS",
        "STATE_CONFLICT",
        "VERSION_CONFLICT",
        "LOCK_TIMEOUT",
        "SERVICE_UNAVAILABLE",
    ];
    for name in documents {
        assert!(Code::parse(name).is_some(), "{name}");
    }
    assert_eq!(Code::ALL.len(), documents.len());
}

#[test]
fn a_refused_field_is_named_in_detail_and_field() {
    let fault = Fault::validation("splits", "shares add up to 100.01, expected 100.00");
    assert_eq!(fault.code(), Code::ValidationError);
    assert_eq!(fault.detail(), "splits: shares add up to 100.01, expected 100.00");
    assert_eq!(fault.field(), Some("splits"));
    let fault = Fault::duplicate("username", "is taken");
    assert_eq!((fault.code(), fault.detail()), (Code::DuplicateEntry, "username: is taken"));
}

#[test]
fn the_internal_context_is_in_no_public_text() {
    for fault in [
        Fault::internal("relation account does not exist"),
        Fault::new(Code::DatabaseError, "relation account does not exist"),
        Fault::unavailable("the database is away").with_internal("relation account does not exist"),
        Fault::new(Code::CacheUpdateFailed, "relation account does not exist"),
    ] {
        assert_eq!(fault.internal_context(), Some("relation account does not exist"));
        assert!(!fault.to_string().contains("relation"), "{fault}");
        assert!(!fault.detail().contains("relation"), "{fault}");
    }
}

#[test]
fn only_a_marked_fault_is_tried_again() {
    assert!(!Fault::unavailable("away").is_retryable());
    assert!(Fault::unavailable("busy").with_retryable().is_retryable());
    assert_eq!(Fault::unavailable("away").retry_after_seconds(), Some(1));
    assert_eq!(Fault::conflict("frozen").with_retry_after(7).retry_after_seconds(), Some(7));
}

#[test]
fn long_texts_are_cut_between_characters() {
    let fault = Fault::validation("费".repeat(5_000), "太长").with_internal("细".repeat(50_000));
    assert_eq!(fault.detail().chars().count(), 501);
    assert_eq!(fault.field().unwrap().chars().count(), 101);
    assert_eq!(fault.internal_context().unwrap().chars().count(), 4_001);
}
