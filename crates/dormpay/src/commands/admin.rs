//! Administrators, made at the console. The password comes by standard input, so that it stands in no history.

use std::io::BufRead;

use anyhow::{Result, anyhow, ensure};
use clock::Clock;
use durable::Database;
use settings::Source;

use crate::cli::Admin;

/// Runs the command against the user service's own database.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the command line speaks to a person")]
pub(crate) async fn run(command: Admin, source: &Source) -> Result<()> {
    let Admin::Create { username, email, full_name } = command;
    eprintln!("password of {username} (one line on standard input):");
    let mut password = String::new();
    std::io::stdin().lock().read_line(&mut password)?;
    let password = password.trim_end_matches(['\n', '\r']);
    ensure!(!password.is_empty(), "no password on standard input");
    let settings = durable::Settings::read(source, "user")?;
    let db = Database::connect(&settings, Clock::system())
        .await
        .map_err(|fault| anyhow!("{}", super::whole(&fault)))?;
    let admin = user::NewAdmin { username: username.clone(), email, password: password.into(), full_name };
    let id = user::create_admin(&db, &admin).await.map_err(|fault| anyhow!("{}", super::whole(&fault)))?;
    println!("administrator {username} has id {id}");
    db.close().await;
    Ok(())
}
