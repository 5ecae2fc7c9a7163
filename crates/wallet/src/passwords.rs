//! Payment passwords in memory: how they are hashed, and which were right a short while ago.
//!
//! What is stored of them and how often somebody may try lives elsewhere. The rule not to be broken: a password is never
//! kept, only a keyed hash of it that leaves this process nowhere.

use std::{fmt, sync::Arc, time::Duration};

use clock::Clock;
use fault::Fault;
use moka::future::Cache;
use unicode_normalization::UnicodeNormalization as _;
use vault::{Passwords as Hashing, Vault};

use crate::{password_key::PasswordKey, service::Service};

const CHARS_MIN: usize = 6;
const CHARS_MAX: usize = 64;
/// How long a right password is remembered.
const LIFE: Duration = Duration::from_mins(5);
const REMEMBERED_MAX: u64 = 100_000;

/// A user and the keyed hash of what he typed.
pub(crate) type Mark = (i64, [u8; 32]);

/// Hashes payment passwords and remembers which were right. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Passwords {
    hashing: Hashing,
    vault: Arc<Vault>,
    /// The version of the password that was right.
    right: Cache<Mark, i64>,
}

/// A password that was right, now or a short while ago.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proven {
    pub(crate) version: i64,
    mark: Mark,
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passwords").finish_non_exhaustive()
    }
}

impl Passwords {
    /// Derives what it needs from the service's own key.
    pub(crate) fn new(key: &PasswordKey, clock: Clock) -> Result<Self, Fault> {
        let vault = Arc::new(Vault::new(&key.secret_bytes()?, "wallet", clock)?);
        let right = Cache::builder().max_capacity(REMEMBERED_MAX).time_to_live(LIFE).build();
        Ok(Self { hashing: Hashing::new()?, vault, right })
    }

    /// Gives what hides requests that hold passwords.
    pub(crate) fn vault(&self) -> Arc<Vault> {
        Arc::clone(&self.vault)
    }

    pub(crate) const fn hashing(&self) -> &Hashing {
        &self.hashing
    }

    /// Marks what a user typed.
    pub(crate) fn mark(&self, user_id: i64, typed: &str) -> Result<Mark, Fault> {
        Ok((user_id, self.vault.hidden(&format!("{user_id} {typed}"))?))
    }

    /// Gives the version that a mark was right for; where that is not known, `compare` finds out, once for all who ask
    /// at the same time. What is wrong is not remembered.
    pub(crate) async fn proven(
        &self,
        mark: Mark,
        compare: impl Future<Output = Result<i64, Fault>>,
    ) -> Result<Proven, Fault> {
        let version = self.right.try_get_with(mark, compare).await;
        let version = version.map_err(|fault| Fault::clone(&fault))?;
        Ok(Proven { version, mark })
    }
}

impl Proven {
    /// Forgets that it was right.
    pub(crate) async fn forget(&self, service: &Service) {
        service.passwords.right.invalidate(&self.mark).await;
    }
}

/// Gives the form in which a typed password is compared, so that every keyboard gives the same.
pub(crate) fn typed(text: &str) -> String {
    text.chars().take(CHARS_MAX.saturating_add(1)).nfkc().collect()
}

/// Passes a new payment password: 6 to 64 characters, not one digit over and over nor a row of digits.
pub(crate) fn new(text: &str) -> Result<String, Fault> {
    let wrong = |rule: &str| Err(Fault::validation("new_password", rule));
    let chars: Vec<char> = text.chars().collect();
    if !(CHARS_MIN..=CHARS_MAX).contains(&chars.len()) {
        return wrong("must have 6 to 64 characters");
    }
    if chars.iter().any(|char| char.is_control()) {
        return wrong("must not contain control characters");
    }
    let steps = |by: i64| {
        chars.windows(2).all(|pair| match pair {
            [one, next] => i64::from(u32::from(*next)) == i64::from(u32::from(*one)).saturating_add(by),
            _ => false,
        })
    };
    if steps(0) || steps(1) || steps(-1) {
        return wrong("must not be one character over and over, nor a plain row such as 123456");
    }
    Ok(typed(text))
}
