//! Telemetry, in sentences.
//!
//! Subscribers are set for one thread at a time, except in `once`, which claims things about the process. The
//! collector of `export` is a real one that speaks OTLP; lines are caught in memory.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use settings::Source;
use tracing_subscriber::fmt::MakeWriter;

use crate::{Format, Settings};

mod context;
mod export;
mod lines;
mod once;
mod operations;
mod settings_read;

/// Settings for a test: JSON lines, everything from `info` on, traces to an address or nowhere.
fn settings(otlp_endpoint: Option<String>) -> Settings {
    let settings =
        Settings::read(&Source::from_pairs([("LOG_FORMAT", "json"), ("RUST_LOG", "info")])).unwrap();
    Settings { otlp_endpoint, format: Format::Json, ..settings }
}

/// Catches what is written.
#[derive(Clone, Default)]
struct Caught(Arc<Mutex<Vec<u8>>>);

impl Caught {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn lines(&self) -> Vec<serde_json::Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Write for Caught {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Caught {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
