//! Invite codes: how long they hold, how often, and for whom.
//!
//! A code carries 128 bits, because whoever has it comes in; only its hash is kept. The rule not to be broken: an
//! invite counts only while the one who made it is an admin of the room.

use chrono::{DateTime, TimeDelta, Utc};
use fault::Fault;
use sha2::{Digest as _, Sha256};

use super::Room;

/// Open invites of a room at most.
pub(crate) const OPEN_INVITES_MAX: i64 = 100;

/// Characters of a code, five bits each: 130 bits.
pub(crate) const CODE_CHARS: usize = 26;

/// What a client may send as a code, hyphens and spaces included.
const CODE_INPUT_CHARS_MAX: usize = 100;

const HOURS: std::ops::RangeInclusive<i32> = 1..=720;
const HOURS_DEFAULT: i32 = 72;
const USES: std::ops::RangeInclusive<i32> = 1..=100;
const USES_DEFAULT: i32 = 10;

/// How long and how often a new invite may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) max_uses: i32,
}

impl Terms {
    /// Reads the terms; what is not given is 72 hours and ten uses. *Errors*: a validation fault naming the field.
    pub(crate) fn read(now: DateTime<Utc>, hours: Option<i32>, uses: Option<i32>) -> Result<Self, Fault> {
        let hours = hours.unwrap_or(HOURS_DEFAULT);
        if !HOURS.contains(&hours) {
            return Err(Fault::validation("expires_in_hours", "must be from 1 to 720"));
        }
        let max_uses = uses.unwrap_or(USES_DEFAULT);
        if !USES.contains(&max_uses) {
            return Err(Fault::validation("max_uses", "must be from 1 to 100"));
        }
        Ok(Self { expires_at: now + TimeDelta::hours(hours.into()), max_uses })
    }
}

/// A written invite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invite {
    pub(crate) room_id: i64,
    pub(crate) created_by: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) max_uses: i32,
    pub(crate) uses: i32,
}

impl Invite {
    /// Passes an invite that lets somebody into the room now; `removed_at` is when he was last removed from it.
    ///
    /// *Errors*: `NOT_FOUND` for one that its maker may no longer give, or that is older than his removal;
    /// `STATE_CONFLICT` for one that has run out.
    pub(crate) fn may_be_used(
        &self,
        room: &Room,
        now: DateTime<Utc>,
        removed_at: Option<DateTime<Utc>>,
    ) -> Result<(), Fault> {
        if room.admin(self.created_by).is_err() || removed_at.is_some_and(|at| self.created_at <= at) {
            return Err(no_invite());
        }
        if self.expires_at <= now {
            return Err(Fault::conflict("the invite has expired; ask for a new one"));
        }
        if self.uses >= self.max_uses {
            return Err(Fault::conflict("the invite has been used up; ask for a new one"));
        }
        Ok(())
    }
}

/// Gives the hash under which a code is kept, however people write it: small letters, hyphens and spaces count the
/// same. *Errors*: a validation fault on `code`.
pub(crate) fn code_hash(raw: &str) -> Result<[u8; 32], Fault> {
    let is_kept = |char: &char| !char.is_whitespace() && *char != '-';
    let code: String = raw.chars().filter(is_kept).map(|char| char.to_ascii_uppercase()).collect();
    if code.is_empty() {
        return Err(Fault::validation("code", "must not be empty"));
    }
    if raw.chars().count() > CODE_INPUT_CHARS_MAX {
        return Err(Fault::validation("code", format!("must be at most {CODE_INPUT_CHARS_MAX} characters")));
    }
    Ok(Sha256::digest(code.as_bytes()).into())
}

/// Says that there is no such invite, or none for the caller.
pub(crate) fn no_invite() -> Fault {
    Fault::not_found("invite")
}
