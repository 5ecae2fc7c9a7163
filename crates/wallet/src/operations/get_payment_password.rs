//! Tells a user whether he has a payment password and whether it is locked.

use fault::Fault;
use host::timestamp;
use identity::Caller;
use proto::wallet::v1::GetPaymentPasswordResponse;

use super::rights;
use crate::{service::Service, store::passwords};

/// Reads how the payment password stands. *Errors*: `FORBIDDEN` for somebody else's.
pub(crate) async fn run(
    service: &Service,
    caller: &Caller,
    user_id: i64,
) -> Result<GetPaymentPasswordResponse, Fault> {
    rights::himself(caller, user_id)?;
    let mut conn = service.db.acquire().await?;
    let stored = passwords::find(&mut conn, user_id).await?;
    let now = service.clock.now();
    let locked_until = stored.as_ref().and_then(|stored| stored.locked_until).filter(|until| *until > now);
    Ok(GetPaymentPasswordResponse { is_set: stored.is_some(), locked_until: locked_until.map(timestamp) })
}
