//! The books, proven at the console.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clock::Clock;
use durable::Database;
use settings::Source;

/// Checks the wallet service's own database and prints each rule with its figure. *Shape*: success when all hold,
/// failure when one is broken; an error when the question could not be asked.
#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
pub(crate) async fn check(source: &Source) -> Result<ExitCode> {
    let settings = durable::Settings::read(source, "wallet")?;
    let db = Database::connect(&settings, Clock::system())
        .await
        .map_err(|fault| anyhow!("{}", super::whole(&fault)))?;
    let proof = wallet::check_ledger(&db).await.map_err(|fault| anyhow!("{}", super::whole(&fault)))?;
    db.close().await;
    for check in &proof.checks {
        let verdict = if check.broken == 0 { "holds" } else { "BROKEN" };
        println!("{verdict:<7} {:<8} {} ({} broken)", check.name, check.rule, check.broken);
    }
    println!(
        "{} accounts, {} transfers, {} entries, {} holds",
        proof.accounts, proof.transfers, proof.entries, proof.holds
    );
    Ok(if proof.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
