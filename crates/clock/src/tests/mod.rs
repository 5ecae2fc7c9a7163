//! Time and chance, in sentences.
