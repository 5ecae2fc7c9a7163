//! The door: decodes, calls one operation, encodes.
//!
//! It decides nothing. Health, reflection and the audit trail are the host's. All of it runs detached, so that a client
//! who hangs up cannot cut an operation in half. The rule not to be broken: a secret of a request is in no hash that is
//! kept.

mod withdrawal;

use std::any::Any;

use host::Call;
use proto::payment::v1::{
    self as v1,
    payment_service_server::{PaymentService, PaymentServiceServer},
};
use tonic::{Request, Response, Status};

pub(crate) use self::withdrawal::withdrawals;
use crate::{operations as does, service::Service};

/// A whole operation is tried so often when the database says that another try may do.
const ATTEMPTS: u32 = 5;

/// The methods of `PaymentService`.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    service: Service,
}

/// Makes the gRPC service.
pub(crate) fn payment(service: Service) -> PaymentServiceServer<Payment> {
    PaymentServiceServer::new(Payment { service })
}

/// Takes what a request brings. What names it for repetitions leaves the payment password out.
fn taken<M: prost::Message + Clone + 'static>(request: Request<M>, method: &str) -> (Call, M) {
    let (metadata, extensions, message) = request.into_parts();
    let mut plain = message.clone();
    let any: &mut dyn Any = &mut plain;
    if let Some(creation) = any.downcast_mut::<v1::CreatePaymentRequest>() {
        creation.payment_password.clear();
    }
    (Call::of(&Request::from_parts(metadata, extensions, plain), method), message)
}

/// Writes a method for each line: its name, its path, its messages, the operation behind it.
macro_rules! door {
    ($($name:ident($method:literal): $request:ident => $response:ident = $operation:ident;)+) => {
        #[tonic::async_trait]
        impl PaymentService for Payment {
            $(async fn $name(
                &self,
                request: Request<v1::$request>,
            ) -> Result<Response<v1::$response>, Status> {
                let path = concat!("/dormpay.payment.v1.PaymentService/", $method);
                let ((call, asked), service) = (taken(request, path), self.service.clone());
                let work = rpc::attempts(ATTEMPTS, move || {
                    let (service, call, asked) = (service.clone(), call.clone(), asked.clone());
                    Box::pin(async move { does::$operation::run(&service, &call, &asked).await })
                });
                Ok(rpc::detached(work).await?.into())
            })+
        }
    };
}

door! {
    trigger_task("TriggerTask"): TriggerTaskRequest => TriggerTaskResponse = trigger_task;
    get_task_status("GetTaskStatus"): GetTaskStatusRequest => GetTaskStatusResponse = get_task_status;
    create_payment("CreatePayment"): CreatePaymentRequest => CreatePaymentResponse = create_payment;
    get_payment("GetPayment"): GetPaymentRequest => GetPaymentResponse = get_payment;
    get_payments("GetPayments"): GetPaymentsRequest => GetPaymentsResponse = get_payments;
    get_payment_of_order("GetPaymentOfOrder"): GetPaymentOfOrderRequest => GetPaymentOfOrderResponse
        = get_payment_of_order;
    list_payments("ListPayments"): ListPaymentsRequest => ListPaymentsResponse = list_payments;
    query_payment("QueryPayment"): QueryPaymentRequest => QueryPaymentResponse = query_payment;
    cancel_payment("CancelPayment"): CancelPaymentRequest => CancelPaymentResponse = cancel_payment;
    cancel_order("CancelOrder"): CancelOrderRequest => CancelOrderResponse = cancel_order;
    set_remark("SetRemark"): SetRemarkRequest => SetRemarkResponse = set_remark;
    delete_payment("DeletePayment"): DeletePaymentRequest => DeletePaymentResponse = delete_payment;
    mark_success("MarkSuccess"): MarkSuccessRequest => MarkSuccessResponse = mark_success;
    mark_failed("MarkFailed"): MarkFailedRequest => MarkFailedResponse = mark_failed;
    unfreeze_payment("UnfreezePayment"): UnfreezePaymentRequest => UnfreezePaymentResponse = unfreeze_payment;
    handle_callback("HandleCallback"): HandleCallbackRequest => HandleCallbackResponse = handle_callback;
    create_refund("CreateRefund"): CreateRefundRequest => CreateRefundResponse = create_refund;
    approve_refund("ApproveRefund"): ApproveRefundRequest => ApproveRefundResponse = approve_refund;
    reject_refund("RejectRefund"): RejectRefundRequest => RejectRefundResponse = reject_refund;
    get_refund("GetRefund"): GetRefundRequest => GetRefundResponse = get_refund;
    list_refunds("ListRefunds"): ListRefundsRequest => ListRefundsResponse = list_refunds;
    list_exceptions("ListExceptions"): ListExceptionsRequest => ListExceptionsResponse = list_exceptions;
}
