//! Settings, in sentences.
