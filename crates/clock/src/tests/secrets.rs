//! Secrets and codes: long enough, readable, never the same.
//!
//! Only shape and difference can be claimed here: that the operating system's chance is good is its own
//! matter.

use std::collections::HashSet;

use crate::Clock;

#[test]
fn a_token_is_as_many_random_bytes_as_asked_in_base64url() {
    let token = Clock::system().token(32);
    assert_eq!(token.len(), 43);
    assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')));
    let tokens: HashSet<String> = (0..1_000).map(|_| Clock::system().token(16)).collect();
    assert_eq!(tokens.len(), 1_000);
}

#[test]
fn a_code_has_no_characters_that_are_mistaken_for_each_other() {
    let code = Clock::system().code(2_000);
    assert_eq!(code.len(), 2_000);
    assert!(code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()));
    assert!(!code.contains(['I', 'O', '0', '1']));
    let used: HashSet<char> = code.chars().collect();
    assert_eq!(used.len(), 32, "every character of the alphabet comes up in two thousand");
}
