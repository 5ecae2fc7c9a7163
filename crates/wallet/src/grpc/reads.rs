//! What reading gives, as messages, and which asset a request means.
//!
//! Only the form is changed here.

use fault::Fault;
use proto::wallet::v1::{Check, CheckLedgerResponse, GetBalanceResponse, GetPublicKeyResponse};

use crate::{
    domain::Asset, operations::check_ledger::Proof, password_key::PasswordKey, store::accounts::Holding,
};

/// Reads the asset of a balance; an empty text is CNY.
pub(super) fn asset(text: &str) -> Result<Asset, Fault> {
    if text.is_empty() { Ok(Asset::Currency(money::Currency::CNY)) } else { Asset::parse("currency", text) }
}

pub(super) fn balance(holding: Holding, asset: Asset) -> GetBalanceResponse {
    GetBalanceResponse {
        balance_minor: holding.balance_minor,
        held_minor: holding.held_minor,
        currency: asset.as_str().to_owned(),
        version: holding.version,
        available_minor: holding.balance_minor.saturating_sub(holding.held_minor),
        is_frozen: holding.is_frozen,
    }
}

pub(super) fn public_key(key: &PasswordKey) -> GetPublicKeyResponse {
    GetPublicKeyResponse {
        key_id: key.id().to_owned(),
        spki_base64: key.spki().to_owned(),
        allows_plain_text: key.allows_plain_text(),
    }
}

pub(super) fn proof(proof: Proof) -> CheckLedgerResponse {
    let is_sound = proof.is_sound();
    let checks = proof.checks.into_iter().map(|check| Check {
        name: check.name.to_owned(),
        rule: check.rule.to_owned(),
        broken: check.broken,
        is_ok: check.broken == 0,
    });
    CheckLedgerResponse {
        is_sound,
        checks: checks.collect(),
        accounts: proof.accounts,
        transfers: proof.transfers,
        entries: proof.entries,
        holds: proof.holds,
    }
}
