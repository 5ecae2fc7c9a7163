//! Money, in sentences.
