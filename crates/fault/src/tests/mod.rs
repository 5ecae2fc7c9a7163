//! Faults, in sentences.
