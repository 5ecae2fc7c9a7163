//! How large the tests of many tries are.
//!
//! `DORMPAY_TEST_SCALE=full` in the environment makes them as large as the issue asks: 10,000 races. The rule not to be
//! broken: the small size does everything that the large one does, only less often.

const NAME: &str = "DORMPAY_TEST_SCALE";

/// Gives the first size, or the second if the environment asks for it.
#[expect(clippy::disallowed_methods, reason = "tests have no settings; this one is for whoever runs them")]
pub(super) fn of<T>(usual: T, full: T) -> T {
    match std::env::var(NAME).as_deref() {
        Ok("full") => full,
        Ok("") | Err(_) => usual,
        Ok(other) => panic!("{NAME} is {other}: it can be full, or not set"),
    }
}
