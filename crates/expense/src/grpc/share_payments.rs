//! The methods of `SharePaymentService`, one line of meaning each.

use host::Call;
use proto::expense::v1::{
    CheckShareRefundRequest, CheckShareRefundResponse, GetShareDueRequest, GetShareDueResponse,
    SettleShareOnlineRequest, SettleShareOnlineResponse, TakeBackShareOnlineRequest,
    TakeBackShareOnlineResponse, share_payment_service_server::SharePaymentService,
};
use tonic::{Request, Response, Status};

use super::{Door, method};
use crate::operations;

type Answer<R> = Result<Response<R>, Status>;

#[tonic::async_trait]
impl SharePaymentService for Door {
    async fn get_share_due(&self, request: Request<GetShareDueRequest>) -> Answer<GetShareDueResponse> {
        Ok(Response::new(operations::share_due(&self.service, request.into_inner()).await?))
    }

    async fn settle_share_online(
        &self,
        request: Request<SettleShareOnlineRequest>,
    ) -> Answer<SettleShareOnlineResponse> {
        let call = Call::of(&request, method::SETTLE_SHARE_ONLINE);
        let run = |service, call, input: SettleShareOnlineRequest| async move {
            operations::settle_share_online(&service, &call, &input).await
        };
        self.write(call, request.into_inner(), run).await?;
        Ok(Response::new(SettleShareOnlineResponse {}))
    }

    async fn check_share_refund(
        &self,
        request: Request<CheckShareRefundRequest>,
    ) -> Answer<CheckShareRefundResponse> {
        operations::check_share_refund(&self.service, &request.into_inner().order_no).await?;
        Ok(Response::new(CheckShareRefundResponse {}))
    }

    async fn take_back_share_online(
        &self,
        request: Request<TakeBackShareOnlineRequest>,
    ) -> Answer<TakeBackShareOnlineResponse> {
        let call = Call::of(&request, method::TAKE_BACK_SHARE_ONLINE);
        let run = |service, call, input: TakeBackShareOnlineRequest| async move {
            operations::take_back_share_online(&service, &call, &input).await
        };
        self.write(call, request.into_inner(), run).await?;
        Ok(Response::new(TakeBackShareOnlineResponse {}))
    }
}
