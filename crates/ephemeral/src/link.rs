//! The one connection that all commands of a process share.
//!
//! It is made when first needed and mends itself when it breaks; [`Link::renew`] replaces it when it is silent or
//! talks to a server that may not write. The rule not to be broken: making one never waits.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use redis::{
    Client, IntoConnectionInfo as _, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
    io::tcp::{TcpSettings, socket2::TcpKeepalive},
};
use tokio::time::Instant;

const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);
const RESPONSE_TIMEOUT: Duration = Duration::from_millis(250);
const RETRY_DELAY_MAX: Duration = Duration::from_millis(50);
/// So that a failed-over server does not stay in use.
const AGE_MAX: Duration = Duration::from_mins(5);
const SILENCE_MAX: Duration = Duration::from_secs(2);
/// Commands waiting for the socket.
const QUEUE: usize = 1_024;

/// Holds the connection and how to make another one.
#[derive(Debug)]
pub(crate) struct Link {
    client: Client,
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    manager: ConnectionManager,
    made_at: Instant,
}

impl Link {
    /// Reads the address; connects later. *Errors*: the address cannot be read.
    pub(crate) fn new(url: &str) -> RedisResult<Self> {
        let keepalive = TcpKeepalive::new().with_time(SILENCE_MAX).with_interval(SILENCE_MAX);
        let tcp =
            TcpSettings::default().set_nodelay(true).set_keepalive(keepalive).set_user_timeout(SILENCE_MAX);
        let client = Client::open(url.into_connection_info()?.set_tcp_settings(tcp))?;
        let current = Mutex::new(Current { manager: manager(&client)?, made_at: Instant::now() });
        Ok(Self { client, current })
    }

    /// Gives the connection.
    pub(crate) fn manager(&self) -> ConnectionManager {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.made_at.elapsed() > AGE_MAX {
            self.replace(&mut current);
        }
        current.manager.clone()
    }

    /// Makes another connection for the commands to come.
    pub(crate) fn renew(&self) {
        self.replace(&mut self.current.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Gives what a connection of its own is made from, for subscriptions.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    fn replace(&self, current: &mut Current) {
        if let Ok(manager) = manager(&self.client) {
            *current = Current { manager, made_at: Instant::now() };
        }
    }
}

fn manager(client: &Client) -> RedisResult<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(CONNECT_TIMEOUT))
        .set_response_timeout(Some(RESPONSE_TIMEOUT))
        .set_number_of_retries(1)
        .set_min_delay(RETRY_DELAY_MAX)
        .set_max_delay(RETRY_DELAY_MAX)
        .set_pipeline_buffer_size(QUEUE);
    client.get_connection_manager_lazy(config)
}
