//! Tasks at the door (000-E35, 000-E36).
//!
//! A start runs detached, so that a client who hangs up cannot cut it in half.

use host::Call;
use proto::payment::v1::{
    GetTaskStatusRequest, GetTaskStatusResponse, TriggerTaskRequest, TriggerTaskResponse,
    payment_service_server::PaymentService,
};
use tonic::{Request, Response, Status};

use super::Payment;
use crate::{
    access,
    operations::{get_task_status, trigger_task},
};

#[tonic::async_trait]
impl PaymentService for Payment {
    async fn trigger_task(
        &self,
        request: Request<TriggerTaskRequest>,
    ) -> Result<Response<TriggerTaskResponse>, Status> {
        let call = Call::of(&request, access::TRIGGER_TASK);
        let (service, asked) = (self.service.clone(), request.into_inner());
        let work = async move { trigger_task::run(&service, &call, &asked).await };
        Ok(rpc::detached(work).await?.into())
    }

    async fn get_task_status(
        &self,
        request: Request<GetTaskStatusRequest>,
    ) -> Result<Response<GetTaskStatusResponse>, Status> {
        let call = Call::of(&request, access::GET_TASK_STATUS);
        Ok(Response::new(get_task_status::run(&self.service, &call).await?))
    }
}
