//! Keys that the development profile makes.

use std::{collections::HashSet, fs, os::unix::fs::PermissionsExt as _, path::PathBuf, thread};

use clock::Clock;
use settings::Source;

use crate::{Settings, development};

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("dormpay-identity-{}", Clock::system().token(9))))
    }

    fn source(&self, more: &[(&str, &str)]) -> Source {
        let data_dir = ("DORMPAY_DATA_DIR", self.0.to_str().unwrap());
        Source::from_pairs(more.iter().copied().chain([data_dir]))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

#[test]
fn sixteen_starts_at_once_agree_on_one_key() {
    let folder = Folder::new();
    let ids: HashSet<String> = thread::scope(|scope| {
        let starts: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| development::key(&folder.0, "k").unwrap().public().id()))
            .collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    assert_eq!(ids.len(), 1);
}

#[test]
fn nobody_but_the_owner_may_read_a_key() {
    let folder = Folder::new();
    development::key(&folder.0, "k").unwrap();
    let files: Vec<_> = fs::read_dir(folder.0.join("identity")).unwrap().map(Result::unwrap).collect();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn development_makes_what_is_missing_and_two_reads_agree() {
    let folder = Folder::new();
    let clock = Clock::system();
    let [one, two] = [(); 2].map(|()| Settings::read(&folder.source(&[])).unwrap());
    let token = one.signer("bill", clock.clone()).unwrap().token().unwrap();
    assert!(two.verifier(clock).verify_service(&token).is_ok());
}

#[test]
fn production_refuses_to_start_without_keys_and_names_them() {
    let folder = Folder::new();
    let problems =
        Settings::read(&folder.source(&[("DORMPAY_PROFILE", "production")])).unwrap_err().to_string();
    assert!(problems.contains("JWT_PUBLIC_KEY") && problems.contains("SERVICE_IDENTITY_KEY"), "{problems}");
    assert!(!folder.0.exists());
}

#[test]
fn a_value_that_is_no_key_is_a_problem() {
    let folder = Folder::new();
    let wrong = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let problems =
        Settings::read(&folder.source(&[("SERVICE_IDENTITY_KEY", wrong)])).unwrap_err().to_string();
    assert!(problems.contains("SERVICE_IDENTITY_KEY") && !problems.contains(wrong), "{problems}");
}
