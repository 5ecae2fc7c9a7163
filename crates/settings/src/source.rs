//! Where settings come from: layers of names and values, the first layer winning.
//!
//! The process's environment comes first, then a `.env` file, which production never reads. Nothing here
//! changes the process's environment. Typed reading lives in `reader`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    Reader,
    problem::{Problem, Problems},
};

/// The variable that names the profile; only the environment may set it.
pub(crate) const PROFILE: &str = "DORMPAY_PROFILE";
pub(crate) const ENVIRONMENT: &str = "environment";
const DOT_ENV: &str = ".env";

/// Tells apart a developer's machine and the real thing (contract section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Sandbox, made-up keys and defaults are allowed.
    Development,
    /// Nothing is made up: a missing key stops the start.
    Production,
}

impl Profile {
    /// Gives the word that the setting uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Production => "production",
        }
    }

    /// Tells whether this is production.
    pub const fn is_production(self) -> bool {
        matches!(self, Self::Production)
    }
}

/// Holds all variables, read once. Cheap to clone.
#[derive(Clone)]
pub struct Source(Arc<Contents>);

struct Contents {
    layers: Vec<Layer>,
    /// What was wrong with the sources themselves; every reader reports it.
    problems: Problems,
}

#[derive(Clone)]
struct Layer {
    label: &'static str,
    values: BTreeMap<String, String>,
}

/// Lines of a file that belong together, such as the keys of one account: those whose names have a prefix. They count only
/// if none of certain names is said elsewhere, so that halves of two accounts never meet.
#[derive(Clone, Copy, Debug)]
pub struct Together {
    /// How their names begin.
    pub prefix: &'static str,
    /// What says that there is another account; aliases too.
    pub unless: &'static [&'static str],
}

/// A value that was found, with the name and the layer that held it.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) label: &'static str,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let layers: Vec<_> = self.0.layers.iter().map(|layer| (layer.label, layer.values.len())).collect();
        f.debug_struct("Source").field("layers", &layers).finish()
    }
}

impl Source {
    /// Reads the process's environment and, unless its profile is production, the file `.env` of the working
    /// directory or the nearest one above it.
    pub fn from_process() -> Self {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self::assemble(environment, nearest_dot_env().as_deref())
    }

    /// Puts the layers together; in production the file is not even opened.
    pub(crate) fn assemble(environment: BTreeMap<String, String>, dot_env: Option<&Path>) -> Self {
        let profile = profile_of(environment.get(PROFILE)).unwrap_or(Profile::Production);
        let mut problems = Problems::default();
        let mut layers = vec![Layer { label: ENVIRONMENT, values: environment }];
        if !profile.is_production() {
            layers.extend(dot_env.and_then(|path| read_dot_env(path, &mut problems)));
        }
        Self(Arc::new(Contents { layers, problems }))
    }

    /// Takes names and values as if the environment held them. For tests.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let environment = pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self::assemble(environment, None)
    }

    /// Adds a file of `NAME=value` lines that counts where nothing else does, such as what the sandbox writes about
    /// itself. Lines that belong together count all or not at all. In production, and if there is no such file, nothing
    /// is added.
    #[must_use]
    pub fn with_development_file(&self, path: &Path, label: &'static str, together: &[Together]) -> Self {
        if self.profile().is_production() || !path.is_file() {
            return self.clone();
        }
        let mut problems = self.0.problems.clone();
        let mut layers = self.0.layers.clone();
        if let Some(mut layer) = read_dot_env(path, &mut problems) {
            let said = |it: &&Together| it.unless.iter().any(|name| self.find(name).is_some());
            for Together { prefix, .. } in together.iter().filter(said) {
                layer.values.retain(|name, _| !name.starts_with(prefix));
            }
            layers.push(Layer { label, ..layer });
        }
        Self(Arc::new(Contents { layers, problems }))
    }

    /// Starts reading for a part of the program, such as a service or a crate.
    pub fn reader(&self, part: &'static str) -> Reader {
        Reader::new(self.clone(), part)
    }

    /// Tells the profile. An unknown word counts as production, the careful one; a reader reports it.
    pub fn profile(&self) -> Profile {
        profile_of(self.find(PROFILE).as_ref().map(|found| &found.value)).unwrap_or(Profile::Production)
    }

    /// Finds a variable. One that is empty or blank counts as not set.
    pub(crate) fn find(&self, name: &str) -> Option<Found> {
        self.0.layers.iter().find_map(|layer| {
            let value = layer.values.get(name).filter(|value| !value.trim().is_empty())?;
            Some(Found { name: name.to_owned(), value: value.clone(), label: layer.label })
        })
    }

    pub(crate) fn problems(&self) -> Problems {
        let mut problems = self.0.problems.clone();
        if let Some(found) = self.find(PROFILE)
            && profile_of(Some(&found.value)).is_err()
        {
            problems.add(Problem {
                name: PROFILE.to_owned(),
                read: crate::mask::plain(&found.value),
                expected: "development or production".to_owned(),
            });
        }
        problems
    }
}

fn profile_of(value: Option<&String>) -> Result<Profile, ()> {
    match value.map(|value| value.trim()) {
        None | Some("" | "development") => Ok(Profile::Development),
        Some("production") => Ok(Profile::Production),
        Some(_) => Err(()),
    }
}

/// Finds the file `.env` in the working directory or the nearest one above it.
fn nearest_dot_env() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors().map(|folder| folder.join(DOT_ENV)).find(|path| path.is_file())
}

/// Reads a file of `NAME=value` lines. What cannot be read is told without showing the line, which may hold
/// a secret.
fn read_dot_env(path: &Path, problems: &mut Problems) -> Option<Layer> {
    let mut complain = |read: &str, expected: &str| {
        problems.add(Problem {
            name: path.display().to_string(),
            read: read.to_owned(),
            expected: expected.to_owned(),
        });
    };
    let Ok(lines) = dotenvy::from_path_iter(path) else {
        complain("nothing", "a readable file or none");
        return None;
    };
    let mut values = BTreeMap::new();
    for line in lines {
        let Ok((name, value)) = line else {
            complain("a line that is not NAME=value", "only such lines, quoted where they hold spaces");
            break;
        };
        if name == PROFILE && value.trim() != Profile::Development.as_str() {
            complain(&format!("{PROFILE}, which was ignored"), "the profile in the environment alone");
        } else {
            values.insert(name, value);
        }
    }
    Some(Layer { label: DOT_ENV, values })
}
