//! How values are shown: secrets not at all, addresses without their passwords.
//!
//! Only showing lives here. The rule not to be broken: no character of a secret is shown, only its length.

const SHOWN_CHARS_MAX: usize = 120;
const HIDDEN: &str = "***";

/// Shows that a secret is set, and how long it is.
pub(crate) fn secret(value: &str) -> String {
    format!("*** ({} characters)", value.chars().count())
}

/// Shows a value that is no secret, without the password an address may carry, and cut if long.
pub(crate) fn plain(value: &str) -> String {
    let shown = without_query_password(&without_user_password(value));
    match shown.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", shown.get(..end).unwrap_or_default()),
        None => shown,
    }
    .escape_debug()
    .to_string()
    .replace("\\'", "'")
}

/// Hides the password of `scheme://user:password@host`.
fn without_user_password(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    match authority.rsplit_once('@') {
        Some((user, host)) => {
            let user =
                user.split_once(':').map_or_else(|| user.to_owned(), |(name, _)| format!("{name}:{HIDDEN}"));
            format!("{scheme}://{user}@{host}{path}")
        }
        None => value.to_owned(),
    }
}

/// Hides `password=…` among the parameters of an address.
fn without_query_password(value: &str) -> String {
    let Some((address, query)) = value.split_once('?') else { return value.to_owned() };
    let query: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if name.to_ascii_lowercase().contains("password") => format!("{name}={HIDDEN}"),
            _ => pair.to_owned(),
        })
        .collect();
    format!("{address}?{}", query.join("&"))
}
