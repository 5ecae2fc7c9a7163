//! One call at the door: who calls, with which key, and the answer with its mark.
//!
//! Every operation that writes gets a [`Call`]; it claims the caller's key in the operation's own transaction, stores
//! the reply there, and names the actor of audit rows. What is done does not live here. The rule not to be broken:
//! key, effect, audit row and reply are written in one transaction.

use std::{fmt::Debug, sync::Arc};

use durable::{
    Tx,
    audit::{Actor, Entry},
    idempotency::{self, Claim, Key},
};
use fault::Fault;
use identity::Caller;
use prost::Message;
use serde_json::Value;
use tonic::{Request, Response, metadata::MetadataValue};

/// The response header of an answer that was given before (contract section 7).
pub const IDEMPOTENT_REPLAYED: &str = "idempotent-replayed";

/// Hides what is stored of repeated requests that hold secrets, such as a password, or are answered with them.
pub trait Veil: Debug + Send + Sync {
    /// Names a request as [`Key::new`] does, by a hash that nobody can try out.
    fn key(&self, scope: i64, key: String, method: &str, message: &[u8]) -> Result<Key, Fault>;

    /// Seals a reply so that it opens for this key alone.
    fn seal(&self, key: &Key, reply: &[u8]) -> Result<Vec<u8>, Fault>;

    /// Opens a sealed reply.
    fn open(&self, key: &Key, sealed: &[u8]) -> Result<Vec<u8>, Fault>;
}

/// What an operation knows of the call that it carries out.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    key: Option<Key>,
    veil: Option<Arc<dyn Veil>>,
    request_id: Option<String>,
    client_address: Option<String>,
}

/// A reply, and whether it was stored by an earlier request with the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<R> {
    /// The reply.
    pub reply: R,
    /// Whether nothing was done this time.
    pub is_replay: bool,
}

impl Call {
    /// Takes what a request brings: the caller that the guard proved, and from the context its key, its id and the
    /// client's address. `method` is the path, such as `/dormpay.risk.v1.RiskService/PutEntry`.
    pub fn of<M: Message>(request: &Request<M>, method: &str) -> Self {
        let caller = Caller::of(request);
        let key =
            wanted().map(|key| Key::new(caller.scope(), key, method, &request.get_ref().encode_to_vec()));
        Self::with(caller, key, None)
    }

    /// As [`of`](Self::of), for a method whose messages hold secrets.
    pub fn veiled<M: Message>(
        request: &Request<M>,
        method: &str,
        veil: Arc<dyn Veil>,
    ) -> Result<Self, Fault> {
        Self::veiled_body(Caller::of(request), method, &request.get_ref().encode_to_vec(), veil)
    }

    /// As [`veiled`](Self::veiled), for a stream, once `body` stands for what it held.
    pub fn veiled_body(
        caller: Caller,
        method: &str,
        body: &[u8],
        veil: Arc<dyn Veil>,
    ) -> Result<Self, Fault> {
        let key = wanted().map(|key| veil.key(caller.scope(), key, method, body)).transpose()?;
        Ok(Self::with(caller, key, Some(veil)))
    }

    fn with(caller: Caller, key: Option<Key>, veil: Option<Arc<dyn Veil>>) -> Self {
        let context = rpc::context::current();
        let request_id = context.as_ref().map(|context| context.request_id.clone());
        let client_address = context.and_then(|context| context.client_address);
        Self { caller, key, veil, request_id, client_address }
    }

    /// Gives the address from which the end user called, if anybody knows it.
    pub fn client_address(&self) -> Option<&str> {
        self.client_address.as_deref()
    }

    /// Gives the caller's key, for work in phases that reserves it by itself.
    pub const fn key(&self) -> Option<&Key> {
        self.key.as_ref()
    }

