//! The door: decodes, calls one operation, encodes.
//!
//! It decides nothing. Health, reflection and the audit trail are the host's.

mod balances;

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
