//! Turning what serde says into a field and a rule that a person can act on.
//!
//! serde's texts repeat what was sent; ours do not, except for names of fields. The rule not to be broken: the
//! field is named as the face names it, with its path, such as `splits[1].user_id`.

use fault::Fault;
use serde_path_to_error::Path;

use crate::visit::Visit;

/// Says why a JSON text was refused.
pub(super) fn of_json(error: &serde_path_to_error::Error<serde_json::Error>) -> Fault {
    let inner = error.inner();
    if inner.is_data() {
        return of_text(error.path(), without_position(&inner.to_string()));
    }
    let rule = format!("must be valid JSON (line {}, column {})", inner.line(), inner.column());
    Fault::validation("body", rule)
}

/// Says why a piece of input was refused, given where serde stopped and what it said.
pub(super) fn of_text(path: &Path, text: &str) -> Fault {
    let place = path.to_string();
    let place = if place == "." { "" } else { place.as_str() };
    if let Some(name) = named(text, "missing field ") {
        return Fault::validation(inside(place, name), "is required");
    }
    if let Some(name) = named(text, "unknown field ") {
        return Fault::validation(inside(place, name), "is not a known field");
    }
    if let Some(name) = named(text, "duplicate field ") {
        return Fault::validation(inside(place, name), "is given more than once");
    }
    let field = if place.is_empty() { "body" } else { place };
    Visit::face().wrong_value(field, &rule_of(text))
}

fn rule_of(text: &str) -> String {
    if text.starts_with("unknown variant ") {
        let names: Vec<_> = text.split('`').skip(3).step_by(2).collect();
        return format!("must be one of {}", names.join(", "));
    }
    let is_serdes = text.starts_with("invalid type") || text.starts_with("invalid value");
    let expected = if is_serdes { text.rsplit_once("expected ") } else { None };
    match expected {
        Some((_, expected)) => format!("must be {}", in_words(expected)),
        None if text.contains("digit found in string") || text.contains("parse integer") => {
            "must be a whole number".to_owned()
        }
        None if text.contains("number too") => "must be a smaller whole number".to_owned(),
        None if text.starts_with("provided string was not") => "must be true or false".to_owned(),
        None => text.to_owned(),
    }
}

fn in_words(expected: &str) -> &str {
    match expected {
        "i64" | "u64" | "i32" | "u32" | "u8" | "usize" => "a whole number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        _ if expected.starts_with("struct ") => "an object",
        _ => expected,
    }
}

/// Takes the name between the first two back quotes behind a prefix.
fn named<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    text.strip_prefix(prefix)?.split('`').nth(1)
}

/// Joins a path and a name, once, wherever serde stopped.
fn inside(place: &str, name: &str) -> String {
    if place.is_empty() || place == name {
        name.to_owned()
    } else if place.ends_with(&format!(".{name}")) {
        place.to_owned()
    } else {
        format!("{place}.{name}")
    }
}

/// Cuts the position that `serde_json` appends.
fn without_position(text: &str) -> &str {
    text.rsplit_once(" at line ").map_or(text, |(text, _)| text)
}
