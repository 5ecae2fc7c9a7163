//! Passwords: Argon2id, never more than two at a time, off the threads that serve.
//!
//! Nineteen MiB and two rounds each (the crate's defaults are OWASP's). Who may try how often is decided by the
//! operations. The rule not to be broken: an unknown user costs as much time as a known one.

use std::{sync::Arc, time::Duration};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use fault::Fault;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
    time::timeout,
};

const AT_ONCE_MAX: usize = 2;
/// Below the deadline of a call, so that whoever waits in vain hears why.
const WAIT_MAX: Duration = Duration::from_secs(2);
/// What nobody's password is; only its cost counts.
const NOBODYS: &str = "no user has this password";

/// Hashes and compares passwords. Cheap to clone; clones share their turns.
#[derive(Clone, Debug)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    /// A hash that no password matches, for users that do not exist.
    nobody: Arc<str>,
}

/// A place among those who hash at this moment.
#[derive(Debug)]
pub struct Turn {
    _permit: OwnedSemaphorePermit,
}

impl Passwords {
    /// Prepares a hash for users that do not exist.
    pub fn new() -> Result<Self, Fault> {
        let nobody = hash(NOBODYS)?.into();
        Ok(Self { permits: Arc::new(Semaphore::new(AT_ONCE_MAX)), nobody })
    }

    /// Waits for a turn. *Errors*: `SERVICE_UNAVAILABLE` after two seconds.
    pub async fn turn(&self) -> Result<Turn, Fault> {
        match timeout(WAIT_MAX, Arc::clone(&self.permits).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Turn { _permit: permit }),
            _ => Err(Fault::unavailable("too many passwords are being compared at this moment")),
        }
    }

    /// Hashes a password into a PHC string with a salt of its own.
    pub async fn hash(&self, password: String) -> Result<String, Fault> {
        let turn = self.turn().await?;
        let hashing = spawn_blocking(move || (hash(&password), turn));
        hashing.await.map_err(Fault::internal)?.0
    }

    /// Tells whether a password matches a PHC string; without one it takes as long and never does. The turn comes
    /// back, for what must happen before the next one begins.
    pub async fn matches(
        &self,
        turn: Turn,
        password: String,
        phc: Option<String>,
    ) -> Result<(bool, Turn), Fault> {
        let is_somebody = phc.is_some();
        let phc = phc.unwrap_or_else(|| self.nobody.as_ref().to_owned());
        // The turn goes along, so that it is taken for as long as the work lasts, whoever waits for it.
        let comparing = spawn_blocking(move || (matches(&password, &phc), turn));
        let (is_match, turn) = comparing.await.map_err(Fault::internal)?;
        Ok((is_match? && is_somebody, turn))
    }
}

fn hash(password: &str) -> Result<String, Fault> {
    Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(Fault::internal)
}

fn matches(password: &str, phc: &str) -> Result<bool, Fault> {
    let hash = PasswordHash::new(phc).map_err(Fault::internal)?;
    Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}
