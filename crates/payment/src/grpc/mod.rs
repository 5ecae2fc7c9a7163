//! The door: decodes, calls one operation, encodes.
//!
//! It decides nothing. Health, reflection and the audit trail are the host's.

mod tasks;

use proto::payment::v1::payment_service_server::PaymentServiceServer;

use crate::service::Service;

/// The methods of `PaymentService`.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    service: Service,
}

/// Makes the gRPC service.
pub(crate) fn payment(service: Service) -> PaymentServiceServer<Payment> {
    PaymentServiceServer::new(Payment { service })
}
