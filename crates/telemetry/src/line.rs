//! One log line: named values in order, the last of a name winning, written as a JSON object.
//!
//! Where the values come from is decided in `lines`. Values are bounded, so that nobody fills a log with one
//! request.

use std::{borrow::Cow, fmt};

use serde::{Serialize, Serializer};
use serde_json::Value;
use tracing::field::{Field, Visit};

const VALUE_CHARS_MAX: usize = 4_000;
const FIELDS_MAX: usize = 64;

/// Collects named values. As a visitor it takes the fields of a span or an event.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line(Vec<(Cow<'static, str>, Value)>);

impl Line {
    pub(crate) fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
        let (name, value) = (name.into(), value.into());
        if let Some(known) = self.0.iter_mut().find(|(known, _)| *known == name) {
            known.1 = value;
        } else if self.0.len() < FIELDS_MAX {
            self.0.push((name, value));
        }
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(at).1)
    }

    pub(crate) fn extend(&mut self, other: Self) {
        for (name, value) in other.0 {
            self.set(name, value);
        }
    }

    /// Drops the values whose names begin so.
    pub(crate) fn drop_prefixed(&mut self, prefix: &str) {
        self.0.retain(|(name, _)| !name.starts_with(prefix));
    }

    fn set_text(&mut self, field: &Field, text: &str) {
        let value = match text.char_indices().nth(VALUE_CHARS_MAX) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text.to_owned(),
        };
        self.set(field.name(), value);
    }
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set_text(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set_text(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field.name(), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field.name(), value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(error) = source.filter(|_| text.len() < VALUE_CHARS_MAX) {
            text = format!("{text}: {error}");
            source = error.source();
        }
        self.set_text(field, &text);
    }
}
