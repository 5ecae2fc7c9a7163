//! Callers of the ledger's gRPC: they sign as the payment service and send what they are given.
//!
//! One channel carries many callers, so that the load costs little beside what is measured. What is sent lives in
//! `book`. The rule not to be broken: a transfer counts when its receipt has arrived, which is after its commit.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, Result, anyhow};
use clock::Clock;
use identity::{PrivateKey, SERVICE_AUTHORIZATION, ServiceSigner};
use proto::wallet::v1::{
    NewTransfer, PostBatchRequest, PostBatchResponse, PostRequest, PostResponse,
    wallet_service_client::WalletServiceClient,
};
use tokio::time::Instant;
use tonic::{
    Request, Response, Status,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Endpoint},
};

/// Whom the ledger hears: a service that moves money.
const CALLER: &str = "payment";
/// A token is used so long; it lives longer.
const TOKEN_USED: Duration = Duration::from_secs(10);
const CONNECT_MAX: Duration = Duration::from_secs(2);
/// Below the calls that the service lets a connection have at once.
const CALLERS_PER_CHANNEL: usize = 128;

/// Keys of the run: what its processes believe, and what its callers sign with.
pub(crate) struct Keys {
    service: PrivateKey,
    user: PrivateKey,
    clock: Clock,
}

impl Keys {
    /// Makes keys that nobody else has.
    pub(crate) fn generate() -> Result<Self> {
        let clock = Clock::system();
        let made = || PrivateKey::generate(&clock).map_err(|fault| anyhow!("making a key: {fault}"));
        Ok(Self { service: made()?, user: made()?, clock: clock.clone() })
    }

    /// Gives the settings that make a process believe them.
    pub(crate) fn settings(&self) -> Result<[(&'static str, String); 2]> {
        let text = |key: &PrivateKey| key.to_pem().map_err(|fault| anyhow!("writing a key: {fault}"));
        Ok([("SERVICE_IDENTITY_KEY", text(&self.service)?), ("JWT_PRIVATE_KEY", text(&self.user)?)])
    }

    fn signer(&self) -> Result<Arc<ServiceSigner>> {
        let signer = ServiceSigner::new(CALLER, &self.service, self.clock.clone());
        signer.map(Arc::new).map_err(|fault| anyhow!("signing as {CALLER}: {fault}"))
    }
}

/// One caller. He asks one thing after the other.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    client: WalletServiceClient<Channel>,
    signer: Arc<ServiceSigner>,
    authorization: Option<(MetadataValue<Ascii>, Instant)>,
}

impl Caller {
    /// Makes callers of one copy of the service. The connection is made when it is first needed.
    pub(crate) fn many(address: SocketAddr, keys: &Keys, count: usize) -> Result<Vec<Self>> {
        let signer = keys.signer()?;
        let mut callers = Vec::with_capacity(count);
        while callers.len() < count {
            let endpoint = Endpoint::from_shared(format!("http://{address}"))?;
            let channel = endpoint.connect_timeout(CONNECT_MAX).tcp_nodelay(true).connect_lazy();
            let client = WalletServiceClient::new(channel);
            let caller = Self { client, signer: Arc::clone(&signer), authorization: None };
            let left = count.saturating_sub(callers.len());
            callers.extend(std::iter::repeat_n(caller, left.min(CALLERS_PER_CHANNEL)));
        }
        Ok(callers)
    }

    /// Makes one caller.
    pub(crate) fn one(address: SocketAddr, keys: &Keys) -> Result<Self> {
        Self::many(address, keys, 1)?.pop().context("no caller was made")
    }

    /// Posts a transfer.
    pub(crate) async fn post(&mut self, transfer: NewTransfer) -> Result<Response<PostResponse>, Status> {
        let request = self.signed(PostRequest { transfer: Some(transfer) })?;
        self.client.post(request).await
    }

    /// Posts many, each by itself.
    pub(crate) async fn post_batch(
        &mut self,
        transfers: Vec<NewTransfer>,
    ) -> Result<PostBatchResponse, Status> {
        let request = self.signed(PostBatchRequest { transfers })?;
        self.client.post_batch(request).await.map(Response::into_inner)
    }

    fn signed<T>(&mut self, message: T) -> Result<Request<T>, Status> {
        let authorization = match &self.authorization {
            Some((authorization, since)) if since.elapsed() < TOKEN_USED => authorization.clone(),
            _ => self.sign()?,
        };
        let mut request = Request::new(message);
        request.metadata_mut().insert(SERVICE_AUTHORIZATION, authorization);
        Ok(request)
    }

    fn sign(&mut self) -> Result<MetadataValue<Ascii>, Status> {
        let token = self.signer.token().map_err(|fault| Status::internal(fault.to_string()))?;
        let value = MetadataValue::try_from(format!("Bearer {token}"));
        let value = value.map_err(|error| Status::internal(error.to_string()))?;
        self.authorization = Some((value.clone(), Instant::now()));
        Ok(value)
    }
}
