//! A fault across gRPC: what arrives is what left, without the inside.
//!
//! Each claim about codes is made for all of them. Statuses that others made are part of the wire too: their
//! text must stay inside as well.

use std::collections::HashMap;

use tonic::{Code as GrpcCode, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::{Code, Fault};

const SECRET: &str = "password authentication failed for user dormpay";

#[test]
fn every_code_survives_the_way_there_and_back() {
    for code in Code::ALL {
        let sent =
            Fault::new(*code, "分摊 does not add up").with_field("splits[0].amount").with_retry_after(3);
        let received = Fault::from(Status::from(sent.clone()));
        assert_eq!(received.code(), *code);
        assert_eq!(received.detail(), sent.detail());
        assert_eq!(received.field(), Some("splits[0].amount"));
        assert_eq!(received.retry_after_seconds(), Some(3));
    }
}

#[test]
fn a_bare_fault_arrives_bare() {
    let received = Fault::from(Status::from(Fault::not_found("room")));
    assert_eq!(received, Fault::new(Code::NotFound, "room not found"));
}

#[test]
fn internal_text_never_leaves() {
    for code in Code::ALL {
        let status = Status::from(Fault::new(*code, "public").with_internal(SECRET).with_retryable());
        assert!(!status.message().contains(SECRET), "{code}");
        assert!(!String::from_utf8_lossy(status.details()).contains(SECRET), "{code}");
        let received = Fault::from(status);
        assert!(!format!("{received:?}").contains(SECRET), "{code}");
        assert!(!received.is_retryable(), "the mark stays inside the process");
    }
    for code in Code::ALL.iter().filter(|code| code.is_private()) {
        let status = Status::from(Fault::new(*code, SECRET));
        assert_eq!(status.message(), "internal error", "{code}");
    }
}

#[test]
fn statuses_fit_the_code() {
    let cases = [
        (Code::AuthExpired, GrpcCode::Unauthenticated),
        (Code::Forbidden, GrpcCode::PermissionDenied),
        (Code::NotFound, GrpcCode::NotFound),
        (Code::ValidationError, GrpcCode::InvalidArgument),
        (Code::DuplicateEntry, GrpcCode::AlreadyExists),
        (Code::StateConflict, GrpcCode::FailedPrecondition),
        (Code::VersionConflict, GrpcCode::Aborted),
        (Code::RateLimitExceeded, GrpcCode::ResourceExhausted),
        (Code::ServiceUnavailable, GrpcCode::Unavailable),
        (Code::InternalError, GrpcCode::Internal),
    ];
    for (code, expected) in cases {
        assert_eq!(Status::from(Fault::new(code, "x")).code(), expected, "{code}");
    }
    let is_unavailable = |code: &&Code| Status::from(Fault::new(**code, "x")).code() == GrpcCode::Unavailable;
    let unavailable: Vec<&Code> = Code::ALL.iter().filter(is_unavailable).collect();
    assert_eq!(unavailable, [&Code::ServiceUnavailable], "a client may repeat a safe call on this status");
}

#[test]
fn a_status_of_the_transport_means_that_a_service_is_away() {
    for code in [GrpcCode::Unavailable, GrpcCode::DeadlineExceeded, GrpcCode::Cancelled] {
        let fault = Fault::from(Status::new(code, SECRET));
        assert_eq!(fault.code(), Code::ServiceUnavailable);
        assert_eq!(fault.retry_after_seconds(), Some(1));
        assert!(!fault.detail().contains(SECRET));
        assert!(fault.internal_context().unwrap().contains(SECRET));
    }
    let broken = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "reset");
    assert_eq!(Fault::from(Status::from_error(Box::new(broken))).code(), Code::ServiceUnavailable);
}

#[test]
fn a_foreign_status_is_a_mistake_of_ours_whose_text_stays_inside() {
    for code in [GrpcCode::Unknown, GrpcCode::Internal, GrpcCode::Unimplemented, GrpcCode::OutOfRange] {
        let fault = Fault::from(Status::new(code, SECRET));
        assert_eq!((fault.code(), fault.detail()), (Code::InternalError, "internal error"));
    }
    assert_eq!(Fault::from(Status::unauthenticated(SECRET)).code(), Code::AuthInvalid);
}

#[test]
fn an_error_info_of_another_domain_or_reason_is_foreign() {
    for (reason, domain) in [("NOT_FOUND", "example.org"), ("NO_SUCH_REASON", "dormpay")] {
        let details = ErrorDetails::with_error_info(reason, domain, HashMap::new());
        let status = Status::with_error_details(GrpcCode::NotFound, SECRET, details);
        assert_eq!(Fault::from(status).code(), Code::InternalError);
    }
}

#[test]
fn the_longest_fault_fits_into_the_headers_of_a_reply() {
    let fault = Fault::validation("费".repeat(5_000), "长".repeat(5_000)).with_retry_after(u32::MAX);
    let reply = Status::from(fault).into_http::<()>();
    let bytes: usize =
        reply.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum();
    assert!(bytes < 16 * 1_024, "{bytes} bytes");
}
