//! Secrets of the development profile, made once under the data directory.
//!
//! Several processes may start at the same moment: each writes one of its own aside and links it into place, which only
//! the first one can; all read what is there then. What a secret is does not live here. The rule not to be broken:
//! nobody but the owner may read it.

use std::{
    fs,
    io::{self, ErrorKind, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
    process,
    sync::atomic::{AtomicU64, Ordering},
};

const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// Tells the files apart that one process writes aside.
static ASIDE: AtomicU64 = AtomicU64::new(0);

/// Reads the file of a name under `<data dir>/identity/`; where there is none, `make` says what it shall hold.
///
/// *Errors*: what the file system or `make` says.
pub fn made_once(
    data_dir: &Path,
    name: &str,
    make: impl FnOnce() -> io::Result<String>,
) -> io::Result<String> {
    let folder = data_dir.join("identity");
    let path = folder.join(name);
    if !path.exists() {
        fs::DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(&folder)?;
        put(&folder, &path, &make()?)?;
    }
    fs::read_to_string(&path)
}

fn put(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    let number = ASIDE.fetch_add(1, Ordering::Relaxed);
    let aside = folder.join(format!("new-{}-{number}", process::id()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(&aside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&aside, path);
    fs::remove_file(&aside)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
