//! The short form of the chaos: one kill of each kind, and the comparison of what was told with what is there.

use std::path::{Path, PathBuf};

use proto::wallet::v1::NewTransfer;

use crate::{
    ChaosOptions,
    book::{Pick, Writer},
    chaos,
    chaos::{
        proof::compare,
        traffic::{Asked, Told},
    },
};

/// The program lies beside the test executable: `target/debug/dormpay`.
fn program() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let program = here.parent().and_then(Path::parent).unwrap().join("dormpay");
    assert!(program.exists(), "{} is missing: cargo build --workspace --bins", program.display());
    program
}

#[tokio::test]
async fn what_was_acknowledged_survives_the_death_of_service_and_database() {
    let redis = std::env::vars().find(|(name, _)| name == "TEST_REDIS_URL").map(|(_, url)| url);
    let environment = redis.map(|url| ("REDIS_URL".to_owned(), url)).into_iter().collect();
    let options = ChaosOptions { kills: 1, callers: 16, program: program(), environment };
    let mut said = Vec::new();
    let done = chaos(&options, &mut said).await;
    let said = String::from_utf8(said).unwrap();
    done.unwrap_or_else(|error| panic!("{error:#}\n{said}"));
    assert!(said.contains("FIGURE chaos_acknowledged"), "{said}");
}

fn asked(transfer: &NewTransfer, told: Told) -> Asked {
    Asked { transfer: transfer.clone(), told, unanswered: 0, replays: 0 }
}

fn row(transfer: &NewTransfer, id: i64) -> (String, i64, Vec<i64>) {
    let amounts = transfer.legs.iter().map(|leg| leg.amount_minor).collect();
    (transfer.idempotency_key.clone(), id, amounts)
}

fn transfer() -> NewTransfer {
    Writer::new("proof".to_owned(), 10, Pick::Uniform).next()
}

#[test]
fn a_transfer_that_was_told_and_is_there_once_is_true() {
    let transfer = transfer();
    compare(&[asked(&transfer, Told::Done(7))], &[row(&transfer, 7)]).unwrap();
    compare(&[asked(&transfer, Told::Refused)], &[]).unwrap();
}

#[test]
fn an_acknowledged_transfer_that_is_lost_is_named() {
    let transfer = transfer();
    let error = compare(&[asked(&transfer, Told::Done(7))], &[]).unwrap_err().to_string();
    assert!(error.contains(&transfer.idempotency_key) && error.contains("lost"), "{error}");
}

#[test]
fn what_is_twice_or_refused_or_unasked_in_the_books_is_named() {
    let transfer = transfer();
    let twice = [row(&transfer, 7), row(&transfer, 8)];
    let refused = compare(&[asked(&transfer, Told::Done(7))], &twice).unwrap_err().to_string();
    assert!(refused.contains("2 times"), "{refused}");
    let refused = compare(&[asked(&transfer, Told::Refused)], &[row(&transfer, 7)]).unwrap_err().to_string();
    assert!(refused.contains("was refused and is done"), "{refused}");
    let unasked = compare(&[], &[row(&transfer, 7)]).unwrap_err().to_string();
    assert!(unasked.contains("nobody asked"), "{unasked}");
}

#[test]
fn a_transfer_with_another_id_or_amount_is_named() {
    let transfer = transfer();
    assert!(compare(&[asked(&transfer, Told::Done(7))], &[row(&transfer, 8)]).is_err());
    let mut changed = row(&transfer, 7);
    changed.2 = vec![-1_000, 1_000];
    assert!(compare(&[asked(&transfer, Told::Done(7))], &[changed]).is_err());
}
