//! The table, its lines, and the verdict.

use crate::report::Report;

fn printed(report: &Report) -> String {
    let mut out = Vec::new();
    report.print(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn every_row_has_a_line_for_machines() {
    let mut report = Report::default();
    report.ratio("balances", (0.98, 0.5), "small / large");
    report.figure("start_ready", (312.5, "ms"), "median of 3");
    let text = printed(&report);
    assert!(text.ends_with("\nRATIO balances 0.980 0.500\nFIGURE start_ready 312.500 ms\n"), "{text}");
}

#[test]
fn a_ratio_that_just_reaches_its_limit_passes() {
    let mut report = Report::default();
    report.ratio("creation", (0.5, 0.5), "");
    assert!(report.verdict().is_ok());
}

#[test]
fn a_missed_ratio_is_named_even_where_its_print_looks_good() {
    let mut report = Report::default();
    report.ratio("balances", (0.9, 0.5), "");
    report.ratio("creation", (0.499_9, 0.5), "");
    assert_eq!(report.verdict().unwrap_err().to_string(), "missed: creation");
    assert!(printed(&report).contains("MISS"));
}

#[test]
fn a_ratio_of_nothing_is_missed() {
    let mut report = Report::default();
    report.ratio("creation", (f64::NAN, 0.5), "");
    assert!(report.verdict().is_err());
}

#[test]
fn figures_have_no_limit_to_miss() {
    let mut report = Report::default();
    report.figure("creation_p99", (9_999.0, "ms"), "");
    assert!(report.verdict().is_ok());
}
