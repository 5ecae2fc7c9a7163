//! The door of a service: what it serves and to whom.
//!
//! Health, reflection and audit are the host's own and not named here. The rule not to be broken: a service that is
//! added has its rows in the access table, or nobody may call it.

use std::{convert::Infallible, fmt};

use http::{Request, Response};
use identity::Table;
use tonic::{body::Body, server::NamedService};
use tower::Service;

type Adding = Box<dyn FnOnce(rpc::Server) -> rpc::Server + Send>;

/// Names what a service serves.
pub struct Door {
    pub(crate) table: Table,
    adding: Vec<Adding>,
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").field("services", &self.adding.len()).finish_non_exhaustive()
    }
}

impl Door {
    /// Begins a door with who may call which method.
    pub const fn new(table: Table) -> Self {
        Self { table, adding: Vec::new() }
    }

    /// Adds a generated service.
    #[must_use]
    pub fn serving<S>(self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.with(|server| server.add(service))
    }

    /// Takes larger requests than 256 KiB. The generated service has a limit of its own, 4 MiB unless
    /// `max_decoding_message_size` raises it.
    #[must_use]
    pub fn request_bytes_max(self, bytes: usize) -> Self {
        self.with(move |server| server.request_bytes_max(bytes))
    }

    /// Hangs all of it to a server.
    pub(crate) fn hang(self, server: rpc::Server) -> rpc::Server {
        self.adding.into_iter().fold(server, |server, add| add(server))
    }

    fn with(mut self, add: impl FnOnce(rpc::Server) -> rpc::Server + Send + 'static) -> Self {
        self.adding.push(Box::new(add));
        self
    }
}