    /// Claims the caller's key, first thing in the transaction; gives the stored reply if it is answered already.
    ///
    /// *Errors*: as [`idempotency::claim`]. A transaction that claimed and does not [`store`](Self::store) cannot
    /// commit.
    pub async fn claim<R: Message + Default>(&self, tx: &mut Tx) -> Result<Option<Answer<R>>, Fault> {
        match idempotency::claim(tx, self.key.as_ref()).await? {
            Claim::Fresh => Ok(None),
            Claim::Replay(stored) => {
                let bytes = match (&self.veil, &self.key) {
                    (Some(veil), Some(key)) => veil.open(key, &stored)?,
                    _ => stored,
                };
                let reply = R::decode(bytes.as_slice()).map_err(Fault::internal)?;
                Ok(Some(Answer { reply, is_replay: true }))
            }
        }
    }

    /// Claims the keys of several calls that are carried out in one transaction; tells for each whether it is fresh.
    /// One that is not must be [`claim`](Self::claim)ed by itself, elsewhere.
    pub async fn claim_all(tx: &mut Tx, calls: &[&Self]) -> Result<Vec<bool>, Fault> {
        let keys: Vec<&Key> = calls.iter().filter_map(|call| call.key()).collect();
        let mut fresh = idempotency::claim_all(tx, &keys).await?.into_iter();
        let is_fresh = |call: &&Self| call.key.is_none() || fresh.next().unwrap_or_default();
        Ok(calls.iter().map(is_fresh).collect())
    }

    /// Stores the replies of calls under the keys that [`claim_all`](Self::claim_all) found fresh.
    pub async fn store_all<R: Message>(tx: &mut Tx, replies: &[(&Self, R)]) -> Result<(), Fault> {
        let mut stored = Vec::new();
        for (call, reply) in replies {
            if let Some(key) = &call.key {
                let bytes = reply.encode_to_vec();
                let bytes = call.veil.as_ref().map_or(Ok(bytes.clone()), |veil| veil.seal(key, &bytes))?;
                stored.push((key, bytes));
            }
        }
        idempotency::store_all(tx, stored).await
    }

    /// Gives back the fresh keys of calls that are left out of the transaction after all.
    pub async fn release_all(tx: &mut Tx, calls: &[&Self]) -> Result<(), Fault> {
        for key in calls.iter().filter_map(|call| call.key()) {
            idempotency::release(tx, key).await?;
        }
        Ok(())
    }

    /// Stores the reply under the claimed key, last thing in the transaction.
    pub async fn store<R: Message>(&self, tx: &mut Tx, reply: R) -> Result<Answer<R>, Fault> {
        let bytes = reply.encode_to_vec();
        let stored = match (&self.veil, &self.key) {
            (Some(veil), Some(key)) => veil.seal(key, &bytes)?,
            _ => bytes,
        };
        idempotency::store(tx, self.key.as_ref(), &stored).await?;
        Ok(Answer { reply, is_replay: false })
    }

    /// Says who acts: the user if there is one, else the service that calls.
    pub fn actor(&self) -> Actor {
        match (&self.caller.user, self.caller.via) {
            (Some(user), _) => Actor::User(user.id),
            (None, Some(service)) => Actor::Service(service.as_str().to_owned()),
            (None, None) => Actor::System,
        }
    }

    /// Makes the audit row of an act of this call; `durable::audit::append` writes it. `states` are the state
    /// before and after, without secrets.
    pub fn audit(
        &self,
        action: &'static str,
        subject: String,
        states: (Option<Value>, Option<Value>),
    ) -> Entry {
        Entry {
            actor: self.actor(),
            action,
            subject,
            before: states.0,
            after: states.1,
            client_address: self.client_address.clone(),
            request_id: self.request_id.clone(),
        }
    }
}

/// The key that the caller sent.
fn wanted() -> Option<String> {
    rpc::context::current().and_then(|context| context.idempotency_key)
}

impl<R> From<Answer<R>> for Response<R> {
    fn from(answer: Answer<R>) -> Self {
        let mut response = Self::new(answer.reply);
        if answer.is_replay {
            response.metadata_mut().insert(IDEMPOTENT_REPLAYED, MetadataValue::from_static("true"));
        }
        response
    }
}
