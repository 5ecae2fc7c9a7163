//! What this service promises, as sentences: through the door, on a real database.

mod access;
mod accounts;
mod bootstrap;
mod bucket;
mod directory;
mod domain;
mod logins;
mod memberships;
mod notifications;
mod repeats;
mod rights;
mod sessions;
mod stage;
mod uploads;
