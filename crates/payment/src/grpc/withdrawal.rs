//! One function for each method of `dormpay.payment.v1.WithdrawalService`.
//!
//! Nothing but decoding, one call, and encoding. The rule not to be broken: the payment password is in no hash that is
//! kept.

use host::Call;
use proto::payment::v1::{
    WithdrawRequest, WithdrawResponse,
    withdrawal_service_server::{WithdrawalService, WithdrawalServiceServer},
};
use tonic::{Request, Response, Status};

use crate::{operations::withdraw, service::Service};

/// The methods of `WithdrawalService`.
#[derive(Clone, Debug)]
pub(crate) struct Withdrawals {
    service: Service,
}

/// Makes the gRPC service.
pub(crate) fn withdrawals(service: Service) -> WithdrawalServiceServer<Withdrawals> {
    WithdrawalServiceServer::new(Withdrawals { service })
}

#[tonic::async_trait]
impl WithdrawalService for Withdrawals {
    async fn withdraw(
        &self,
        request: Request<WithdrawRequest>,
    ) -> Result<Response<WithdrawResponse>, Status> {
        let (metadata, extensions, asked) = request.into_parts();
        let plain = WithdrawRequest { payment_password: String::new(), ..asked.clone() };
        let plain = Request::from_parts(metadata, extensions, plain);
        let call = Call::of(&plain, "/dormpay.payment.v1.WithdrawalService/Withdraw");
        let service = self.service.clone();
        // Not tried again as a whole: that would begin a second one.
        let work = async move { withdraw::run(&service, &call, &asked).await };
        Ok(rpc::detached(work).await?.into())
    }
}
