//! Kinds of files, found from their content.
//!
//! The name and the type that a client states count for nothing. The rule not to be broken: only types that a
//! browser shows without running anything are accepted.

use fault::{Code, Fault};

/// The largest upload (000-L02).
pub(crate) const UPLOAD_BYTES_MAX: usize = 5 * 1024 * 1024;
/// The largest piece of a stream.
pub(crate) const CHUNK_BYTES_MAX: usize = 64 * 1024;

const ACCEPTED: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "application/pdf"];

/// Finds the type of a file. *Errors*: `VALIDATION_ERROR` for an empty file or one of another kind.
pub(crate) fn content_type(bytes: &[u8]) -> Result<&'static str, Fault> {
    let found = infer::get(bytes).map(|kind| kind.mime_type());
    let accepted = found.and_then(|found| ACCEPTED.into_iter().find(|accepted| *accepted == found));
    accepted.ok_or_else(|| Fault::validation("file", "must be a png, jpeg or webp image or a pdf"))
}

/// Tells whether a type is an image.
pub(crate) fn is_image(content_type: &str) -> bool {
    content_type.starts_with("image/")
}

/// Says that a file is too large.
pub(crate) fn too_large() -> Fault {
    Fault::new(Code::PayloadTooLarge, "file: must have at most 5 MiB").with_field("file")
}
