//! Balances at the door.
//!
//! Only the form is changed here.

use identity::Caller;
use money::Currency;
use proto::wallet::v1::{GetBalanceRequest, GetBalanceResponse, wallet_service_server::WalletService};
use tonic::{Request, Response, Status};

use super::Wallet;
use crate::{operations::get_balance, store::accounts::Holding};

#[tonic::async_trait]
impl WalletService for Wallet {
    async fn get_balance(
        &self,
        request: Request<GetBalanceRequest>,
    ) -> Result<Response<GetBalanceResponse>, Status> {
        let caller = Caller::of(&request);
        let asked = request.into_inner();
        let currency = input::currency(&asked.currency)?;
        let balance = get_balance::run(&self.service, &caller, asked.user_id, currency).await?;
        Ok(Response::new(encode(balance, currency)))
    }
}

fn encode(balance: Holding, currency: Currency) -> GetBalanceResponse {
    GetBalanceResponse {
        balance_minor: balance.balance_minor,
        held_minor: balance.held_minor,
        currency: currency.as_str().to_owned(),
        version: balance.version,
    }
}
