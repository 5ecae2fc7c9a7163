//! Who may pass the door of a server. Decided by the crate `identity`, asked here.

use fault::Fault;
use http::{Extensions, HeaderMap};

/// Checks each call before its handler sees it.
#[async_trait::async_trait]
pub trait Gate: Send + Sync + 'static {
    /// Passes a call of a method path such as `/dormpay.user.v1.UserService/GetMe`, and gives what the handler may
    /// know of the caller. *Errors*: what the caller is told.
    async fn check(&self, method: &str, headers: &HeaderMap) -> Result<Extensions, Fault>;
}
