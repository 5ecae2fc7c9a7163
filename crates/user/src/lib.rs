//! People: accounts, sessions, roles, notifications, uploads, memberships.
//!
//! ```text
//! session:  living ──logout, password, disabled, reuse of a refresh token──▶ ended
//!                  ──change of rights──▶ not living until the refresh token is used: a new session of the family
//! upload:   storing ──bytes are in the store──▶ stored
//! ```
//!
//! What always holds: a user name and an e-mail address belong to one account; a refresh token works once; at least
//! one administrator is active once there was one; a password lies nowhere but in an Argon2id hash, a token nowhere
//! but in a hash or sealed; a uid is notified once; the grants of a membership follow each other without a gap, one for
//! each order. Rooms and money do not live here.

pub mod access;
mod bucket;
mod domain;
mod files;
mod grpc;
mod operations;
mod service;
pub mod settings;
mod store;
mod wire;
mod workers;

use clock::Clock;
use durable::Database;
use fault::Fault;
use host::{Host, Open};
use identity::Liveness;
use proto::user::v1::{
    membership_service_server::MembershipServiceServer, user_service_server::UserServiceServer,
};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

pub use crate::settings::Settings;
use crate::{files::Files, grpc::Door, service::Service};
use vault::Passwords;

/// The migrations of this service's database, which the program runs.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// An administrator to be made.
#[derive(Clone, Debug)]
pub struct NewAdmin {
    /// 3 to 32 characters.
    pub username: String,
    /// An e-mail address.
    pub email: String,
    /// 8 to 128 characters.
    pub password: SecretString,
    /// 1 to 100 characters.
    pub full_name: String,
}

/// Runs the service until `stop`. PostgreSQL and Redis need not be there at the start.
///
/// *Errors*: if an address is taken or a key cannot be used.
pub async fn run(settings: Settings, stop: CancellationToken) -> Result<(), Fault> {
    settings.check_keys()?;
    let host = Host::prepare(settings.host.clone(), Clock::system()).await?;
    open(host, &settings.own).await?.serve(stop).await
}

/// Makes an administrator and gives his id. For the console.
///
/// *Errors*: `VALIDATION_ERROR` naming the field; `DUPLICATE_ENTRY` if name or e-mail address is taken.
pub async fn create_admin(db: &Database, new: &NewAdmin) -> Result<i64, Fault> {
    operations::bootstrap::create_admin(db, &Passwords::new()?, new).await
}

async fn open(host: Host, own: &settings::Own) -> Result<Open, Fault> {
    let key = own.signing_key.as_ref().ok_or_else(|| Fault::internal("there is no key for access tokens"))?;
    let files = Files::at(&own.files)?;
    let service = Service::new(host.db().clone(), key, own.token_life, files, own.zone)?;
    let redis = ephemeral::Redis::connect(&own.redis, host.clock().clone());
    let relay = workers::live::relay(host.db().clone(), redis);
    let host = host.sessions(Liveness::local(service.clone())).relay(relay);
    let host = match own.first_admin.clone() {
        Some(admin) => {
            let service = service.clone();
            host.worker("first administrator", move |stop| workers::first_admin::make(service, admin, stop))
        }
        None => host,
    };
    let people = UserServiceServer::new(Door::new(service.clone()));
    let memberships = MembershipServiceServer::new(Door::new(service));
    host.open(host::Door::new(access::TABLE).serving(people).serving(memberships)).await
}

#[cfg(test)]
mod tests;
