//! Keys of the development profile, made once under the data directory.
//!
//! Several processes may start at the same moment: each writes a key of its own aside and links it into place,
//! which only the first one can; all read what is there then. The rule not to be broken: nobody but the owner
//! may read a key.

use std::{
    fs,
    io::{self, ErrorKind, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};

use clock::Clock;

use crate::PrivateKey;

const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// Reads the key of a name under `<data dir>/identity/`, and makes it first where there is none.
pub(crate) fn key(data_dir: &Path, name: &str) -> io::Result<PrivateKey> {
    let folder = data_dir.join("identity");
    let path = folder.join(format!("{name}.pem"));
    if !path.exists() {
        fs::DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(&folder)?;
        make(&folder, &path)?;
    }
    PrivateKey::parse(&fs::read_to_string(&path)?)
        .map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
}

fn make(folder: &Path, path: &Path) -> io::Result<()> {
    let clock = Clock::system();
    let pem = PrivateKey::generate(&clock).and_then(|key| key.to_pem()).map_err(io::Error::other)?;
    let aside = folder.join(format!("new-{}", clock.token(9)));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(&aside)?;
    file.write_all(pem.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&aside, path);
    fs::remove_file(&aside)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
