//! One function for each method of `dormpay.wallet.v1.WalletService`.
//!
//! Nothing but decoding, one call, and encoding.

use host::Call;
use identity::Caller;
use proto::wallet::v1::{
    CheckLedgerRequest, CheckLedgerResponse, FreezeAccountRequest, FreezeAccountResponse,
    GetBalanceAtRequest, GetBalanceAtResponse, GetBalanceRequest, GetBalanceResponse, GetHoldRequest,
    GetHoldResponse, GetPaymentPasswordRequest, GetPaymentPasswordResponse, GetPublicKeyRequest,
    GetPublicKeyResponse, GetTransferRequest, GetTransferResponse, HoldWithdrawalRequest,
    HoldWithdrawalResponse, ListEntriesRequest, ListEntriesResponse, ListTransactionsRequest,
    ListTransactionsResponse, PayRequest, PayResponse, PlaceHoldRequest, PlaceHoldResponse, PostBatchRequest,
    PostBatchResponse, PostLinkedRequest, PostLinkedResponse, PostRequest, PostResponse, ReleaseHoldRequest,
    ReleaseHoldResponse, ResetPaymentPasswordRequest, ResetPaymentPasswordResponse,
    SetPaymentPasswordRequest, SetPaymentPasswordResponse, SettleHoldRequest, SettleHoldResponse,
    ShowBalanceRequest, ShowBalanceResponse, TransferRequest, TransferResponse, UnfreezeAccountRequest,
    UnfreezeAccountResponse, wallet_service_server::WalletService,
};
use tonic::{Request, Response, Status};

use super::{Wallet, reads};
use crate::{
    access,
    operations::{
        check_ledger,
        freeze_account::{self, Wanted},
        get_balance, get_balance_at, get_hold, get_payment_password, get_transfer, hold_withdrawal,
        list_entries, list_transactions, pay, place_hold, post, post_batch, post_linked, release_hold,
        reset_payment_password, set_payment_password, settle_hold, show_balance, transfer,
    },
};

type Answer<R> = Result<Response<R>, Status>;

/// How often a freeze is tried that met another one.
const TRIES: u32 = 3;

#[tonic::async_trait]
impl WalletService for Wallet {
    async fn get_balance(&self, request: Request<GetBalanceRequest>) -> Answer<GetBalanceResponse> {
        let caller = Caller::of(&request);
        let asked = request.into_inner();
        let asset = reads::asset(&asked.currency)?;
        let holding = get_balance::run(&self.service, &caller, asked.user_id, asset).await?;
        Ok(Response::new(reads::balance(holding, asset)))
    }

    async fn get_balance_at(&self, request: Request<GetBalanceAtRequest>) -> Answer<GetBalanceAtResponse> {
        let caller = Caller::of(&request);
        Ok(Response::new(get_balance_at::run(&self.service, &caller, request.get_ref()).await?))
    }

    async fn list_entries(&self, request: Request<ListEntriesRequest>) -> Answer<ListEntriesResponse> {
        let caller = Caller::of(&request);
        Ok(Response::new(list_entries::run(&self.service, &caller, request.get_ref()).await?))
    }

    async fn post(&self, request: Request<PostRequest>) -> Answer<PostResponse> {
        let caller = Caller::of(&request);
        Ok(post::run(&self.service, &caller, request.into_inner().transfer).await?.into())
    }

    async fn post_batch(&self, request: Request<PostBatchRequest>) -> Answer<PostBatchResponse> {
        let caller = Caller::of(&request);
        let transfers = request.into_inner().transfers;
        Ok(Response::new(post_batch::run(&self.service, &caller, transfers).await?))
    }

    async fn post_linked(&self, request: Request<PostLinkedRequest>) -> Answer<PostLinkedResponse> {
        let caller = Caller::of(&request);
        Ok(post_linked::run(&self.service, &caller, request.into_inner().transfers).await?.into())
    }

    async fn place_hold(&self, request: Request<PlaceHoldRequest>) -> Answer<PlaceHoldResponse> {
        let caller = Caller::of(&request);
        Ok(place_hold::run(&self.service, &caller, request.into_inner()).await?.into())
    }

    async fn settle_hold(&self, request: Request<SettleHoldRequest>) -> Answer<SettleHoldResponse> {
        let caller = Caller::of(&request);
        Ok(settle_hold::run(&self.service, &caller, request.into_inner()).await?.into())
    }

    async fn release_hold(&self, request: Request<ReleaseHoldRequest>) -> Answer<ReleaseHoldResponse> {
        Ok(release_hold::run(&self.service, request.get_ref().hold_id).await?.into())
    }

