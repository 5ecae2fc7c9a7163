//! One call at this service's door.
//!
//! As `host::Call`, but the key of a repeated request is hashed with a secret and its reply is stored sealed,
//! because requests here hold passwords and replies hold tokens. The rule not to be broken: key, effect, audit row
//! and reply are written in one transaction.

use durable::{Tx, audit::Entry, idempotency::Key};
use fault::Fault;
use host::Answer;
use identity::User;
use prost::Message;
use serde_json::Value;
use tonic::Request;

use crate::vault::Vault;

/// What an operation knows of the call that it carries out.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    outer: host::Call,
    key: Option<Key>,
    /// From where the end user called; empty if nobody knows.
    pub(crate) address: String,
}

impl Call {
    /// Takes what a request brings.
    pub(crate) fn of<M: Message>(request: &Request<M>, method: &str, vault: &Vault) -> Result<Self, Fault> {
        Self::with_body(host::Call::of(request, method), method, &request.get_ref().encode_to_vec(), vault)
    }

    /// Takes what a stream brings, once `body` stands for what it held.
    pub(crate) fn with_body(
        outer: host::Call,
        method: &str,
        body: &[u8],
        vault: &Vault,
    ) -> Result<Self, Fault> {
        let context = rpc::context::current();
        let key = context.as_ref().and_then(|context| context.idempotency_key.clone());
        let key = key.map(|key| vault.request_key(outer.caller.scope(), key, method, body)).transpose()?;
        let address = context.and_then(|context| context.client_address).unwrap_or_default();
        Ok(Self { outer, key, address })
    }

    /// Gives the user who calls. *Errors*: `AUTH_REQUIRED`.
    pub(crate) fn user(&self) -> Result<&User, Fault> {
        self.outer.caller.user()
    }

    /// Gives the administrator who calls. *Errors*: `AUTH_REQUIRED`, `FORBIDDEN`.
    pub(crate) fn admin(&self) -> Result<&User, Fault> {
        self.outer.caller.admin()
    }

    /// Tells whether a service calls on nobody's behalf.
    pub(crate) fn is_service(&self) -> bool {
        self.outer.caller.user.is_none() && self.outer.caller.via.is_some()
    }

    /// Claims the caller's key, first thing in the transaction; gives the reply if it is answered already.
    pub(crate) async fn claim<R: Message + Default>(
        &self,
        vault: &Vault,
        tx: &mut Tx,
    ) -> Result<Option<Answer<R>>, Fault> {
        let stored = vault.claim(tx, self.key.as_ref()).await?;
        Ok(stored.map(|reply| Answer { reply, is_replay: true }))
    }

    /// Stores the reply under the claimed key, last thing in the transaction.
    pub(crate) async fn store<R: Message>(
        &self,
        vault: &Vault,
        tx: &mut Tx,
        reply: R,
    ) -> Result<Answer<R>, Fault> {
        vault.store(tx, self.key.as_ref(), &reply).await?;
        Ok(Answer { reply, is_replay: false })
    }

    /// Makes the audit row of an act of this call; `states` are before and after, without secrets.
    pub(crate) fn audit(
        &self,
        action: &'static str,
        user_id: i64,
        states: (Option<Value>, Option<Value>),
    ) -> Entry {
        self.outer.audit(action, format!("user:{user_id}"), states)
    }
}
