//! Tests of the domain, in sentences. Each file drives one room of the domain through its public functions.
//!
//! Properties are checked over generated values; wherever a result is claimed to be best, an independent and
//! slower way computes it again.

mod debts;
mod divide;
mod explain;
mod import;
mod import_members;
mod import_problems;
mod payers;
mod settle;
mod text;

use money::Minor;

use super::{Part, Transfer};

fn minor(text: &str) -> Minor {
    Minor::parse(text).unwrap()
}

fn fen(amount: i64) -> Minor {
    Minor::new(amount)
}

fn parts(pairs: &[(i64, i64)]) -> Vec<Part> {
    pairs.iter().map(|(user_id, amount)| Part::new(*user_id, fen(*amount))).collect()
}

fn sum(parts: &[Part]) -> i64 {
    parts.iter().map(|part| part.amount.get()).sum()
}

fn transfer(from_user_id: i64, to_user_id: i64, amount: i64) -> Transfer {
    Transfer { from_user_id, to_user_id, amount: fen(amount) }
}

fn detail<T: std::fmt::Debug>(result: Result<T, fault::Fault>) -> String {
    result.unwrap_err().detail().to_owned()
}
