//! The settings of the sandbox: where it listens, how its pages are reached, how fast its clock of repeats runs.
//!
//! Keys are no settings: they are made on the first start. The rule not to be broken: in production there is no sandbox.

use std::{net::SocketAddr, path::PathBuf};

use ::settings::{Entry, Problems, Reader, Source};

const FOLDER: &str = "sandbox";
const SCALE: &str = "SANDBOX_TIME_SCALE";
const ADDRESS: &str = "SANDBOX_ADDR";
const SWITCH: &str = "whether the provider sandbox runs beside the platform, in development";

/// Holds the settings of the sandbox.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens.
    pub addr: SocketAddr,
    /// How browsers and merchants reach it, without a slash at the end; without it, the address it listens at.
    pub public_url: Option<String>,
    /// How many times faster than the providers notifications are repeated.
    pub time_scale: u32,
    /// Where it keeps its keys and its state.
    pub folder: PathBuf,
}

impl Settings {
    /// Reads them. *Errors*: all problems at once; the production profile is one.
    pub fn read(source: &Source) -> Result<Self, Problems> {
        let mut reader = source.reader(FOLDER);
        let settings = Self::take(&mut reader);
        if reader.profile().is_production() {
            reader.refuse(ADDRESS, "the development profile: there is no sandbox in production");
        }
        reader.finish()?;
        Ok(settings)
    }

    /// Gives what was read, for `dormpay doctor`.
    pub fn entries(source: &Source) -> Vec<Entry> {
        let mut reader = source.reader(FOLDER);
        drop(Self::take(&mut reader));
        reader.flag("SANDBOX_ENABLED", true, SWITCH);
        reader.entries().to_vec()
    }

    /// Gives how the sandbox is reached if it listens at an address.
    pub(crate) fn url_at(&self, addr: SocketAddr) -> String {
        self.public_url.clone().unwrap_or_else(|| ::settings::local_url(addr))
    }

    fn take(reader: &mut Reader) -> Self {
        let public =
            reader.optional("SANDBOX_PUBLIC_URL", "how a phone reaches the sandbox, http://host:port");
        if public.as_deref().is_some_and(|url| !is_http(url)) {
            reader.refuse("SANDBOX_PUBLIC_URL", "an address that begins with http:// or https://");
        }
        Self {
            addr: reader.parse(ADDRESS, "127.0.0.1:4100", "where the provider sandbox listens"),
            public_url: public.map(|url| url.trim_end_matches('/').to_owned()),
            time_scale: reader.parse_within(
                SCALE,
                "1",
                1..=100_000,
                "how much faster notifications are repeated",
            ),
            folder: reader.data_dir().join(FOLDER),
        }
    }
}

/// Tells whether the sandbox runs beside the platform: in development, unless it is switched off.
pub fn is_wanted(source: &Source) -> bool {
    let is_on = source.reader(FOLDER).flag("SANDBOX_ENABLED", true, SWITCH);
    is_on && !source.profile().is_production()
}

/// Tells whether a text may be linked to or called: never `javascript:` or the like.
pub(crate) fn is_http(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}
