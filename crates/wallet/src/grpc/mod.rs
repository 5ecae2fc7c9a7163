//! The door: decodes, calls one operation, encodes.
//!
//! It decides nothing. Health, reflection and the audit trail are the host's. The rule not to be broken: what writes is
//! not cut in half by a client who hangs up: orders are the ledger's own work, all else runs detached.

mod reads;
mod wallet_service;

use proto::wallet::v1::wallet_service_server::WalletServiceServer;

use crate::service::Service;

/// The methods of `WalletService`.
#[derive(Clone, Debug)]
pub(crate) struct Wallet {
    service: Service,
}

/// Makes the gRPC service.
pub(crate) fn wallet(service: Service) -> WalletServiceServer<Wallet> {
    WalletServiceServer::new(Wallet { service })
}
