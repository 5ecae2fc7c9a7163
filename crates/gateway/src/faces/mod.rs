//! The HTTP faces, one folder each, as their documents print them.
//!
//! A face decodes a request, asks services, and prints the answer in its own words. Nothing is decided here.

pub(crate) mod dorm;
