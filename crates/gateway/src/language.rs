//! In which language messages are printed (contract section 4): Chinese as the documents do, English when asked.
//!
//! Reads `Accept-Language`; which texts exist lives with the texts. Codes and the `error` detail never change
//! with the language.

use http::{HeaderMap, header::ACCEPT_LANGUAGE};

/// Names a language in which messages exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    /// Chinese, as the documents print it.
    #[default]
    Chinese,
    /// English.
    English,
}

/// One text in both languages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text {
    pub(crate) zh: &'static str,
    pub(crate) en: &'static str,
}

impl Text {
    /// Gives the text in a language.
    pub(crate) const fn in_language(self, language: Language) -> &'static str {
        match language {
            Language::Chinese => self.zh,
            Language::English => self.en,
        }
    }
}

/// Writes an enum of what was done, and its texts, from one table.
macro_rules! messages {
    ($($variant:ident: $zh:literal, $en:literal;)+) => {
        /// Names what was done.
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum Message { $($variant,)+ }

        impl Message {
            /// Gives the text.
            pub(crate) const fn text(self) -> $crate::language::Text {
                match self { $(Self::$variant => $crate::language::Text { zh: $zh, en: $en },)+ }
            }
        }
    };
}
pub(crate) use messages;

/// More ranges than this are not looked at.
const RANGES_MAX: usize = 20;

impl Language {
    /// Chooses the language that a request likes best; Chinese when it likes none of ours.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let Some(accepted) = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()) else {
            return Self::default();
        };
        let mut best = (0, Self::default());
        for range in accepted.split(',').take(RANGES_MAX) {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let weight = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(1_000, weight_of);
            if let Some(language) = Self::of_tag(tag)
                && weight > best.0
            {
                best = (weight, language);
            }
        }
        best.1
    }

    fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("en") {
            Some(Self::English)
        } else if primary.eq_ignore_ascii_case("zh") || primary == "*" {
            Some(Self::Chinese)
        } else {
            None
        }
    }

    /// Gives the tag for `Content-Language`.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }
}

/// Reads a quality such as `0.8` as thousandths; what cannot be read counts as nothing.
fn weight_of(text: &str) -> u32 {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let is_plain = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    match (whole, is_plain) {
        ("1", true) => 1_000,
        ("0", true) => format!("{fraction:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}
