//! Tells the bill service what of the shares of sealed bills has been handed over.

use fault::{Code, Fault};
use proto::expense::v1::GetBillSharesResponse;

use crate::{service::Service, store, wire};

/// The most bills of one request.
const BILLS_MAX: usize = 100;

/// Reads the shares of bills; those that are not sealed are left out. *Shape*: sorted by bill, then user.
pub(crate) async fn get_bill_shares(
    service: &Service,
    bill_ids: &[i64],
) -> Result<GetBillSharesResponse, Fault> {
    if bill_ids.len() > BILLS_MAX {
        return Err(Fault::new(Code::BatchLimitExceeded, format!("bill_ids: must be at most {BILLS_MAX}")));
    }
    let mut conn = service.db.acquire().await?;
    let shares = store::bill_shares::shares(&mut conn, bill_ids).await?;
    Ok(GetBillSharesResponse { shares: shares.iter().map(wire::bill_share).collect() })
}
