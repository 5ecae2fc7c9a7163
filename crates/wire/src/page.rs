//! The page that sends a browser on: a form that posts itself.
//!
//! What the form holds is the provider's business. The rule not to be broken: every value is escaped.

use crate::Params;

/// Writes a page with a form of hidden fields that is sent at once; without scripts a button does it.
pub(crate) fn auto_post(action: &str, fields: &Params) -> String {
    let inputs: Vec<_> = fields
        .iter()
        .map(|(name, value)| {
            format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escaped(name), escaped(value))
        })
        .collect();
    let inputs = inputs.concat();
    format!(
        "<!DOCTYPE html><html lang=\"zh\"><head><meta charset=\"utf-8\"><title>支付</title></head>\
         <body onload=\"document.forms[0].submit()\">\
         <form method=\"post\" accept-charset=\"utf-8\" action=\"{}\">{inputs}<button>继续支付</button></form>\
         </body></html>",
        escaped(action)
    )
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(letter),
        }
    }
    out
}
