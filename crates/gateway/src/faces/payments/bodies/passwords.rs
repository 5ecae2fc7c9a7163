//! Bodies of the payment password (contract section 16).
//!
//! No `Debug`: what is in here must not be logged by accident.

use chrono_tz::Tz;
use proto::wallet::v1 as wallet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::faces::times;

const ALGORITHM: &str = "RSA-OAEP-SHA256";

/// The key with which payment passwords are encrypted.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PublicKey {
    key_id: String,
    #[schema(example = "RSA-OAEP-SHA256")]
    algorithm: &'static str,
    /// `SubjectPublicKeyInfo` in DER, base64.
    public_key: String,
    /// Whether a payment password may be sent as it is; never in production.
    plain_text_allowed: bool,
}

impl From<wallet::GetPublicKeyResponse> for PublicKey {
    fn from(key: wallet::GetPublicKeyResponse) -> Self {
        Self {
            key_id: key.key_id,
            algorithm: ALGORITHM,
            public_key: key.spki_base64,
            plain_text_allowed: key.allows_plain_text,
        }
    }
}

/// Whether there is a payment password and whether it can be used.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PasswordState {
    is_set: bool,
    /// Until when no try is taken; null when it is not locked.
    #[schema(example = "2024-01-16T10:45:00")]
    locked_until: Option<String>,
}

impl PasswordState {
    /// Prints the state.
    pub(crate) fn of(state: &wallet::GetPaymentPasswordResponse, zone: Tz) -> Self {
        Self { is_set: state.is_set, locked_until: times::local(state.locked_until, zone) }
    }
}

/// A payment password for the first time, or in place of another one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewPassword {
    /// Encrypted, base64.
    new_password: String,
    /// Encrypted, base64; to be given when one is set already.
    #[serde(default)]
    old_password: Option<String>,
}

impl NewPassword {
    /// Asks the wallet service to set it.
    pub(crate) fn request(self, user_id: i64) -> wallet::SetPaymentPasswordRequest {
        wallet::SetPaymentPasswordRequest {
            user_id,
            old_password: self.old_password.unwrap_or_default(),
            new_password: self.new_password,
        }
    }
}

/// A payment password in place of one that is forgotten or locked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ResetPassword {
    /// Encrypted, base64.
    login_password: String,
    /// Encrypted, base64.
    new_password: String,
}

impl ResetPassword {
    /// Asks the wallet service to reset it.
    pub(crate) fn request(self, user_id: i64) -> wallet::ResetPaymentPasswordRequest {
        wallet::ResetPaymentPasswordRequest {
            user_id,
            login_password: self.login_password,
            new_password: self.new_password,
        }
    }
}
