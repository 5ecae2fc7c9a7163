//! One function for each method of `dormpay.wallet.v1.WalletService`.
//!
//! Nothing but decoding, one call, and encoding.

use host::Call;
use identity::Caller;
use proto::wallet::v1::{
    CheckLedgerRequest, CheckLedgerResponse, FreezeAccountRequest, FreezeAccountResponse,
    GetBalanceAtRequest, GetBalanceAtResponse, GetBalanceRequest, GetBalanceResponse, GetHoldRequest,
    GetHoldResponse, GetTransferRequest, GetTransferResponse, ListEntriesRequest, ListEntriesResponse,
    PlaceHoldRequest, PlaceHoldResponse, PostBatchRequest, PostBatchResponse, PostLinkedRequest,
    PostLinkedResponse, PostRequest, PostResponse, ReleaseHoldRequest, ReleaseHoldResponse,
    SettleHoldRequest, SettleHoldResponse, UnfreezeAccountRequest, UnfreezeAccountResponse,
    wallet_service_server::WalletService,
};
use tonic::{Request, Response, Status};

use super::{Wallet, reads};
use crate::{
    access,
    operations::{
        check_ledger,
        freeze_account::{self, Wanted},
        get_balance, get_balance_at, get_hold, get_transfer, list_entries, place_hold, post, post_batch,
        post_linked, release_hold, settle_hold,
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
        Ok(Response::new(get_hold::run(&self.service, request.get_ref().hold_id).await?))
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
