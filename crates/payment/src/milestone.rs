//! Places at which an operation may be cut off, as a crash would; known to tests alone.
//!
//! A milestone stands after a commit, or between an effect elsewhere and the commit behind it. The rule not to be broken:
//! outside tests it is nothing at all.

/// Names a place. *Shape*: nothing, but in this crate's own tests.
macro_rules! milestone {
    ($name:literal) => {
        #[cfg(test)]
        $crate::tests::hard::cut::reached($name).await;
    };
}
pub(crate) use milestone;
