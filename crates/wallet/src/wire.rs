//! From messages to what the domain knows. The way back is `answers`.
//!
//! Everything a caller sends is checked here, before it meets a balance: shapes, lengths, bounds, sums. Who may call is
//! asked elsewhere. The rules not to be broken: a refusal names its field; a request's hash covers all of it but its key.

use std::collections::{HashMap, HashSet};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use fault::Fault;
use identity::Caller;
use proto::wallet::v1::{
    self as message, AccountKind, NewTransfer, PlaceHoldRequest, Rest as WantedRest, SettleHoldRequest,
};
use sha2::{Digest as _, Sha256};

use crate::domain::{Account, LEG_MINOR_MAX, LEGS_MAX, Leg, Note, Placement, Rest, Settlement, Transfer};
use crate::service::Service;

const KEY_BYTES_MAX: usize = 255;
const KIND_BYTES_MAX: usize = 40;
const TEXT_CHARS_MAX: usize = 200;
/// The longest life of a hold.
const HOLD_LIFE: TimeDelta = TimeDelta::days(366);

/// Reads the name of an account.
pub(crate) fn account(field: &str, account: Option<&message::Account>) -> Result<Account, Fault> {
    let account = account.ok_or_else(|| Fault::validation(field, "must be given"))?;
    let kind = match account.kind() {
        AccountKind::Unspecified => "",
        AccountKind::User => "user",
        AccountKind::Merchant => "merchant",
        AccountKind::Channel => "channel",
        AccountKind::Suspense => "suspense",
        AccountKind::Revenue => "revenue",
        AccountKind::PointsIssued => "points_issued",
    };
    Account::parse(field, kind, &account.owner, &account.asset)
}

/// Reads a transfer that `caller` wants posted.
pub(crate) fn transfer(caller: &Caller, asked: NewTransfer) -> Result<Transfer, Fault> {
    let legs: Vec<Leg> = asked.legs.iter().enumerate().map(leg).collect::<Result<_, _>>()?;
    balanced(&legs)?;
    let mut hash = Digest::new("transfer");
    for leg in &legs {
        hash.account(leg.account).number(leg.amount_minor);
    }
    let kind = kind(asked.kind)?;
    let texts = Texts { key: asked.idempotency_key, reference: asked.reference, memo: asked.memo };
    Ok(Transfer { note: note(caller, hash, kind, texts)?, legs, debit: None })
}

fn leg((place, leg): (usize, &message::Leg)) -> Result<Leg, Fault> {
    let field = format!("legs[{place}]");
    let account = account(&format!("{field}.account"), leg.account.as_ref())?;
    let amount_minor = leg.amount_minor;
    if amount_minor == 0 || amount_minor.unsigned_abs() > LEG_MINOR_MAX.unsigned_abs() {
        let rule = format!("must be from 1 to {LEG_MINOR_MAX}, or the same below zero");
        return Err(Fault::validation(format!("{field}.amount_minor"), rule));
    }
    Ok(Leg { account, amount_minor })
}

/// Passes legs that add up to zero for each asset and name no account twice.
fn balanced(legs: &[Leg]) -> Result<(), Fault> {
    if !(2..=LEGS_MAX).contains(&legs.len()) {
        return Err(Fault::validation("legs", format!("must be 2 to {LEGS_MAX}")));
    }
    let mut named = HashSet::with_capacity(legs.len());
    let mut sums = HashMap::with_capacity(2);
    for leg in legs {
        if !named.insert(leg.account) {
            return Err(Fault::validation("legs", format!("{} stands in more than one", leg.account)));
        }
        // A hundred legs of bounded size stay far within 64 bits.
        let sum: &mut i64 = sums.entry(leg.account.asset).or_default();
        *sum = sum.saturating_add(leg.amount_minor);
    }
    match sums.iter().find(|(_, sum)| **sum != 0) {
        Some((asset, sum)) => {
            let rule = format!("amounts in {} add up to {sum}, expected 0", asset.as_str());
            Err(Fault::validation("legs", rule))
        }
        None => Ok(()),
    }
}

/// Makes the note of a transfer that a user asks for himself: known by his own key, or by none if he sent none.
pub(crate) fn own_note(
    service: &Service,
    caller: &Caller,
    kind: &str,
    (reference, memo): (String, String),
    legs: &[Leg],
) -> Result<Note, Fault> {
    let user_id = caller.user()?.id;
    let key = match rpc::context::current().and_then(|context| context.idempotency_key) {
        // Hashed, because a key may be as long as ours.
        Some(key) => format!("{kind}:{user_id}:{}", URL_SAFE_NO_PAD.encode(Sha256::digest(key.as_bytes()))),
        None => format!("{kind}:{user_id}::{}", service.clock.new_uuid().simple()),
    };
    let mut hash = Digest::new("transfer");
    for leg in legs {
        hash.account(leg.account).number(leg.amount_minor);
    }
    hash.text(kind).text(&reference).text(&memo);
    Ok(Note { key, hash: hash.finish(), kind: kind.to_owned(), reference, memo, actor: actor(caller)? })
}

