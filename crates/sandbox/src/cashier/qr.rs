//! The page's address as a picture that a phone can scan.

use qrcode::{EcLevel, QrCode, render::svg};

const SIDE_MIN: u32 = 200;

/// Draws a text as `<svg>`; nothing if it is too long to be drawn.
pub(crate) fn svg_of(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let drawn = code
        .render::<svg::Color<'_>>()
        .min_dimensions(SIDE_MIN, SIDE_MIN)
        .dark_color(svg::Color("#111"))
        .light_color(svg::Color("#fff"))
        .build();
    // The declaration before the element has no place inside a page.
    drawn.find("<svg").and_then(|at| drawn.get(at..)).map(str::to_owned)
}
