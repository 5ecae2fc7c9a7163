//! Wire formats, in sentences: every published vector, both sides against each other, and what must be refused.
//!
//! The vectors in `vectors/` were computed with other programs than this one and hold no private keys; signing is
//! tested with keys made at run time.

mod alipay;
mod bills;
mod explaining;
mod keys;
mod unionpay;
mod wechat;

use std::{fs, path::Path, sync::LazyLock};

use serde_json::Value;

use crate::{
    Params,
    keys::PrivateKey,
    making::{self, Authority, Wanted},
};

/// The time of the vectors, Unix seconds.
const NOW: i64 = 1_767_225_600;

/// Reads a file of vectors.
fn vectors(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(format!("{name}.json"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn cases(file: &Value) -> &[Value] {
    let cases = file["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    cases
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is no text in {}", value["id"]))
}

fn params(value: &Value) -> Params {
    let all = value.as_object().unwrap();
    all.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

/// Two keys that all tests share: ours and the other side's. PKCS#8 PEM.
static PEMS: LazyLock<[String; 2]> =
    LazyLock::new(|| [making::private_key().unwrap(), making::private_key().unwrap()]);

fn our_key() -> PrivateKey {
    PrivateKey::read(&PEMS[0]).unwrap()
}

fn other_key() -> PrivateKey {
    PrivateKey::read(&PEMS[1]).unwrap()
}

fn wanted<'a>(common_name: &'a str, serial: &'a [u8]) -> Wanted<'a> {
    Wanted { name: ["CN", "Test", "", common_name], serial, years: (2024, 2049) }
}

fn root() -> Authority {
    Authority::root(&wanted("Test Root", &[1]), &PEMS[1]).unwrap()
}
