//! The settings of this service beside those that all services have.
//!
//! The signing key is read here and nowhere else. The rule not to be broken: the first administrator's name and
//! password come together or not at all.

use std::time::Duration;

use ::settings::{Entry, ExposeSecret as _, Problems, Reader, Source};
use chrono_tz::Tz;
use clock::Clock;
use fault::Fault;
use host::{Peer, Reading};
use identity::{Issuer, PrivateKey, Role, Subject};

use crate::{NewAdmin, bucket, files::Place};

const ADMIN_USERNAME: &str = "BOOTSTRAP_ADMIN_USERNAME";
const STORE_URL: &str = "UPLOAD_STORE_URL";
const ADMIN_PASSWORD: &str = "BOOTSTRAP_ADMIN_PASSWORD";

/// Holds what this service needs to live.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) host: host::Settings,
    pub(crate) own: Own,
}

/// What this service alone needs.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    /// The key of access tokens; present once the settings have passed.
    pub(crate) signing_key: Option<PrivateKey>,
    pub(crate) token_life: Duration,
    pub(crate) zone: Tz,
    pub(crate) files: Place,
    pub(crate) redis: ephemeral::Settings,
    pub(crate) first_admin: Option<NewAdmin>,
}

impl Settings {
    /// Reads the settings. *Errors*: all problems at once.
    pub fn read(source: &Source) -> Result<Self, Problems> {
        let (host, own) = reading(source).settings()?;
        Ok(Self { host, own })
    }

    /// Gives what was read, masked, for `dormpay doctor`; also where there are problems.
    pub fn entries(source: &Source) -> Vec<Entry> {
        reading(source).entries()
    }

    /// Passes if whoever believes `JWT_PUBLIC_KEY` believes what this service signs, by a token that is made and
    /// checked. *Errors*: internal, naming both variables.
    pub fn check_keys(&self) -> Result<(), Fault> {
        let clock = Clock::system();
        let key =
            self.own.signing_key.as_ref().ok_or_else(|| Fault::internal("JWT_PRIVATE_KEY is missing"))?;
        let subject = Subject {
            user_id: 1,
            role: Role::User,
            permissions: Vec::new(),
            session_id: 1,
            token_version: 1,
        };
        let issued = Issuer::new(key, self.own.token_life, clock.clone())?.issue(&subject)?;
        self.host.identity.verifier(clock).verify(&issued.token).map(|_| ()).map_err(|_| {
            Fault::internal(
                "JWT_PUBLIC_KEY does not hold the public half of JWT_PRIVATE_KEY: nobody would believe us",
            )
        })
    }

    /// Gives the settings of the database, for the migration step and the console.
    pub const fn database(&self) -> &durable::Settings {
        &self.host.database
    }
}

fn reading(source: &Source) -> Reading<Own> {
    host::read(source, Peer::User, own)
}

fn own(reader: &mut Reader) -> Own {
    let minutes = reader.parse_within("JWT_TTL_MINUTES", "120", 1..=1_440, "life of an access token");
    Own {
        signing_key: identity::signing_key(reader),
        token_life: Duration::from_mins(minutes),
        zone: host::business_zone(reader),
        files: files(reader),
        redis: ephemeral::Settings::read_from(reader),
        first_admin: first_admin(reader),
    }
}

/// The folder of the program's own data, or a bucket.
fn files(reader: &mut Reader) -> Place {
    let folder = reader.data_dir().join("files");
    let doc = "where uploads lie: https://KEY_ID:SECRET@HOST/BUCKET[/FOLDER] of an S3-compatible store, with \
               ?region= and &style=virtual where the store wants them; files/ in the data folder if not set";
    match reader.secret(STORE_URL, doc).map(|url| bucket::open(url.expose_secret())) {
        None => Place::Folder(folder),
        Some(Ok(bucket)) => Place::Bucket(bucket),
        Some(Err(expected)) => {
            reader.refuse(STORE_URL, expected);
            Place::Folder(folder)
        }
    }
}

fn first_admin(reader: &mut Reader) -> Option<NewAdmin> {
    let username = reader.optional(ADMIN_USERNAME, "name of the administrator made at the first start");
    let password = reader.secret(ADMIN_PASSWORD, "password of that administrator");
    let email = reader.optional("BOOTSTRAP_ADMIN_EMAIL", "e-mail address of that administrator");
    match (username, password) {
        (Some(username), Some(password)) => {
            let email = email.unwrap_or_else(|| format!("{username}@admin.dormpay.invalid"));
            Some(NewAdmin { full_name: username.clone(), username, email, password })
        }
        (None, None) => None,
        (Some(_), None) => {
            reader.refuse(ADMIN_PASSWORD, format!("a password, because {ADMIN_USERNAME} is set"));
            None
        }
        (None, Some(_)) => {
            reader.refuse(ADMIN_USERNAME, format!("a name, because {ADMIN_PASSWORD} is set"));
            None
        }
    }
}
