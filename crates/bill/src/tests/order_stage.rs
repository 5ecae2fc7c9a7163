//! Shorthands for sentences about orders.

use chrono::{DateTime, Utc};
use fault::Fault;
use host::testing::{Line, Visitor};
use prost::Message as _;
use proto::{
    bill::v1::{create_order_request::What, order_service_client::OrderServiceClient, *},
    event::v1::{Event, event::Payload},
};

use super::stage::{MEMBER, Stage};

pub(super) type Client = OrderServiceClient<Line>;

pub(super) const MONTHLY: i64 = 1;
pub(super) const YEARLY: i64 = 3;
pub(super) const POINTS_PACK: i64 = 11;

pub(super) fn orders_of(visitor: &Visitor) -> Client {
    OrderServiceClient::new(visitor.line())
}

pub(super) fn product(product_id: i64) -> CreateOrderRequest {
    let what = What::Product(ProductOrder { product_id, is_upgrade: false });
    CreateOrderRequest { what: Some(what), expected_amount_minor: 0 }
}

pub(super) fn upgrade(product_id: i64) -> CreateOrderRequest {
    let what = What::Product(ProductOrder { product_id, is_upgrade: true });
    CreateOrderRequest { what: Some(what), expected_amount_minor: 0 }
}

pub(super) fn recharge(amount_minor: i64) -> CreateOrderRequest {
    CreateOrderRequest {
        what: Some(What::Recharge(RechargeOrder { amount_minor })),
        expected_amount_minor: 0,
    }
}

pub(super) fn share(bill: &Bill, user_id: i64) -> CreateOrderRequest {
    let split = bill.splits.iter().find(|split| split.user_id == user_id).unwrap();
    let what = What::BillShare(ShareOrder { bill_id: bill.id, split_id: split.id });
    CreateOrderRequest { what: Some(what), expected_amount_minor: 0 }
}

impl Stage {
    pub(super) fn payer(&self) -> Client {
        orders_of(&self.served.user(MEMBER))
    }

    pub(super) fn payment(&self) -> Client {
        orders_of(&self.served.service("payment"))
    }

    pub(super) async fn order(&self, asked: CreateOrderRequest) -> Order {
        self.payer().create_order(asked).await.unwrap().into_inner().order.unwrap()
    }

    /// An approved bill of 100.50, in which everybody but the admin owes him 33.50.
    pub(super) async fn approved(&self) -> Bill {
        let bill = self.bill().await;
        self.review(MEMBER, bill.id, Status::Approved).await.unwrap()
    }

    pub(super) async fn pay(&self, order: &Order, payment_no: &str) -> PaidOutcome {
        self.pay_at(order, payment_no, self.clock.now()).await
    }

    pub(super) async fn pay_at(&self, order: &Order, payment_no: &str, at: DateTime<Utc>) -> PaidOutcome {
        self.try_pay(paid(order, payment_no, at)).await.unwrap()
    }

    pub(super) async fn try_pay(&self, asked: MarkPaidRequest) -> Result<PaidOutcome, Fault> {
        Ok(self.payment().mark_paid(asked).await?.into_inner().outcome())
    }

    pub(super) async fn shown(&self, order: &Order) -> Order {
        let asked = GetOrderRequest { order_id: order.id, order_no: String::new() };
        self.payment().get_order(asked).await.unwrap().into_inner().order.unwrap()
    }

    /// Pays an order and waits until it is delivered.
    pub(super) async fn delivered(&self, asked: CreateOrderRequest, payment_no: &str) -> Order {
        let order = self.order(asked).await;
        assert_eq!(self.pay(&order, payment_no).await, PaidOutcome::Accepted);
        self.until_delivered(&order).await
    }

    pub(super) async fn until_delivered(&self, order: &Order) -> Order {
        for _ in 0..1_000 {
            let shown = self.shown(order).await;
            if shown.delivered_at.is_some() {
                return shown;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("it was not delivered");
    }

    pub(super) async fn close(&self, order: &Order) -> CloseOrderResponse {
        let asked = CloseOrderRequest { order_no: order.order_no.clone(), reason: "不要了".to_owned() };
        self.payment().close_order(asked).await.unwrap().into_inner()
    }

    pub(super) async fn prepare(
        &self,
        order: &Order,
        refund_no: &str,
        amount_minor: i64,
    ) -> Result<OrderRefund, Fault> {
        let (order_no, refund_no) = (order.order_no.clone(), refund_no.to_owned());
        let asked =
            PrepareRefundRequest { order_no, refund_no, amount_minor, reason: "不想要".to_owned() };
        Ok(self.payment().prepare_refund(asked).await?.into_inner().refund.unwrap())
    }

    pub(super) async fn apply(&self, refund_no: &str) -> Result<Order, Fault> {
        let asked = ApplyRefundRequest { refund_no: refund_no.to_owned() };
        Ok(self.payment().apply_refund(asked).await?.into_inner().order.unwrap())
    }

    pub(super) async fn release(&self, refund_no: &str) -> Result<OrderRefund, Fault> {
        let asked = ReleaseRefundRequest { refund_no: refund_no.to_owned() };
        Ok(self.payment().release_refund(asked).await?.into_inner().refund.unwrap())
    }

    /// The steps of an order as they were written down.
    pub(super) async fn history(&self, order: &Order) -> Vec<(String, String)> {
        let mut conn = self.db.acquire().await.unwrap();
        let rows = sqlx::query!(
            "select from_status, to_status from order_history where order_id = $1 order by version",
            order.id,
        );
        let rows = rows.fetch_all(&mut *conn).await.unwrap();
        rows.into_iter().map(|row| (row.from_status, row.to_status)).collect()
    }

    /// The news of orders that wait for Redis, oldest first.
    pub(super) async fn order_news(&self) -> Vec<(i64, Order)> {
        let mut conn = self.db.acquire().await.unwrap();
        let rows = sqlx::query_scalar!("select payload from outbox where kind = 'order_news' order by id");
        let rows = rows.fetch_all(&mut *conn).await.unwrap();
        let told = rows.iter().map(|payload| Event::decode(payload.as_slice()).unwrap());
        told.map(|event| match event.payload {
            Some(Payload::OrderUpdated(order)) => (event.user_id, order),
            other => panic!("{other:?}"),
        })
        .collect()
    }
}

pub(super) fn paid(order: &Order, payment_no: &str, at: DateTime<Utc>) -> MarkPaidRequest {
    MarkPaidRequest {
        order_no: order.order_no.clone(),
        payment_no: payment_no.to_owned(),
        amount_minor: order.amount_minor,
        paid_at: Some(host::timestamp(at)),
    }
}
