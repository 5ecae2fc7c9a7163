//! Keys of the development profile, made once under the data directory.
//!
//! How two processes that start at once agree on one lives in `settings`.

use std::{
    io::{self, ErrorKind},
    path::Path,
};

use clock::Clock;

use crate::PrivateKey;

/// Reads the key of a name under `<data dir>/identity/`, and makes it first where there is none.
pub(crate) fn key(data_dir: &Path, name: &str) -> io::Result<PrivateKey> {
    let make = || {
        let clock = Clock::system();
        PrivateKey::generate(&clock).and_then(|key| key.to_pem()).map_err(io::Error::other)
    };
    let pem = settings::made_once(data_dir, &format!("{name}.pem"), make)?;
    PrivateKey::parse(&pem).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
}
