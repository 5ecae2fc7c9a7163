//! A fault's form on the wire: a gRPC status with a `google.rpc.ErrorInfo`.
//!
//! `reason` is the code, `domain` is ours, the metadata carry `field` and `retry_after`. The internal context
//! stays behind and is logged here, once, at the moment the fault leaves. A status of foreign origin becomes
//! a fault whose text stays internal.

use std::collections::HashMap;

use tonic::{Code as GrpcCode, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::{Code, Fault};

const DOMAIN: &str = "dormpay";
const FIELD: &str = "field";
const RETRY_AFTER: &str = "retry_after";

impl From<Fault> for Status {
    fn from(fault: Fault) -> Self {
        log(&fault);
        let mut metadata = HashMap::new();
        if let Some(field) = fault.field() {
            metadata.insert(FIELD.to_owned(), field.to_owned());
        }
        if let Some(seconds) = fault.retry_after_seconds() {
            metadata.insert(RETRY_AFTER.to_owned(), seconds.to_string());
        }
        let details = ErrorDetails::with_error_info(fault.code().as_str(), DOMAIN, metadata);
        Self::with_error_details(grpc_code(fault.code()), fault.detail(), details)
    }
}

impl From<Status> for Fault {
    fn from(status: Status) -> Self {
        let Some(info) = status.get_details_error_info().filter(|info| info.domain == DOMAIN) else {
            return foreign(&status);
        };
        let Some(code) = Code::parse(&info.reason) else {
            return foreign(&status);
        };
        let mut fault = if code.is_private() {
            Self::new(code, format!("told by a peer: {}", status.message()))
        } else {
            Self::new(code, status.message())
        };
        if let Some(field) = info.metadata.get(FIELD) {
            fault = fault.with_field(field);
        }
        if let Some(seconds) = info.metadata.get(RETRY_AFTER).and_then(|text| text.parse().ok()) {
            fault = fault.with_retry_after(seconds);
        }
        fault
    }
}

/// Reads a status that no service of ours wrote: the transport's, a proxy's, a generated server's.
fn foreign(status: &Status) -> Fault {
    let context = format!("{:?}: {}", status.code(), status.message());
    match status.code() {
        GrpcCode::Unavailable | GrpcCode::DeadlineExceeded | GrpcCode::Cancelled => {
            Fault::unavailable("a service did not answer in time").with_internal(context)
        }
        GrpcCode::Unauthenticated => {
            Fault::new(Code::AuthInvalid, "the proof of identity was refused").with_internal(context)
        }
        GrpcCode::Unknown if is_transport(status) => {
            Fault::unavailable("a service could not be reached").with_internal(context)
        }
        _ => Fault::internal(context),
    }
}

/// Tells whether a status was made of a broken connection rather than sent by a peer.
fn is_transport(status: &Status) -> bool {
    let mut source = std::error::Error::source(status);
    while let Some(error) = source {
        if error.is::<tonic::transport::Error>() || error.is::<std::io::Error>() {
            return true;
        }
        source = error.source();
    }
    false
}

fn log(fault: &Fault) {
    let code = fault.code().as_str();
    match (fault.code().is_private(), fault.internal_context()) {
        (true, context) => {
            tracing::error!(code, context, "a call ended with {code}, a mistake of ours");
        }
        (false, Some(context)) => {
            tracing::warn!(code, context, detail = fault.detail(), "a call was refused with {code}");
        }
        (false, None) => tracing::debug!(code, detail = fault.detail(), "a call was refused with {code}"),
    }
}

const fn grpc_code(code: Code) -> GrpcCode {
    match code {
        Code::AuthRequired | Code::AuthInvalid | Code::AuthExpired => GrpcCode::Unauthenticated,
        Code::Forbidden
        | Code::RiskControlRejected
        | Code::PaymentPasswordError
        | Code::AccountFrozen
        | Code::MockPaymentDisabled => GrpcCode::PermissionDenied,
        Code::NotFound | Code::PaymentNotFound | Code::MockOrderNotFound => GrpcCode::NotFound,
        Code::ValidationError
        | Code::BatchLimitExceeded
        | Code::PaymentAmountError
        | Code::RefundAmountExceeded => GrpcCode::InvalidArgument,
        Code::DuplicateEntry => GrpcCode::AlreadyExists,
        Code::StateConflict
        | Code::IdempotencyConflict
        | Code::InsufficientBalance
        | Code::PaymentLimitExceeded
        | Code::PaymentStatusError
        | Code::PaymentExpired
        | Code::PaymentAlreadySuccess
        | Code::PaymentAlreadyCancelled
        | Code::RefundNotAllowed
        | Code::MockPaymentStatusError
        | Code::MockPaymentNotPending => GrpcCode::FailedPrecondition,
        Code::VersionConflict | Code::IdempotencyInProgress | Code::LockTimeout => GrpcCode::Aborted,
        Code::RateLimitExceeded | Code::PayloadTooLarge => GrpcCode::ResourceExhausted,
        Code::ServiceUnavailable => GrpcCode::Unavailable,
        Code::ThirdPartyError => GrpcCode::Unknown,
        Code::DatabaseError
        | Code::InternalError
        | Code::MockOrderUpdateFailed
        | Code::CacheKeyInvalid
        | Code::CacheExpired
        | Code::CacheUpdateFailed => GrpcCode::Internal,
    }
}
