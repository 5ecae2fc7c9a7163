//! Amounts and percentages in JSON: read from the raw text of a token, written as a number with exactly two
//! decimals.
//!
//! serde's own numbers pass through floats, so both directions use `serde_json::value::RawValue`. Hence this
//! works with `serde_json` readers and writers only, and neither under `#[serde(flatten)]` or
//! `#[serde(untagged)]` nor through `serde_json::Value`, which would lose the second decimal.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};
use serde_json::value::RawValue;

use crate::{Minor, MoneyError, Percentage};

/// Takes the decimal text out of a JSON token: a number as it stands, a string without its quotes.
///
/// *Errors*: [`MoneyError::NotPlainDecimal`] for every other token (`null`, `true`, `[`, `{`).
pub(crate) fn token_text(raw: &str) -> Result<String, MoneyError> {
    if raw.starts_with('"') {
        serde_json::from_str(raw).map_err(|_| MoneyError::NotPlainDecimal)
    } else {
        Ok(raw.to_owned())
    }
}

fn write<S: Serializer>(text: String, serializer: S) -> Result<S::Ok, S::Error> {
    RawValue::from_string(text).map_err(S::Error::custom)?.serialize(serializer)
}

impl Serialize for Minor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(self.to_string(), serializer)
    }
}

impl<'de> Deserialize<'de> for Minor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::parse_json(raw.get()).map_err(D::Error::custom)
    }
}

impl Serialize for Percentage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(self.to_string(), serializer)
    }
}

impl<'de> Deserialize<'de> for Percentage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::parse_json(raw.get()).map_err(D::Error::custom)
    }
}
