//! Telemetry, in sentences.
