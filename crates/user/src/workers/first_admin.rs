//! Makes the administrator that the settings name, once.
//!
//! If the database is away it waits for it. The rule not to be broken: whoever has the name already is left as he
//! is, password and all.

use std::time::Duration;

use fault::Code;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{NewAdmin, operations::bootstrap, service::Service};

const PAUSE: Duration = Duration::from_secs(2);

/// Makes the administrator, then rests until it is told to stop.
pub(crate) async fn make(service: Service, admin: NewAdmin, stop: CancellationToken) {
    loop {
        match bootstrap::create_admin(&service.db, &service.passwords, &admin).await {
            Ok(id) => tracing::info!(user_id = id, "the first administrator was made, user {id}"),
            Err(fault) if bootstrap::is_there_already(&fault) => {}
            Err(fault) if matches!(fault.code(), Code::ValidationError | Code::DuplicateEntry) => {
                tracing::error!(%fault, "the first administrator cannot be made: {fault}");
            }
            Err(fault) => {
                tracing::debug!(%fault, "the first administrator waits for the database");
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = sleep(PAUSE) => continue,
                }
            }
        }
        stop.cancelled().await;
        return;
    }
}