/// Reads a hold that `caller` wants placed.
pub(crate) fn placement(
    caller: &Caller,
    asked: PlaceHoldRequest,
    now: DateTime<Utc>,
) -> Result<Placement, Fault> {
    let account = account("account", asked.account.as_ref())?;
    if account.may_be_negative() {
        return Err(Fault::validation("account", "must not be one that may be negative"));
    }
    let amount_minor = held_amount(asked.amount_minor)?;
    let expires_at = asked.expires_at.as_ref().and_then(host::instant).map(to_micros);
    let expires_at = expires_at.ok_or_else(|| Fault::validation("expires_at", "must be an instant"))?;
    let mut hash = Digest::new("hold");
    hash.account(account).number(amount_minor).number(expires_at.timestamp_micros());
    let texts = Texts { key: asked.idempotency_key, reference: asked.reference, memo: asked.memo };
    let note = note(caller, hash, String::new(), texts)?;
    // That it lies in the future is asked later: the same request again is answered although its hold is over.
    if expires_at.signed_duration_since(now) > HOLD_LIFE {
        return Err(Fault::validation("expires_at", "must be within 366 days"));
    }
    Ok(Placement { note, account, amount_minor, expires_at, debit: None })
}

/// Reads a settlement of a hold of `from` that `caller` wants made.
pub(crate) fn settlement(
    caller: &Caller,
    asked: SettleHoldRequest,
    from: Account,
) -> Result<Settlement, Fault> {
    let to = account("to", asked.to.as_ref())?;
    if to == from {
        return Err(Fault::validation("to", "must be another account than the hold's"));
    }
    if to.asset != from.asset {
        return Err(Fault::validation("to.asset", format!("must be {}", from.asset.as_str())));
    }
    let amount_minor = match asked.amount_minor {
        0 => None,
        amount => Some(held_amount(amount)?),
    };
    let rest = match asked.rest() {
        WantedRest::Unspecified => return Err(Fault::validation("rest", "must be keep or release")),
        WantedRest::Keep => Rest::Keep,
        WantedRest::Release => Rest::Release,
    };
    let mut hash = Digest::new("settlement");
    hash.number(asked.hold_id).number(asked.amount_minor).number(asked.rest.into()).account(to);
    let kind = kind(asked.kind)?;
    let texts = Texts { key: asked.idempotency_key, reference: asked.reference, memo: asked.memo };
    let note = note(caller, hash, kind, texts)?;
    Ok(Settlement { note, hold_id: asked.hold_id, from, to, amount_minor, rest })
}

fn held_amount(amount_minor: i64) -> Result<i64, Fault> {
    if (1..=LEG_MINOR_MAX).contains(&amount_minor) {
        Ok(amount_minor)
    } else {
        Err(Fault::validation("amount_minor", format!("must be from 1 to {LEG_MINOR_MAX}")))
    }
}

/// Cuts what PostgreSQL does not keep.
fn to_micros(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}

struct Texts {
    key: String,
    reference: String,
    memo: String,
}

fn note(caller: &Caller, mut hash: Digest, kind: String, texts: Texts) -> Result<Note, Fault> {
    let key = key(texts.key)?;
    let reference = line("reference", texts.reference)?;
    let memo = line("memo", texts.memo)?;
    hash.text(&kind).text(&reference).text(&memo);
    Ok(Note { key, hash: hash.finish(), kind, reference, memo, actor: actor(caller)? })
}

/// Passes a key as contract section 7 has it.
pub(crate) fn key(key: String) -> Result<String, Fault> {
    let is_printable = key.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if key.is_empty() || key.len() > KEY_BYTES_MAX || !is_printable {
        let rule = format!("must be 1 to {KEY_BYTES_MAX} printable ASCII characters");
        return Err(Fault::validation("idempotency_key", rule));
    }
    Ok(key)
}

fn kind(kind: String) -> Result<String, Fault> {
    let is_word = kind.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if kind.is_empty() || kind.len() > KIND_BYTES_MAX || !is_word {
        let rule = format!("must be 1 to {KIND_BYTES_MAX} of a-z, 0-9 and _");
        return Err(Fault::validation("kind", rule));
    }
    Ok(kind)
}

/// Passes a line of text; plain ASCII, which most are, is in its normal form already.
fn line(field: &str, text: String) -> Result<String, Fault> {
    let is_plain = text.len() <= TEXT_CHARS_MAX
        && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        && text.trim().len() == text.len();
    if is_plain { Ok(text) } else { input::line(field, &text, 0..=TEXT_CHARS_MAX) }
}

/// Says who acts, as `user:7` or `service:payment`.
fn actor(caller: &Caller) -> Result<String, Fault> {
    match &caller.user {
        Some(user) => Ok(format!("user:{}", user.id)),
        None => Ok(format!("service:{}", caller.service()?)),
    }
}

/// Hashes what makes a request what it is; every part is set off from the next.
struct Digest(Sha256);

impl Digest {
    fn new(what: &str) -> Self {
        let mut digest = Self(Sha256::new());
        digest.text(what);
        digest
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.0.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
        self.0.update(text.as_bytes());
        self
    }

    fn number(&mut self, number: i64) -> &mut Self {
        self.0.update(number.to_le_bytes());
        self
    }

    fn account(&mut self, account: Account) -> &mut Self {
        self.text(account.kind()).text(&account.owner()).text(account.asset.as_str())
    }

    fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}
