//! Lists what can be ordered (contract section 11).

use fault::Fault;
use proto::bill::v1::{ListProductsResponse, ProductKind};

use crate::{order_wire, service::Service, store::order_parts};

/// Lists what is offered, of one kind or all. *Errors*: `VALIDATION_ERROR` for an unknown kind.
pub(crate) async fn list_products(service: &Service, kind: i32) -> Result<ListProductsResponse, Fault> {
    if ProductKind::try_from(kind).is_err() {
        return Err(Fault::validation("kind", "must be membership or points"));
    }
    let mut conn = service.db.acquire().await?;
    let products = order_parts::products(&mut conn).await?;
    let shown = products.iter().filter(|product| product.is_offered).map(order_wire::product);
    Ok(ListProductsResponse { products: shown.filter(|one| kind == 0 || one.kind == kind).collect() })
}
