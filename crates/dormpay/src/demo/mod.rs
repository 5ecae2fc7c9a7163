//! Loads the demo dorm through the public HTTP API, as four flatmates would.
//!
//! No shortcut into a service or a database: what the demo can do, any client can do. Loaded once, into an empty
//! platform only.

mod http;
mod story;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

pub(crate) use http::Http;
use story::Dorm;

/// Where to load the demo, and as whom.
#[derive(Debug)]
pub(crate) struct Target {
    /// Address of the public HTTP listener, e.g. `http://127.0.0.1:4000`.
    pub(crate) base_url: String,
    /// Name of an administrator.
    pub(crate) admin_username: String,
    /// His password.
    pub(crate) admin_password: String,
    /// Where the demo password is kept between runs.
    pub(crate) data_dir: PathBuf,
}

/// Loads the demo when the platform holds nobody but its administrator, and prints who can log in and what to try.
///
/// # Errors
/// Whatever the API refuses, with its words.
pub(crate) async fn run(target: &Target, out: &mut impl Write) -> Result<()> {
    let admin = Http::new(&target.base_url)?.login(&target.admin_username, &target.admin_password).await?;
    let known = target.data_dir.join("demo.json");
    if let Ok(text) = fs::read_to_string(&known) {
        let dorm: Dorm = serde_json::from_str(&text).context("demo.json is not what the demo wrote")?;
        return describe(&dorm, target, out);
    }
    let users = admin.get("/api/admin/users?limit=1").await?;
    if users.pointer("/pagination/total").and_then(Value::as_i64) != Some(1) {
        writeln!(out, "The platform is in use: the demo dorm is left out.")?;
        return Ok(());
    }
    let progress = progress();
    let dorm = story::load(&target.base_url, &progress).await?;
    progress.finish_and_clear();
    keep(&known, &serde_json::to_string_pretty(&json!(dorm))?)?;
    describe(&dorm, target, out)
}

fn progress() -> ProgressBar {
    let style = ProgressStyle::with_template("==> demo dorm [{bar:24}] {pos}/{len} {msg}");
    ProgressBar::new(story::STEPS).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Writes down for a shell what the walk-through of the README needs.
fn for_shells(dorm: &Dorm, target: &Target) -> Result<PathBuf> {
    let path = target.data_dir.join("demo.env");
    let (base, password) = (&target.base_url, &dorm.password);
    let (room, bill) = (dorm.room_id, dorm.bill_id);
    keep(&path, &format!("api={base}/api\npassword={password}\nroom={room}\nbill={bill}\n"))?;
    Ok(path)
}

/// Writes a file that only its owner may read: it holds the demo password.
fn keep(path: &Path, text: &str) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    Ok(())
}

fn describe(dorm: &Dorm, target: &Target, out: &mut impl Write) -> Result<()> {
    let base = &target.base_url;
    writeln!(out, "\nDemo dorm {:?}, room {}, bill {}", dorm.room_name, dorm.room_id, dorm.bill_id)?;
    writeln!(out, "  logins    {}   password {}", dorm.usernames.join("  "), dorm.password)?;
    writeln!(out, "  admin     {}   password {}", target.admin_username, target.admin_password)?;
    writeln!(out, "  docs      {base}/docs")?;
    let shell = for_shells(dorm, target)?;
    writeln!(
        out,
        "  shell     . {}   gives $api $password $room $bill; the README goes on from there\n\nTry:",
        shell.display()
    )?;
    let first = dorm.usernames.first().map_or("", String::as_str);
    writeln!(
        out,
        "  TOKEN=$(curl -s {base}/api/auth/login -H 'Content-Type: application/json' \\\n      \
         -d '{{\"username\":\"{first}\",\"password\":\"{}\"}}' | sed 's/.*\"token\":\"\\([^\"]*\\)\".*/\\1/')",
        dorm.password
    )?;
    writeln!(
        out,
        "  curl -s {base}/api/rooms/{}/balances -H \"Authorization: Bearer $TOKEN\"",
        dorm.room_id
    )?;
    writeln!(
        out,
        "  curl -s {base}/api/rooms/{}/settlement -H \"Authorization: Bearer $TOKEN\"\n",
        dorm.room_id
    )?;
    Ok(())
}
