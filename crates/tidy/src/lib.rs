//! Holds the rules of the house that neither Cargo nor clippy can hold.
//!
//! Each rule is a test that reads the tree as text and names every place that breaks it. Not here: rules about
//! behaviour (those are tests of the crate concerned) and rules clippy knows. A rule is changed, with its reason, or
//! kept: there is no list of exceptions that may grow.

pub mod tree;

#[cfg(test)]
mod rules;
