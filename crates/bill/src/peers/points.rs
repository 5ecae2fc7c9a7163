//! Points, a second asset in the wallet's ledger.

use chrono::{DateTime, Utc};
use fault::Fault;
use proto::wallet::v1::{
    Account, AccountKind, Leg, NewTransfer, PlaceHoldRequest, PostRequest, ReleaseHoldRequest, Rest,
    SettleHoldRequest, wallet_service_client::WalletServiceClient,
};

const POINTS: &str = "POINTS";

/// The keeper of points. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Points(WalletServiceClient<rpc::Channel>);

/// Points to be set aside for a refund.
#[derive(Clone, Debug)]
pub(crate) struct Hold<'a> {
    pub(crate) refund_no: &'a str,
    pub(crate) order_no: &'a str,
    pub(crate) user_id: i64,
    pub(crate) points: i64,
    pub(crate) expires_at: DateTime<Utc>,
}

impl Points {
    /// Prepares the connection; it is made when first used.
    pub(crate) fn new(channel: rpc::Channel) -> Self {
        Self(WalletServiceClient::new(channel))
    }

    /// Gives out the points of an order. *Idempotent*: by the order.
    pub(crate) async fn issue(&self, order_no: &str, user_id: i64, points: i64) -> Result<(), Fault> {
        let leg = |account, amount_minor| Leg { account: Some(account), amount_minor };
        let transfer = NewTransfer {
            idempotency_key: format!("order:{order_no}:points"),
            kind: "points_sold".to_owned(),
            legs: vec![leg(issued(), points.saturating_neg()), leg(of_user(user_id), points)],
            reference: order_no.to_owned(),
            memo: String::new(),
        };
        let request = PostRequest { transfer: Some(transfer) };
        self.0.clone().post(request).await.map_err(Fault::from)?;
        Ok(())
    }

    /// Sets points aside and gives the number of the hold. *Idempotent*: by the refund.
    pub(crate) async fn hold(&self, hold: Hold<'_>) -> Result<i64, Fault> {
        let request = PlaceHoldRequest {
            idempotency_key: format!("refund:{}:points", hold.refund_no),
            account: Some(of_user(hold.user_id)),
            amount_minor: hold.points,
            reference: hold.order_no.to_owned(),
            memo: String::new(),
            expires_at: Some(host::timestamp(hold.expires_at)),
        };
        Ok(self.0.clone().place_hold(request).await.map_err(Fault::from)?.into_inner().hold_id)
    }

    /// Takes points in that were set aside. *Idempotent*: by the refund.
    pub(crate) async fn settle(&self, refund_no: &str, order_no: &str, hold_id: i64) -> Result<(), Fault> {
        let request = SettleHoldRequest {
            idempotency_key: format!("refund:{refund_no}:points:taken"),
            hold_id,
            amount_minor: 0,
            rest: Rest::Release.into(),
            to: Some(issued()),
            kind: "points_taken_back".to_owned(),
            reference: order_no.to_owned(),
            memo: String::new(),
        };
        self.0.clone().settle_hold(request).await.map_err(Fault::from)?;
        Ok(())
    }

    /// Frees points that were set aside. *Idempotent*.
    pub(crate) async fn release(&self, hold_id: i64) -> Result<(), Fault> {
        self.0.clone().release_hold(ReleaseHoldRequest { hold_id }).await.map_err(Fault::from)?;
        Ok(())
    }
}

fn issued() -> Account {
    Account { kind: AccountKind::PointsIssued.into(), owner: String::new(), asset: POINTS.to_owned() }
}

fn of_user(user_id: i64) -> Account {
    Account { kind: AccountKind::User.into(), owner: user_id.to_string(), asset: POINTS.to_owned() }
}
