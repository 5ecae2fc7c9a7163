//! Sentences about durable.
