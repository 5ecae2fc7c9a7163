//! What of the process is seen, and where it is sent.
//!
//! Names follow the world outside: `RUST_LOG`, `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_TRACES_SAMPLER_ARG`.

use settings::{Entry, Problems, Reader, Source};
use tracing_subscriber::EnvFilter;

/// Everything of ours from `info` on, and of the plumbing only what went wrong.
const FILTER: &str =
    "info,h2=warn,hyper=warn,hyper_util=warn,tonic=warn,tower=warn,sqlx=warn,opentelemetry=warn";

/// Tells how a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people, coloured on a terminal.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// Holds the settings of logs and traces.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How a log line looks: JSON in production, pretty otherwise, unless `LOG_FORMAT` says.
    pub format: Format,
    /// Which events are logged, in the notation of `RUST_LOG`.
    pub filter: String,
    /// Where traces go by OTLP over gRPC; `None` sends them nowhere.
    pub otlp_endpoint: Option<String>,
    /// Which part of the traces that start here is sent. *Units*: 0 to 1.
    pub sampled: f64,
}

impl Settings {
    /// Reads the settings.
    ///
    /// *Errors*: all problems at once.
    pub fn read(source: &Source) -> Result<Self, Problems> {
        let mut reader = source.reader("telemetry");
        let settings = Self::take(&mut reader);
        reader.finish().map(|()| settings)
    }

    /// Tells what was read, for `dormpay doctor`.
    pub fn entries(source: &Source) -> Vec<Entry> {
        let mut reader = source.reader("telemetry");
        Self::take(&mut reader);
        reader.entries().to_vec()
    }

    fn take(reader: &mut Reader) -> Self {
        reader.alias("RUST_LOG", &["LOG_LEVEL"]);
        let usual_format = if reader.profile().is_production() { "json" } else { "pretty" };
        let format =
            match reader.text("LOG_FORMAT", usual_format, "how a log line looks: pretty or json").as_str() {
                "json" => Format::Json,
                "pretty" => Format::Pretty,
                _ => {
                    reader.refuse("LOG_FORMAT", "pretty or json");
                    Format::Json
                }
            };
        let filter =
            reader.text("RUST_LOG", FILTER, "which events are logged, such as info or info,payment=debug");
        if EnvFilter::try_new(&filter).is_err() {
            reader.refuse("RUST_LOG", "a level, or a list such as info,payment=debug");
        }
        let doc = "collector of traces (OTLP over gRPC, http://host:4317); none if not set";
        let otlp_endpoint = reader.optional("OTEL_EXPORTER_OTLP_ENDPOINT", doc);
        if otlp_endpoint.as_deref().is_some_and(|url| !is_plain_http(url)) {
            reader.refuse("OTEL_EXPORTER_OTLP_ENDPOINT", "an address such as http://127.0.0.1:4317");
        }
        let doc = "part of the traces that is sent, 0 to 1";
        let sampled = reader.parse_within("OTEL_TRACES_SAMPLER_ARG", "1.0", 0.0..=1.0, doc);
        Self { format, filter, otlp_endpoint, sampled }
    }
}

fn is_plain_http(url: &str) -> bool {
    url.starts_with("http://") && url.parse::<http::Uri>().is_ok_and(|uri| uri.host().is_some())
}
