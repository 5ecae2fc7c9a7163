//! Chance, from the operating system.
//!
//! Secrets, readable codes and the start of the id count. No generator with a state of its own lives here.
//! The rule not to be broken: whatever grants access is made by the operating system's generator.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::{Rng as _, rand_core::UnwrapErr, rngs::SysRng};

/// Thirty-two characters that are not mistaken for each other when read out: no I, O, 0, 1.
const READABLE: [char; 32] = [
    'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W',
    'X', 'Y', 'Z', '2', '3', '4', '5', '6', '7', '8', '9',
];

/// Makes `bytes` random bytes and writes them as base64url without padding.
pub(crate) fn token(bytes: usize) -> String {
    URL_SAFE_NO_PAD.encode(random_bytes(bytes))
}

/// Makes a code of `length` readable characters. Thirty-two of them divide a byte evenly: no bias.
pub(crate) fn code(length: usize) -> String {
    random_bytes(length)
        .into_iter()
        .filter_map(|byte| READABLE.get(usize::from(byte) % READABLE.len()))
        .collect()
}

/// Makes the place where the id count of this process starts, never zero.
pub(crate) fn start() -> u16 {
    random_bytes(2).into_iter().fold(0, |number, byte| (number << 8) | u16::from(byte)).max(1)
}

/// Asks the operating system. That it refuses is no state a program can go on in, so the reader panics then.
fn random_bytes(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    UnwrapErr(SysRng).fill_bytes(&mut bytes);
    bytes
}
