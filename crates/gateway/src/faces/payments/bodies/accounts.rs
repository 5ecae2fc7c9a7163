//! Bodies of freezing a wallet.

use serde::Deserialize;
use utoipa::ToSchema;

/// Why an operator does it; kept in the audit trail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reason {
    #[schema(min_length = 1, max_length = 1000)]
    pub(crate) reason: String,
}
