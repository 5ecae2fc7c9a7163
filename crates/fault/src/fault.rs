//! One thing that went wrong: code, public detail, field, internal context.
//!
//! How it crosses the wire lives in `status`. Texts are bounded when they are stored, so that a long value of
//! a caller can neither overflow a header nor fill a log.

use std::fmt;

use crate::Code;

/// What a caller hears for every private code.
const PRIVATE_DETAIL: &str = "internal error";
const DETAIL_CHARS_MAX: usize = 500;
const FIELD_CHARS_MAX: usize = 100;
const INTERNAL_CHARS_MAX: usize = 4_000;
const UNAVAILABLE_RETRY_SECONDS: u32 = 1;

/// Says what went wrong: publicly by code, detail and field, privately by an internal context.
///
/// *Shape*: `Display` and `detail` are public text only; `Debug` shows the internal context too.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    code: Code,
    detail: String,
    field: Option<String>,
    internal: Option<String>,
    retry_after_seconds: Option<u32>,
    is_retryable: bool,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl Fault {
    /// Refuses with a code and a public detail. For a private code the detail becomes the internal context.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let fault = Self {
            code,
            detail: PRIVATE_DETAIL.to_owned(),
            field: None,
            internal: None,
            retry_after_seconds: None,
            is_retryable: false,
        };
        if code.is_private() {
            fault.with_internal(detail.into())
        } else {
            Self { detail: bounded(detail.into(), DETAIL_CHARS_MAX), ..fault }
        }
    }

    /// Refuses a field because of a rule. *Shape*: the detail is `field: rule`.
    pub fn validation(field: impl Into<String>, rule: impl Into<String>) -> Self {
        let field = field.into();
        Self::new(Code::ValidationError, format!("{field}: {}", rule.into())).with_field(field)
    }

    /// Says that there is no such thing, or none that the caller may see. *Shape*: the detail is
    /// `<what> not found`, the same for both.
    pub fn not_found(what: impl fmt::Display) -> Self {
        Self::new(Code::NotFound, format!("{what} not found"))
    }

    /// Says that the caller may not do this.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(Code::Forbidden, detail)
    }

    /// Says that the state of the object forbids this.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(Code::StateConflict, detail)
    }

    /// Says that a field's value is taken. *Shape*: the detail is `field: detail`.
    pub fn duplicate(field: impl Into<String>, detail: impl Into<String>) -> Self {
        let field = field.into();
        Self::new(Code::DuplicateEntry, format!("{field}: {}", detail.into())).with_field(field)
    }

    /// Says that something needed is away; the caller may try again after a second.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(Code::ServiceUnavailable, detail).with_retry_after(UNAVAILABLE_RETRY_SECONDS)
    }

    /// Admits a mistake of ours. The context is logged, never sent.
    pub fn internal(context: impl fmt::Display) -> Self {
        Self::new(Code::InternalError, context.to_string())
    }

    /// Names the field at fault.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(bounded(field.into(), FIELD_CHARS_MAX));
        self
    }

    /// Says after how many seconds the caller may try again.
    #[must_use]
    pub const fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// Adds what the log should know and the caller must not.
    #[must_use]
    pub fn with_internal(mut self, context: impl fmt::Display) -> Self {
        self.internal = Some(bounded(context.to_string(), INTERNAL_CHARS_MAX));
        self
    }

    /// Marks a fault that left no effect and may vanish when the whole operation runs again: a serialisation
    /// failure, a deadlock, an id made twice. The mark stays inside the process.
    #[must_use]
    pub const fn with_retryable(mut self) -> Self {
        self.is_retryable = true;
        self
    }

    /// Gives the code.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// Gives the public detail, English and stable. For a private code it is always the same text.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Gives the field at fault, as the face of the request names it.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// Gives what only the log may know.
    pub fn internal_context(&self) -> Option<&str> {
        self.internal.as_deref()
    }

    /// Gives the seconds after which the caller may try again.
    pub const fn retry_after_seconds(&self) -> Option<u32> {
        self.retry_after_seconds
    }

    /// Tells whether the whole operation may run again at once, inside this process.
    pub const fn is_retryable(&self) -> bool {
        self.is_retryable
    }
}

/// Cuts a text after so many characters and marks the cut.
fn bounded(mut text: String, chars_max: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(chars_max) {
        text.truncate(end);
        text.push('…');
    }
    text
}
