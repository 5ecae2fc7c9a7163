//! What this service asks of the expense service, which holds the truth about shares and payments.
//!
//! Only calls and their faults; nothing is stored or decided here.

use std::collections::HashMap;

use fault::Fault;
use proto::expense::v1::{
    AllocateToBillRequest, AllocatedItem, AllocatedShare, BillItem, BillShare, ConfirmBillShareRequest,
    ConfirmBillShareResponse, Dispute, GetBillSharesRequest, OpenBillDisputeRequest, ReleaseBillRequest,
    SealBillRequest, expense_service_client::ExpenseServiceClient,
};

/// How many bills one call asks about.
const BILLS_PER_CALL: usize = 100;

/// The expense service. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Expenses(ExpenseServiceClient<rpc::Channel>);

/// A bill in one of its sendings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sending {
    pub(crate) bill_id: i64,
    pub(crate) version: i32,
}

impl Expenses {
    /// Prepares the connection; it is made when first used.
    pub(crate) fn new(channel: rpc::Channel) -> Self {
        Self(ExpenseServiceClient::new(channel))
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
}
