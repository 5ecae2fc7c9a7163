//! x
#![allow(missing_docs)]
pub type Channel = tonic::transport::Channel;
#[async_trait::async_trait]
pub trait Gate {
    async fn check(&self, method: &str, headers: &http::HeaderMap) -> Result<http::Extensions, fault::Fault>;
}
