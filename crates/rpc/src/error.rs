//! Why a server does not start, or breaks.
//!
//! These are mistakes of the installation, seen at the start. What goes wrong in a call is a `Fault`.

use std::net::SocketAddr;

use fault::Fault;

/// Says why a server could not start, or broke.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is taken or not ours.
    #[error("{address} cannot be listened on: {source}")]
    Listen {
        /// Where the server was to listen.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The descriptor set that was handed in cannot be read.
    #[error("the descriptor set cannot be read: {0}")]
    Descriptor(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The server ended by itself.
    #[error("the server broke: {0}")]
    Serve(#[source] tonic::transport::Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::internal(error)
    }
}
