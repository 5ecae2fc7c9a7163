//! Entries of the lists at the door.
//!
//! Writes run detached, so that a client who hangs up cannot cut them in half.

use host::Call;
use proto::risk::v1::{
    DeleteEntryRequest, DeleteEntryResponse, ListEntriesRequest, ListEntriesResponse, PutEntryRequest,
    PutEntryResponse, risk_service_server::RiskService,
};
use tonic::{Request, Response, Status};

use super::Risk;
use crate::{
    access,
    operations::{delete_entry, list_entries, put_entry},
};

/// How often a write is tried that met another one of the same user.
const TRIES: u32 = 3;

#[tonic::async_trait]
impl RiskService for Risk {
    async fn list_entries(
        &self,
        request: Request<ListEntriesRequest>,
    ) -> Result<Response<ListEntriesResponse>, Status> {
        let call = Call::of(&request, access::LIST_ENTRIES);
        Ok(Response::new(list_entries::run(&self.service, &call, request.get_ref()).await?))
    }

    async fn put_entry(
        &self,
        request: Request<PutEntryRequest>,
    ) -> Result<Response<PutEntryResponse>, Status> {
        let call = Call::of(&request, access::PUT_ENTRY);
        let (service, asked) = (self.service.clone(), request.into_inner());
        let work = async move { rpc::attempts(TRIES, || put_entry::run(&service, &call, &asked)).await };
        Ok(rpc::detached(work).await?.into())
    }

    async fn delete_entry(
        &self,
        request: Request<DeleteEntryRequest>,
    ) -> Result<Response<DeleteEntryResponse>, Status> {
        let call = Call::of(&request, access::DELETE_ENTRY);
        let (service, asked) = (self.service.clone(), request.into_inner());
        let work = async move { rpc::attempts(TRIES, || delete_entry::run(&service, &call, &asked)).await };
        Ok(rpc::detached(work).await?.into())
    }
}
