//! What cannot start says why and ends.

use std::{net::TcpListener, time::Duration};

use anyhow::Result;
use tokio::time::timeout;

use crate::stage::Stage;

/// Below the time after which the program gives roles up that do not end.
const ENDS_WITHIN: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_taken_port_ends_the_start_and_is_named() -> Result<()> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let refused = timeout(ENDS_WITHIN, Stage::start(&[("EXPENSE_GRPC_ADDR", &address)])).await?;
    let told = refused.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(told.contains("dormpay ended with") && told.contains(&address), "{told}");
    Ok(())
}
