//! One call at the door: who calls, with which key, and the answer with its mark.
//!
//! Every operation that writes gets a [`Call`]; it claims the caller's key in the operation's own transaction, stores
//! the reply there, and names the actor of audit rows. What is done does not live here. The rule not to be broken:
//! key, effect, audit row and reply are written in one transaction.

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

/// What an operation knows of the call that it carries out.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    key: Option<Key>,
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
        let context = rpc::context::current();
        let key = context
            .as_ref()
            .and_then(|context| context.idempotency_key.clone())
            .map(|key| Key::new(caller.scope(), key, method, &request.get_ref().encode_to_vec()));
        Self {
            caller,
            key,
            request_id: context.as_ref().map(|context| context.request_id.clone()),
            client_address: context.and_then(|context| context.client_address),
        }
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
            Claim::Replay(bytes) => {
                let reply = R::decode(bytes.as_slice()).map_err(Fault::internal)?;
                Ok(Some(Answer { reply, is_replay: true }))
            }
        }
    }

    /// Stores the reply under the claimed key, last thing in the transaction.
    pub async fn store<R: Message>(&self, tx: &mut Tx, reply: R) -> Result<Answer<R>, Fault> {
        idempotency::store(tx, self.key.as_ref(), &reply.encode_to_vec()).await?;
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

impl<R> From<Answer<R>> for Response<R> {
    fn from(answer: Answer<R>) -> Self {
        let mut response = Self::new(answer.reply);
        if answer.is_replay {
            response.metadata_mut().insert(IDEMPOTENT_REPLAYED, MetadataValue::from_static("true"));
        }
        response
    }
}
