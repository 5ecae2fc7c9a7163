//! Who may call what.

use super::Stage;
use crate::access::{SERVICES, TABLE};

#[test]
fn every_method_has_a_row() {
    assert_eq!(identity::access::gaps(TABLE, SERVICES), Vec::<String>::new());
}

#[tokio::test]
async fn the_access_table_holds_for_every_proof() {
    let stage = Stage::new().await;
    assert_eq!(stage.served().await.access_breaches(TABLE, &stage.clock).await, Vec::<String>::new());
}
