//! The project's files as text.
//!
//! Knows where the tree is and what in it is ours. It judges nothing.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use walkdir::{DirEntry, WalkDir};

/// The seven services, which all have the same rooms.
pub const SERVICES: [&str; 7] = ["user", "room", "expense", "bill", "payment", "wallet", "risk"];

/// One file of ours.
#[derive(Debug, Clone)]
pub struct File {
    /// Path below the project's root, with `/`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl File {
    /// Lines with their numbers from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index.saturating_add(1), line))
    }

    /// Whether the file is part of a test: below a `tests` folder, or named `tests.rs`.
    pub fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }
}

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file of ours with one of these endings, sorted by path. Build outputs and data are left out.
pub fn files(endings: &[&str]) -> Result<Vec<File>> {
    let root = root();
    let mut found = Vec::new();
    for entry in WalkDir::new(&root).sort_by_file_name().into_iter().filter_entry(is_ours) {
        let entry = entry?;
        let path = entry.path().strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
        if entry.file_type().is_file() && endings.iter().any(|ending| path.ends_with(ending)) {
            let text = fs::read_to_string(entry.path()).with_context(|| path.clone())?;
            found.push(File { path, text });
        }
    }
    Ok(found)
}

/// Rust sources of ours.
pub fn sources() -> Result<Vec<File>> {
    files(&[".rs"])
}

fn is_ours(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    entry.depth() == 0 || !matches!(name.as_ref(), ".git" | "target" | ".data" | ".sqlx" | "node_modules")
}
