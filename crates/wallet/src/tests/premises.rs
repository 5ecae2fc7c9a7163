//! A served ledger, and a copy of the service with which a test looks into the same books.

use host::testing::{Line, Served, Visitor};
use proto::wallet::v1::wallet_service_client::WalletServiceClient;

use super::{
    Stage,
    bank::{Bank, patient_copy, user},
    stage,
};

pub(super) struct Premises {
    pub(super) served: Served,
    pub(super) bank: Bank,
}

/// User 7 has 10,000.00.
pub(super) async fn premises() -> Premises {
    let Stage { test_db, clock, served } = stage().await;
    let service = patient_copy(&test_db, &clock).await;
    let bank = Bank { test_db, clock, service };
    bank.fund(&user(7), 1_000_000).await;
    Premises { served, bank }
}

pub(super) fn wallet(visitor: &Visitor) -> WalletServiceClient<Line> {
    WalletServiceClient::new(visitor.line())
}

impl Premises {
    /// Comes to the door as the payment service.
    pub(super) fn payment(&self) -> WalletServiceClient<Line> {
        wallet(&self.served.service("payment"))
    }

    /// Comes to the door as an administrator.
    pub(super) fn admin(&self) -> WalletServiceClient<Line> {
        wallet(&self.served.admin(1))
    }
}
