//! The door: decodes, calls one operation, encodes. Decides nothing.
//!
//! Whatever writes runs detached, so that a client that hangs up cannot cut it in half.

mod orders;

use fault::Fault;
use host::{Answer, Call};
use proto::bill::v1::{
    ConfirmShareRequest, ConfirmShareResponse, CreateBillRequest, CreateBillResponse, GetBillRequest,
    GetBillResponse, GetUserStatsRequest, GetUserStatsResponse, ListBillsRequest, ListBillsResponse,
    OpenDisputeRequest, OpenDisputeResponse, PurgeExpiredRequest, PurgeExpiredResponse, RemindUnpaidRequest,
    RemindUnpaidResponse, ResubmitBillRequest, ResubmitBillResponse, ReviewBillRequest, ReviewBillResponse,
    bill_service_server::{BillService, BillServiceServer},
};
use tonic::{Request, Response, Status};

use crate::{
    operations::{
        confirm_share::confirm_share, create_bill::create_bill, get_bill::get_bill, list_bills::list_bills,
        open_dispute::open_dispute, purge_expired::purge_expired, remind_unpaid::remind_unpaid,
        resubmit_bill::resubmit_bill, review_bill::review_bill, user_stats::user_stats,
    },
    service::Service,
};

pub(crate) use self::orders::orders;

/// A whole operation is tried so often when the database says that another try may do.
const ATTEMPTS: u32 = 3;
const PATH: &str = "/dormpay.bill.v1.BillService/";

/// Makes the gRPC service.
pub(crate) fn bills(service: Service) -> BillServiceServer<Door> {
    BillServiceServer::new(Door(service))
}

/// Serves bills.
#[derive(Clone, Debug)]
pub(crate) struct Door(Service);

/// Takes what a request brings.
fn taken<M: prost::Message>(request: Request<M>, method: &str) -> (Call, M) {
    (Call::of(&request, &format!("{PATH}{method}")), request.into_inner())
}

/// Runs an operation that writes, detached and in several attempts.
async fn write<M, R, F>(
    service: &Service,
    request: Request<M>,
    path: String,
    operation: impl Fn(Service, Call, M) -> F + Send + 'static,
) -> Result<Response<R>, Status>
where
    M: prost::Message + Clone + 'static,
    R: Send + 'static,
    F: Future<Output = Result<Answer<R>, Fault>> + Send + 'static,
{
    let (call, message) = (Call::of(&request, &path), request.into_inner());
    let service = service.clone();
    let work = rpc::attempts(ATTEMPTS, move || operation(service.clone(), call.clone(), message.clone()));
    Ok(rpc::detached(work).await?.into())
}

impl Door {
    async fn write<M, R, F>(
        &self,
        request: Request<M>,
        method: &str,
        operation: impl Fn(Service, Call, M) -> F + Send + 'static,
    ) -> Result<Response<R>, Status>
    where
        M: prost::Message + Clone + 'static,
        R: Send + 'static,
        F: Future<Output = Result<Answer<R>, Fault>> + Send + 'static,
    {
        write(&self.0, request, format!("{PATH}{method}"), operation).await
    }
}

#[tonic::async_trait]
impl BillService for Door {
    async fn create_bill(
        &self,
        request: Request<CreateBillRequest>,
    ) -> Result<Response<CreateBillResponse>, Status> {
        self.write(request, "CreateBill", |service, call, message| async move {
            create_bill(&service, &call, &message.bill.unwrap_or_default()).await
        })
        .await
    }

    async fn list_bills(
        &self,
        request: Request<ListBillsRequest>,
    ) -> Result<Response<ListBillsResponse>, Status> {
        let (call, message) = taken(request, "ListBills");
        Ok(Response::new(list_bills(&self.0, &call, &message).await?))
    }

    async fn get_bill(&self, request: Request<GetBillRequest>) -> Result<Response<GetBillResponse>, Status> {
        let (call, message) = taken(request, "GetBill");
        Ok(Response::new(get_bill(&self.0, &call, message.bill_id).await?))
    }

    async fn resubmit_bill(
        &self,
        request: Request<ResubmitBillRequest>,
    ) -> Result<Response<ResubmitBillResponse>, Status> {
        self.write(request, "ResubmitBill", |service, call, message| async move {
            resubmit_bill(&service, &call, message.bill_id, &message.bill.unwrap_or_default()).await
        })
        .await
    }

    async fn review_bill(
        &self,
        request: Request<ReviewBillRequest>,
    ) -> Result<Response<ReviewBillResponse>, Status> {
        self.write(request, "ReviewBill", |service, call, message| async move {
            review_bill(&service, &call, &message).await
        })
        .await
    }

    async fn confirm_share(
        &self,
        request: Request<ConfirmShareRequest>,
    ) -> Result<Response<ConfirmShareResponse>, Status> {
        self.write(request, "ConfirmShare", |service, call, message| async move {
            confirm_share(&service, &call, &message).await
        })
        .await
    }

    async fn open_dispute(
        &self,
        request: Request<OpenDisputeRequest>,
    ) -> Result<Response<OpenDisputeResponse>, Status> {
        self.write(request, "OpenDispute", |service, call, message| async move {
            open_dispute(&service, &call, &message).await
        })
        .await
    }

    async fn get_user_stats(
        &self,
        request: Request<GetUserStatsRequest>,
    ) -> Result<Response<GetUserStatsResponse>, Status> {
        let (call, _) = taken(request, "GetUserStats");
        Ok(Response::new(user_stats(&self.0, &call).await?))
    }

    async fn remind_unpaid(
        &self,
        _: Request<RemindUnpaidRequest>,
    ) -> Result<Response<RemindUnpaidResponse>, Status> {
        let service = self.0.clone();
        Ok(Response::new(rpc::detached(async move { remind_unpaid(&service).await }).await?))
    }

    async fn purge_expired(
        &self,
        _: Request<PurgeExpiredRequest>,
    ) -> Result<Response<PurgeExpiredResponse>, Status> {
        let service = self.0.clone();
        Ok(Response::new(rpc::detached(async move { purge_expired(&service).await }).await?))
    }
}
