//! Shares and what was handed over of them, of which the expense service holds the truth.

use std::collections::HashMap;

use fault::Fault;
pub(crate) use proto::expense::v1::GetShareDueResponse as Due;
use proto::expense::v1::{
    AllocateToBillRequest, AllocatedItem, AllocatedShare, BillItem, BillShare, CheckShareRefundRequest,
    ConfirmBillShareRequest, ConfirmBillShareResponse, Dispute, GetBillSharesRequest, GetShareDueRequest,
    MoneyPart, OpenBillDisputeRequest, ReleaseBillRequest, SealBillRequest, SettleShareOnlineRequest,
    TakeBackShareOnlineRequest, expense_service_client::ExpenseServiceClient,
    share_payment_service_client::SharePaymentServiceClient,
};

/// How many bills one call asks about.
const BILLS_PER_CALL: usize = 100;

/// The expense service. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Expenses(ExpenseServiceClient<rpc::Channel>, SharePaymentServiceClient<rpc::Channel>);

/// Money of an order: who got, or gives back, how much.
#[derive(Clone, Debug)]
pub(crate) struct OnlineMoney<'a> {
    pub(crate) order_no: &'a str,
    pub(crate) parts: Vec<(i64, i64)>,
}

/// A bill in one of its sendings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sending {
    pub(crate) bill_id: i64,
    pub(crate) version: i32,
}

impl Expenses {
    /// Prepares the connection; it is made when first used.
    pub(crate) fn new(channel: rpc::Channel) -> Self {
        Self(ExpenseServiceClient::new(channel.clone()), SharePaymentServiceClient::new(channel))
    }

    /// Allocates parts of expenses to a bill, in place of what this bill had. *Idempotent*: by the bill.
    pub(crate) async fn allocate(
        &self,
        sending: Sending,
        room_id: i64,
        items: Vec<BillItem>,
    ) -> Result<Vec<AllocatedItem>, Fault> {
        let Sending { bill_id, version } = sending;
        let request = AllocateToBillRequest { bill_id, room_id, items, bill_version: version };
        Ok(self.0.clone().allocate_to_bill(request).await.map_err(Fault::from)?.into_inner().items)
    }

    /// Gives back what a bill had allocated up to this sending. *Idempotent*.
    pub(crate) async fn release(&self, sending: Sending) -> Result<(), Fault> {
        let request = ReleaseBillRequest { bill_id: sending.bill_id, bill_version: sending.version };
        self.0.clone().release_bill(request).await.map_err(Fault::from)?;
        Ok(())
    }

    /// Divides the expenses behind an approved bill by its shares. *Idempotent*.
    pub(crate) async fn seal(&self, bill_id: i64, shares: Vec<AllocatedShare>) -> Result<(), Fault> {
        self.0.clone().seal_bill(SealBillRequest { bill_id, shares }).await.map_err(Fault::from)?;
        Ok(())
    }

    /// Confirms a share on behalf of the user whose request this is. *Idempotent*.
    pub(crate) async fn confirm(
        &self,
        bill_id: i64,
        user_id: i64,
    ) -> Result<ConfirmBillShareResponse, Fault> {
        let request = ConfirmBillShareRequest { bill_id, user_id };
        Ok(self.0.clone().confirm_bill_share(request).await.map_err(Fault::from)?.into_inner())
    }

    /// Disputes a share on behalf of the user whose request this is.
    pub(crate) async fn dispute(&self, request: OpenBillDisputeRequest) -> Result<Dispute, Fault> {
        let reply = self.0.clone().open_bill_dispute(request).await.map_err(Fault::from)?.into_inner();
        reply.dispute.ok_or_else(|| Fault::internal("the expense service opened no dispute"))
    }

    /// Tells how far shares are paid. *Shape*: by bill; a bill that is not sealed has none.
    pub(crate) async fn shares(&self, bill_ids: &[i64]) -> Result<HashMap<i64, Vec<BillShare>>, Fault> {
        let mut found = HashMap::<i64, Vec<BillShare>>::new();
        for chunk in bill_ids.chunks(BILLS_PER_CALL) {
            let request = GetBillSharesRequest { bill_ids: chunk.to_vec() };
            let reply = self.0.clone().get_bill_shares(request).await.map_err(Fault::from)?.into_inner();
            for share in reply.shares {
                found.entry(share.bill_id).or_default().push(share);
            }
        }
        Ok(found)
    }

    /// Tells what is still to be handed over of a share, and to whom.
    pub(crate) async fn due(&self, bill_id: i64, user_id: i64) -> Result<Due, Fault> {
        let request = GetShareDueRequest { bill_id, user_id };
        Ok(self.1.clone().get_share_due(request).await.map_err(Fault::from)?.into_inner())
    }

    /// Notes that the money of an order went to those whom a share is owed to. *Idempotent*: by the order.
    pub(crate) async fn settle_online(
        &self,
        (bill_id, user_id): (i64, i64),
        money: &OnlineMoney<'_>,
    ) -> Result<(), Fault> {
        let (order_no, parts) = (money.order_no.to_owned(), money.parts());
        let request = SettleShareOnlineRequest { order_no, bill_id, user_id, parts };
        self.1.clone().settle_share_online(request).await.map_err(Fault::from)?;
        Ok(())
    }

    /// Passes if the money of an order can go back.
    pub(crate) async fn check_refund(&self, order_no: &str) -> Result<(), Fault> {
        let request = CheckShareRefundRequest { order_no: order_no.to_owned() };
        self.1.clone().check_share_refund(request).await.map_err(Fault::from)?;
        Ok(())
    }

    /// Notes that money went back. *Idempotent*: by the refund.
    pub(crate) async fn take_back_online(
        &self,
        refund_no: &str,
        money: &OnlineMoney<'_>,
    ) -> Result<(), Fault> {
        let (order_no, refund_no) = (money.order_no.to_owned(), refund_no.to_owned());
        let request = TakeBackShareOnlineRequest { order_no, refund_no, parts: money.parts() };
        self.1.clone().take_back_share_online(request).await.map_err(Fault::from)?;
        Ok(())
    }
}

impl OnlineMoney<'_> {
    fn parts(&self) -> Vec<MoneyPart> {
        let part = |(user_id, amount_minor): &(i64, i64)| MoneyPart {
            user_id: *user_id,
            amount_minor: *amount_minor,
        };
        self.parts.iter().map(part).collect()
    }
}
