//! Taking typed variables out of a source, remembering each and collecting what is wrong.
//!
//! A read never fails at once: it records the problem and goes on with the default, so that one start tells
//! everything. The rule not to be broken: what was read is used only after `finish` has passed.

use std::{collections::BTreeMap, fmt::Display, fs, ops::RangeInclusive, path::PathBuf, str::FromStr};

use secrecy::SecretString;

use crate::{
    Entry, Profile, Source, key, mask,
    problem::{Problem, Problems},
    source::{Found, PROFILE},
};

const NOT_SET: &str = "(not set)";
const DEFAULT: &str = "default";
const FILE: &str = "file";
const SECRET_FILE_BYTES_MAX: u64 = 64 * 1024;

/// Reads the variables of one part of the program.
#[derive(Debug)]
pub struct Reader {
    source: Source,
    part: &'static str,
    aliases: BTreeMap<String, Vec<String>>,
    entries: Vec<Entry>,
    problems: Problems,
}

impl Reader {
    pub(crate) fn new(source: Source, part: &'static str) -> Self {
        let problems = source.problems();
        Self { source, part, aliases: BTreeMap::new(), entries: Vec::new(), problems }
    }

    /// Gives the part of the program that is reading.
    pub const fn part(&self) -> &'static str {
        self.part
    }

    /// Declares other names of a variable, before it is read. Two different values are a problem.
    pub fn alias(&mut self, name: &str, others: &[&str]) {
        let known = self.aliases.entry(name.to_owned()).or_default();
        known.extend(others.iter().map(|other| (*other).to_owned()));
    }

    /// Reads a text. Passwords inside an address are masked where it is shown.
    pub fn text(&mut self, name: &str, default: &str, doc: &'static str) -> String {
        let Some(found) = self.find(name) else {
            self.note_default(name, default, doc);
            return default.to_owned();
        };
        self.note(&found, mask::plain(&found.value), doc);
        found.value.trim().to_owned()
    }

    /// Reads a text that may be missing.
    pub fn optional(&mut self, name: &str, doc: &'static str) -> Option<String> {
        let Some(found) = self.find(name) else {
            self.note_default(name, NOT_SET, doc);
            return None;
        };
        self.note(&found, mask::plain(&found.value), doc);
        Some(found.value.trim().to_owned())
    }

    /// Reads a value of a type. A text that is none is a problem, and the default is returned. A default that
    /// is none is a mistake of the program and panics.
    pub fn parse<T: FromStr<Err: Display>>(&mut self, name: &str, default: &str, doc: &'static str) -> T {
        if let Some(found) = self.find(name) {
            self.note(&found, mask::plain(&found.value), doc);
            match found.value.trim().parse() {
                Ok(value) => return value,
                Err(error) => self.complain(&found, &format!("a value such as {default} ({error})")),
            }
        } else {
            self.note_default(name, default, doc);
        }
        match default.parse() {
            Ok(value) => value,
            Err(error) => unreachable!("the default {default} of {name} cannot be read: {error}"),
        }
    }

    /// Reads a value of a type that must lie in a range. *Shape*: both bounds are allowed values.
    pub fn parse_within<T>(
        &mut self,
        name: &str,
        default: &str,
        range: RangeInclusive<T>,
        doc: &'static str,
    ) -> T
    where
        T: FromStr<Err: Display> + PartialOrd + Display,
    {
        let value = self.parse(name, default, doc);
        if !range.contains(&value)
            && let Some(found) = self.find(name)
        {
            self.complain(&found, &format!("a value from {} to {}", range.start(), range.end()));
        }
        value
    }

    /// Reads a switch: `true`, `yes`, `on`, `1` or `false`, `no`, `off`, `0`.
    pub fn flag(&mut self, name: &str, default: bool, doc: &'static str) -> bool {
        let Some(found) = self.find(name) else {
            self.note_default(name, if default { "true" } else { "false" }, doc);
            return default;
        };
        self.note(&found, mask::plain(&found.value), doc);
        match found.value.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => true,
            "false" | "no" | "off" | "0" => false,
            _ => {
                self.complain(&found, "true or false");
                default
            }
        }
    }

    /// Reads a list whose items are separated by commas. *Shape*: items are trimmed, none is empty.
    pub fn list(&mut self, name: &str, default: &str, doc: &'static str) -> Vec<String> {
        let text = self.text(name, default, doc);
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    /// Reads a secret from the variable, or from the file that `<name>_FILE` names. Both at once are a
    /// problem. Its value is shown nowhere.
    pub fn secret(&mut self, name: &str, doc: &'static str) -> Option<SecretString> {
        let found = self.find(name);
        let file = self.source.find(&format!("{name}_FILE"));
        match (found, file) {
            (Some(found), Some(_)) => {
                self.complain_masked(&found, &format!("either {name} or {name}_FILE, not both"));
                None
            }
            (Some(found), None) => {
                self.note(&found, mask::secret(&found.value), doc);
                Some(found.value.into())
            }
            (None, Some(file)) => self.secret_file(&file, doc),
            (None, None) => {
                self.note_default(name, NOT_SET, doc);
                None
            }
        }
    }

    /// Reads a key or certificate given as PEM text, as bare base64 of DER, or as a path to a file with
    /// either. *Shape*: PEM text or base64 without line breaks.
    pub fn key_material(&mut self, name: &str, doc: &'static str) -> Option<SecretString> {
        let Some(found) = self.find(name) else {
            self.note_default(name, NOT_SET, doc);
            return None;
        };
        match key::read(&found.value) {
            Ok(material) => {
                self.note(&found, material.shown, doc);
                Some(material.text.into())
            }
            Err(expected) => {
                self.note(&found, mask::secret(&found.value), doc);
                self.complain_masked(&found, expected);
                None
            }
        }
    }

    /// Reads the profile.
    pub fn profile(&mut self) -> Profile {
        let doc = "development or production; only the environment may set it";
        match self.source.find(PROFILE) {
            Some(found) => self.note(&found, mask::plain(&found.value), doc),
            None => self.note_default(PROFILE, Profile::Development.as_str(), doc),
        }
        self.source.profile()
    }

    /// Reads the folder in which the program keeps what it makes itself.
    pub fn data_dir(&mut self) -> PathBuf {
        self.text("DORMPAY_DATA_DIR", ".data", "folder for keys, uploads and private databases").into()
    }

    /// Records a problem that only the reading crate can see, such as a key that production demands. What was
    /// read is shown as "a value" or "nothing".
    pub fn refuse(&mut self, name: &str, expected: impl Into<String>) {
        let read = if self.find(name).is_some() { "a value" } else { "nothing" };
        self.problems.add(Problem {
            name: name.to_owned(),
            read: read.to_owned(),
            expected: expected.into(),
        });
    }

    /// Gives what was read so far, masked, in the order of reading.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Passes if nothing was wrong.
    ///
    /// *Errors*: all problems, of the source and of every read.
    pub fn finish(&self) -> Result<(), Problems> {
        self.problems.clone().into_result()
    }

    /// Finds a variable under its name or an alias, and complains about two that differ.
    fn find(&mut self, name: &str) -> Option<Found> {
        let aliases = self.aliases.get(name).cloned().unwrap_or_default();
        let mut all = std::iter::once(name).chain(aliases.iter().map(String::as_str));
        let first = all.by_ref().find_map(|name| self.source.find(name))?;
        let other = all
            .filter_map(|name| self.source.find(name))
            .find(|other| other.value.trim() != first.value.trim());
        if let Some(other) = other {
            let expected =
                format!("the same value in {} and {}, or one of them alone", first.name, other.name);
            self.complain_masked(&first, &expected);
        }
        Some(first)
    }

    fn secret_file(&mut self, file: &Found, doc: &'static str) -> Option<SecretString> {
        let path = file.value.trim();
        let is_small =
            fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() <= SECRET_FILE_BYTES_MAX);
        let content = if is_small { fs::read_to_string(path).ok() } else { None };
        let secret = content
            .as_deref()
            .map(|text| text.trim_end_matches(['\r', '\n']))
            .filter(|text| !text.is_empty());
        let Some(secret) = secret else {
            self.complain(file, "a path to a readable text file of at most 64 KiB with the secret");
            return None;
        };
        self.note(&Found { label: FILE, ..file.clone() }, mask::secret(secret), doc);
        Some(secret.into())
    }

    fn note(&mut self, found: &Found, shown: String, doc: &'static str) {
        self.entries.push(Entry { name: found.name.clone(), value: shown, source: found.label, doc });
    }

    fn note_default(&mut self, name: &str, value: &str, doc: &'static str) {
        let shown = mask::plain(value);
        self.entries.push(Entry { name: name.to_owned(), value: shown, source: DEFAULT, doc });
    }

    fn complain(&mut self, found: &Found, expected: &str) {
        let read = format!("`{}`", mask::plain(&found.value));
        self.problems.add(Problem { name: found.name.clone(), read, expected: expected.to_owned() });
    }

    fn complain_masked(&mut self, found: &Found, expected: &str) {
        let read = mask::secret(&found.value);
        self.problems.add(Problem { name: found.name.clone(), read, expected: expected.to_owned() });
    }
}
