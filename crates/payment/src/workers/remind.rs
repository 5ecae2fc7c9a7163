//! `payment_reminder`: has everybody reminded who owes a share of an approved bill (000-J01).
//!
//! Safe to run twice: the bill service reminds of a share once a day at most.

use fault::Fault;

use crate::peers::Peers;

/// Has the reminders sent. *Errors*: those of the bill service.
pub(super) async fn run(peers: &Peers) -> Result<(), Fault> {
    let reminders = peers.remind_unpaid().await?;
    tracing::info!(reminders, "{reminders} reminders of unpaid shares were sent");
    Ok(())
}
