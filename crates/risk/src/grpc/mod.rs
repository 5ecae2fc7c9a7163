//! The door: decodes, calls one operation, encodes.
//!
//! It decides nothing. Health, reflection and the audit trail are the host's.

mod entries;

use proto::risk::v1::risk_service_server::RiskServiceServer;

use crate::service::Service;

/// The methods of `RiskService`.
#[derive(Clone, Debug)]
pub(crate) struct Risk {
    service: Service,
}

/// Makes the gRPC service.
pub(crate) fn risk(service: Service) -> RiskServiceServer<Risk> {
    RiskServiceServer::new(Risk { service })
}
