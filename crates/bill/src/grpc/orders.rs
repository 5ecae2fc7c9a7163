//! The door of orders: decodes, calls one operation, encodes. Decides nothing.

use fault::Fault;
use host::{Answer, Call};
use proto::bill::v1::{
    ApplyRefundRequest, ApplyRefundResponse, CloseOrderRequest, CloseOrderResponse, CompleteOrderRequest,
    CompleteOrderResponse, CreateOrderRequest, CreateOrderResponse, EnsureExternalOrderRequest,
    EnsureExternalOrderResponse, GetOrderRequest, GetOrderResponse, ListOrdersRequest, ListOrdersResponse,
    ListProductsRequest, ListProductsResponse, MarkPaidRequest, MarkPaidResponse, PrepareRefundRequest,
    PrepareRefundResponse, ReleaseRefundRequest, ReleaseRefundResponse,
    order_service_server::{OrderService, OrderServiceServer},
};
use tonic::{Request, Response, Status};

use crate::{
    operations::orders::{
        apply_refund::apply_refund, close_order::close_order, complete_order::complete_order,
        create_order::create_order, ensure_external_order::ensure_external_order, get_order::get_order,
        list_orders::list_orders, list_products::list_products, mark_paid::mark_paid,
        prepare_refund::prepare_refund, release_refund::release_refund,
    },
    service::Service,
};

const PATH: &str = "/dormpay.bill.v1.OrderService/";

/// Makes the gRPC service.
pub(crate) fn orders(service: Service) -> OrderServiceServer<Door> {
    OrderServiceServer::new(Door(service))
}

/// Serves orders.
#[derive(Clone, Debug)]
pub(crate) struct Door(Service);

type Reply<R> = Result<Response<R>, Status>;

/// Takes what a request brings.
fn taken<M: prost::Message>(request: Request<M>, method: &str) -> (Call, M) {
    (Call::of(&request, &format!("{PATH}{method}")), request.into_inner())
}

impl Door {
    async fn write<M, R, F>(
        &self,
        request: Request<M>,
        method: &str,
        operation: impl Fn(Service, Call, M) -> F + Send + 'static,
    ) -> Reply<R>
    where
        M: prost::Message + Clone + 'static,
        R: Send + 'static,
        F: Future<Output = Result<Answer<R>, Fault>> + Send + 'static,
    {
        super::write(&self.0, request, format!("{PATH}{method}"), operation).await
    }
}

#[tonic::async_trait]
impl OrderService for Door {
    async fn list_products(&self, request: Request<ListProductsRequest>) -> Reply<ListProductsResponse> {
        Ok(Response::new(list_products(&self.0, request.into_inner().kind).await?))
    }

    async fn create_order(&self, request: Request<CreateOrderRequest>) -> Reply<CreateOrderResponse> {
        self.write(request, "CreateOrder", |service, call, message| async move {
            create_order(&service, &call, &message).await
        })
        .await
    }

    async fn get_order(&self, request: Request<GetOrderRequest>) -> Reply<GetOrderResponse> {
        let (call, message) = taken(request, "GetOrder");
        Ok(Response::new(get_order(&self.0, &call, &message).await?))
    }

    async fn list_orders(&self, request: Request<ListOrdersRequest>) -> Reply<ListOrdersResponse> {
        let (call, message) = taken(request, "ListOrders");
        Ok(Response::new(list_orders(&self.0, &call, &message).await?))
    }

    async fn complete_order(&self, request: Request<CompleteOrderRequest>) -> Reply<CompleteOrderResponse> {
        self.write(request, "CompleteOrder", |service, call, message| async move {
            complete_order(&service, &call, message.order_id).await
        })
        .await
    }

    async fn ensure_external_order(
        &self,
        request: Request<EnsureExternalOrderRequest>,
    ) -> Reply<EnsureExternalOrderResponse> {
        self.write(request, "EnsureExternalOrder", |service, call, message| async move {
            ensure_external_order(&service, &call, &message).await
        })
        .await
    }

    async fn close_order(&self, request: Request<CloseOrderRequest>) -> Reply<CloseOrderResponse> {
        self.write(request, "CloseOrder", |service, call, message| async move {
            close_order(&service, &call, &message).await
        })
        .await
    }

    async fn mark_paid(&self, request: Request<MarkPaidRequest>) -> Reply<MarkPaidResponse> {
        self.write(request, "MarkPaid", |service, call, message| async move {
            mark_paid(&service, &call, &message).await
        })
        .await
    }

    async fn prepare_refund(&self, request: Request<PrepareRefundRequest>) -> Reply<PrepareRefundResponse> {
        self.write(request, "PrepareRefund", |service, call, message| async move {
            prepare_refund(&service, &call, &message).await
        })
        .await
    }

    async fn apply_refund(&self, request: Request<ApplyRefundRequest>) -> Reply<ApplyRefundResponse> {
        self.write(request, "ApplyRefund", |service, call, message| async move {
            apply_refund(&service, &call, &message).await
        })
        .await
    }

    async fn release_refund(&self, request: Request<ReleaseRefundRequest>) -> Reply<ReleaseRefundResponse> {
        self.write(request, "ReleaseRefund", |service, call, message| async move {
            release_refund(&service, &call, &message).await
        })
        .await
    }
}
