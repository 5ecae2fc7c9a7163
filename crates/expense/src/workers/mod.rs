//! What this service does unasked: it carries the news of its changes to the room and user services.
//!
//! Delivery is at least once; both receivers know what they have by its name.

use durable::outbox::Relay;
use fault::Fault;
use host::Host;
use news::Courier;

use crate::settings::Settings;

/// Makes the relay of this service's outbox.
pub(crate) fn relay(host: &Host, settings: &Settings) -> Result<Relay, Fault> {
    let courier = Courier::new(host.channel(&settings.room_url)?, host.channel(&settings.host.user_url)?);
    Ok(courier.serve(Relay::new(host.db().clone())))
}
