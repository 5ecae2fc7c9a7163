//! Who may call what.

use super::stage;
use crate::access::{SERVICES, TABLE};

#[test]
fn every_method_has_a_row() {
    assert_eq!(identity::access::gaps(TABLE, SERVICES), Vec::<String>::new());
}

#[tokio::test]
async fn the_access_table_holds_for_every_proof() {
    let stage = stage().await;
    assert_eq!(stage.served.access_breaches(TABLE, &stage.clock).await, Vec::<String>::new());
}
