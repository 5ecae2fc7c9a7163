//! UnionPay's online gateway, ACP 5.1.0 with signMethod 01.
//!
//! Signatures, the trust in the certificate that travels along, the two body formats, amounts and the settlement file,
//! from both sides. The rules not to be broken: the certificate of a message counts only after its name, its dates and
//! its chain are checked; versions before 5.1.0, which use SHA-1, are refused.

mod amount;
mod body;
mod explain;
mod file;
mod sign;
mod trust;

pub use self::{
    amount::{fen_text, read_fen},
    body::{auto_post_page, read_answer, read_form, write_answer, write_form},
    explain::explain,
    file::{FileRow, read_file, write_file},
    sign::{Signer, canonical, digest, verify},
    trust::Trust,
};

/// The only version that is spoken.
pub const VERSION: &str = "5.1.0";
/// RSA with SHA-256 by certificates.
pub const SIGN_METHOD: &str = "01";