    async fn get_transfer(&self, request: Request<GetTransferRequest>) -> Answer<GetTransferResponse> {
        Ok(Response::new(get_transfer::run(&self.service, request.get_ref()).await?))
    }

    async fn get_hold(&self, request: Request<GetHoldRequest>) -> Answer<GetHoldResponse> {
        Ok(Response::new(get_hold::run(&self.service, request.get_ref()).await?))
    }

    async fn transfer(&self, request: Request<TransferRequest>) -> Answer<TransferResponse> {
        let caller = Caller::of(&request);
        Ok(transfer::run(&self.service, &caller, request.into_inner()).await?.into())
    }

    async fn pay(&self, request: Request<PayRequest>) -> Answer<PayResponse> {
        let caller = Caller::of(&request);
        Ok(pay::run(&self.service, &caller, request.into_inner()).await?.into())
    }

    async fn hold_withdrawal(
        &self,
        request: Request<HoldWithdrawalRequest>,
    ) -> Answer<HoldWithdrawalResponse> {
        let caller = Caller::of(&request);
        Ok(hold_withdrawal::run(&self.service, &caller, request.into_inner()).await?.into())
    }

    async fn show_balance(&self, request: Request<ShowBalanceRequest>) -> Answer<ShowBalanceResponse> {
        let caller = Caller::of(&request);
        Ok(Response::new(show_balance::run(&self.service, &caller, request.get_ref()).await?))
    }

    async fn list_transactions(
        &self,
        request: Request<ListTransactionsRequest>,
    ) -> Answer<ListTransactionsResponse> {
        let caller = Caller::of(&request);
        Ok(Response::new(list_transactions::run(&self.service, &caller, request.get_ref()).await?))
    }

    async fn get_public_key(&self, _request: Request<GetPublicKeyRequest>) -> Answer<GetPublicKeyResponse> {
        Ok(Response::new(reads::public_key(&self.service.password_key)))
    }

    async fn get_payment_password(
        &self,
        request: Request<GetPaymentPasswordRequest>,
    ) -> Answer<GetPaymentPasswordResponse> {
        let caller = Caller::of(&request);
        let user_id = request.get_ref().user_id;
        Ok(Response::new(get_payment_password::run(&self.service, &caller, user_id).await?))
    }

    async fn set_payment_password(
        &self,
        request: Request<SetPaymentPasswordRequest>,
    ) -> Answer<SetPaymentPasswordResponse> {
        let call = Call::veiled(&request, access::SET_PAYMENT_PASSWORD, self.service.passwords.vault())?;
        let (service, asked) = (self.service.clone(), request.into_inner());
        Ok(rpc::detached(async move { set_payment_password::run(&service, &call, &asked).await })
            .await?
            .into())
    }

    async fn reset_payment_password(
        &self,
        request: Request<ResetPaymentPasswordRequest>,
    ) -> Answer<ResetPaymentPasswordResponse> {
        let call = Call::veiled(&request, access::RESET_PAYMENT_PASSWORD, self.service.passwords.vault())?;
        let (service, asked) = (self.service.clone(), request.into_inner());
        Ok(rpc::detached(async move { reset_payment_password::run(&service, &call, &asked).await })
            .await?
            .into())
    }

    async fn freeze_account(&self, request: Request<FreezeAccountRequest>) -> Answer<FreezeAccountResponse> {
        let call = Call::of(&request, access::FREEZE_ACCOUNT);
        let asked = request.into_inner();
        let wanted = Wanted { account: asked.account, reason: asked.reason, is_frozen: true };
        let service = self.service.clone();
        let work = async move {
            rpc::attempts(TRIES, || freeze_account::run::<FreezeAccountResponse>(&service, &call, &wanted))
                .await
        };
        Ok(rpc::detached(work).await?.into())
    }

    async fn unfreeze_account(
        &self,
        request: Request<UnfreezeAccountRequest>,
    ) -> Answer<UnfreezeAccountResponse> {
        let call = Call::of(&request, access::UNFREEZE_ACCOUNT);
        let asked = request.into_inner();
        let wanted = Wanted { account: asked.account, reason: asked.reason, is_frozen: false };
        let service = self.service.clone();
        let work = async move {
            rpc::attempts(TRIES, || freeze_account::run::<UnfreezeAccountResponse>(&service, &call, &wanted))
                .await
        };
        Ok(rpc::detached(work).await?.into())
    }

    async fn check_ledger(&self, _request: Request<CheckLedgerRequest>) -> Answer<CheckLedgerResponse> {
        let db = self.service.db.clone();
        // Detached: nothing is left half done either way, but the snapshot ends in order.
        let proof = rpc::detached(async move { check_ledger::run(&db).await }).await?;
        Ok(Response::new(reads::proof(proof)))
    }
}
