//! Creates each service's database and brings it up to date. Safe to run by several starters at once.

use anyhow::{Result, anyhow};
use settings::Source;

use crate::roles::ALL;

/// Migrates every database, one line each.
#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
pub(crate) async fn run(source: &Source) -> Result<()> {
    for role in ALL {
        let Some(migrations) = role.migrations() else { continue };
        let settings = durable::Settings::read(source, role.name())?;
        durable::migrate(settings.url(), migrations)
            .await
            .map_err(|fault| anyhow!("{}: {}", role.name(), super::whole(&fault)))?;
        println!("{}: up to date", role.name());
    }
    Ok(())
}
