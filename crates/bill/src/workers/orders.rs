//! What follows from orders without anybody asking: deliveries, refunds, deadlines.
//!
//! Jobs of the outbox, ordered by order, and one by the clock; each is safe to run twice.

use std::time::Duration;

use durable::{
    Connection, Database,
    outbox::{self, Job, Relay},
    schedule::Schedule,
};
use fault::Fault;
use prost::Message as _;

use crate::{
    operations::orders::{expire_orders, fulfil, refund_jobs},
    service::Service,
    store::order_refunds::Refund,
};

/// The stream of deliveries and what refunds take back, ordered by order.
const QUEUE: &str = "order";
/// The stream of looks at refunds that may never have been prepared.
const WATCH_QUEUE: &str = "order_watch";
const FULFIL: &str = "order_fulfil";
const TAKE_BACK: &str = "order_refund_take_back";
const UNDO: &str = "order_refund_undo";
const WATCH: &str = "order_refund_watch";

/// When a refund that nobody prepared is given up.
const GIVE_UP_AFTER: Duration = Duration::from_mins(1);
/// How often orders are looked through for those that are overdue (003-J01).
const EXPIRY_EVERY: Duration = Duration::from_mins(1);

/// Deliver this order, if it is not.
#[derive(Clone, PartialEq, Eq, prost::Message)]
struct Delivery {
    #[prost(int64, tag = "1")]
    order_id: i64,
}

/// Do something about this refund.
#[derive(Clone, PartialEq, Eq, prost::Message)]
struct Refunding {
    #[prost(string, tag = "1")]
    refund_no: String,
}

/// Asks, in the caller's transaction, for the delivery of an order.
pub(crate) async fn fulfil(conn: &mut Connection, order_id: i64, delay: Duration) -> Result<(), Fault> {
    let payload = Delivery { order_id }.encode_to_vec();
    outbox::append(conn, Job { queue: QUEUE, order_key: order_id, kind: FULFIL, payload, delay }).await?;
    Ok(())
}

/// Asks that what a refund set aside is taken back.
pub(crate) async fn take_back(conn: &mut Connection, refund: &Refund) -> Result<(), Fault> {
    append(conn, refund, (QUEUE, TAKE_BACK), Duration::ZERO).await
}

/// Asks that what a refund set aside is given back.
pub(crate) async fn undo_refund(conn: &mut Connection, refund: &Refund) -> Result<(), Fault> {
    append(conn, refund, (QUEUE, UNDO), Duration::ZERO).await
}

/// Asks that a refund is given up if nobody has prepared it in a minute.
pub(crate) async fn watch_refund(conn: &mut Connection, refund: &Refund) -> Result<(), Fault> {
    append(conn, refund, (WATCH_QUEUE, WATCH), GIVE_UP_AFTER).await
}

async fn append(
    conn: &mut Connection,
    refund: &Refund,
    (queue, kind): (&'static str, &'static str),
    delay: Duration,
) -> Result<(), Fault> {
    let payload = Refunding { refund_no: refund.refund_no.clone() }.encode_to_vec();
    outbox::append(conn, Job { queue, order_key: refund.order_id, kind, payload, delay }).await?;
    Ok(())
}

/// Lets a relay carry out the jobs of orders.
pub(crate) fn serve(relay: Relay, service: &Service) -> Relay {
    let delivering = service.clone();
    let relay = relay.on(FULFIL, move |job| {
        let service = delivering.clone();
        async move {
            let Delivery { order_id } = Delivery::decode(job.payload.as_slice()).map_err(Fault::internal)?;
            fulfil::fulfil(&service, order_id).await
        }
    });
    let relay = on_refund(relay, TAKE_BACK, service, |service, refund_no| async move {
        refund_jobs::take_back(&service, &refund_no).await
    });
    let relay = on_refund(relay, UNDO, service, |service, refund_no| async move {
        refund_jobs::undo(&service, &refund_no).await
    });
    on_refund(relay, WATCH, service, |service, refund_no| async move {
        refund_jobs::give_up(&service, &refund_no).await
    })
}

fn on_refund<R>(
    relay: Relay,
    kind: &str,
    service: &Service,
    run: impl Fn(Service, String) -> R + Clone + Send + Sync + 'static,
) -> Relay
where
    R: Future<Output = Result<(), Fault>> + Send + 'static,
{
    let service = service.clone();
    relay.on(kind, move |job| {
        let (service, run) = (service.clone(), run.clone());
        async move {
            let Refunding { refund_no } =
                Refunding::decode(job.payload.as_slice()).map_err(Fault::internal)?;
            run(service, refund_no).await
        }
    })
}

/// Makes the schedule of this service.
pub(crate) fn schedule(db: &Database, service: &Service) -> Schedule {
    let service = service.clone();
    Schedule::new(db.clone()).every("bill_expire_orders", EXPIRY_EVERY, move || {
        let service = service.clone();
        async move { expire_orders::expire_orders(&service).await.map(drop) }
    })
}
