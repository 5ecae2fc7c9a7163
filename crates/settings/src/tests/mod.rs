//! Settings, in sentences.
//!
//! Reading in `reading`, secrets and keys in `secrets`, layers in `layers`. Files live in a folder of their
//! own for each test, which goes with the test.

use std::{fs, path::PathBuf};

use crate::Source;

mod layers;
mod reading;
mod secrets;

fn source(pairs: &[(&str, &str)]) -> Source {
    Source::from_pairs(pairs.iter().copied())
}

/// Holds files for one test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("dormpay-settings-{}-{test}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
