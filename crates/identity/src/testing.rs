//! Tokens of throw-away keys, for the tests of all crates.
//!
//! Nothing here is used outside tests. The rule not to be broken: no key of a real service comes here.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use clock::Clock;
use fault::Fault;

use crate::{
    Guard, Issuer, Liveness, PrivateKey, Role, ServiceSigner, Sessions, Settings, Subject, Table, Verifier,
};

/// Keys made for one test, and tokens signed with them.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The key of the user service.
    pub user: PrivateKey,
    /// The key of all services.
    pub service: PrivateKey,
    clock: Clock,
}

impl Keys {
    /// Makes keys; tokens follow this clock.
    pub fn new(clock: &Clock) -> Self {
        let [user, service] = [(); 2]
            .map(|()| PrivateKey::generate(clock).unwrap_or_else(|fault| unreachable!("no key: {fault}")));
        Self { user, service, clock: clock.clone() }
    }

    /// Gives the settings of a service that believes these keys.
    pub fn settings(&self) -> Settings {
        Settings::from_keys(&self.user, &self.service)
    }

    /// Gives a verifier that believes these keys.
    pub fn verifier(&self) -> Verifier {
        self.settings().verifier(self.clock.clone())
    }

    /// Gives a guard for which every session lives.
    pub fn guard(&self, table: Table) -> Guard {
        Guard::new(self.verifier(), Liveness::local(AllLive), table)
    }

    /// Gives `Bearer …` of an ordinary user; his session has the id of the user.
    pub fn user(&self, user_id: i64) -> String {
        self.bearer(&Subject {
            user_id,
            role: Role::User,
            permissions: Vec::new(),
            session_id: user_id,
            token_version: 1,
        })
    }

    /// Gives `Bearer …` of an administrator; his session has the id of the user.
    pub fn admin(&self, user_id: i64) -> String {
        self.bearer(&Subject {
            user_id,
            role: Role::Admin,
            permissions: Vec::new(),
            session_id: user_id,
            token_version: 1,
        })
    }

    /// Gives `Bearer …` of a subject, for two hours.
    pub fn bearer(&self, subject: &Subject) -> String {
        let issued = Issuer::new(&self.user, Duration::from_hours(2), self.clock.clone())
            .and_then(|issuer| issuer.issue(subject))
            .unwrap_or_else(|fault| unreachable!("no token: {fault}"));
        format!("Bearer {}", issued.token)
    }

    /// Gives the signer of a service.
    pub fn signer(&self, service: &str) -> Arc<ServiceSigner> {
        self.settings()
            .signer(service, self.clock.clone())
            .unwrap_or_else(|fault| unreachable!("no signer: {fault}"))
    }

    /// Gives `Bearer …` of a service, for the header `x-service-authorization`.
    pub fn service(&self, service: &str) -> String {
        let token = self.signer(service).token().unwrap_or_else(|fault| unreachable!("no token: {fault}"));
        format!("Bearer {token}")
    }
}

/// Says of every session that it lives.
#[derive(Clone, Copy, Debug)]
pub struct AllLive;

#[async_trait]
impl Sessions for AllLive {
    async fn living(&self, session_ids: Vec<i64>) -> Result<Vec<i64>, Fault> {
        Ok(session_ids)
    }
}
