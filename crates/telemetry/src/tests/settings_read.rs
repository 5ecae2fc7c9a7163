//! The settings of telemetry: defaults per profile, and refusals.
//!
//! Variables are handed in. Whether a collector exists at an address is not the business of reading; its form
//! is.

use settings::Source;

use crate::{Format, Settings};

fn read(pairs: &[(&str, &str)]) -> Result<Settings, String> {
    Settings::read(&Source::from_pairs(pairs.iter().copied())).map_err(|problems| problems.to_string())
}

#[test]
fn logs_are_for_people_in_development_and_json_in_production() {
    assert_eq!(read(&[]).unwrap().format, Format::Pretty);
    assert_eq!(read(&[("DORMPAY_PROFILE", "production")]).unwrap().format, Format::Json);
    assert_eq!(read(&[("LOG_FORMAT", "json")]).unwrap().format, Format::Json);
    assert_eq!(read(&[("LOG_LEVEL", "debug")]).unwrap().filter, "debug");
}

#[test]
fn every_bad_setting_is_told_at_once() {
    let problems = read(&[
        ("LOG_FORMAT", "xml"),
        ("RUST_LOG", "info,payment=loud=er"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"),
        ("OTEL_TRACES_SAMPLER_ARG", "2"),
    ]);
    let text = problems.unwrap_err();
    for name in ["LOG_FORMAT", "RUST_LOG", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_SAMPLER_ARG"] {
        assert!(text.lines().any(|line| line.starts_with(name)), "{name}: {text}");
    }
}

#[test]
fn the_doctor_hears_of_every_variable_even_if_one_is_bad() {
    let entries = Settings::entries(&Source::from_pairs([("LOG_FORMAT", "xml")]));
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    let expected = [
        "DORMPAY_PROFILE",
        "LOG_FORMAT",
        "RUST_LOG",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_TRACES_SAMPLER_ARG",
    ];
    assert_eq!(names, expected);
}
