//! Group commit: what arrives while one transaction runs makes the next one.
//!
//! Whoever [`join`](Group::join)s hands in one item and waits for his own answer. There is one batch at a time; an
//! item that finds none on its way goes at once, alone. What a batch does with its items is the caller's work. The
//! rule not to be broken: an item is answered after the commit that holds it, or it was not done.

use std::{fmt, future::Future, sync::Arc};

use fault::Fault;
use tokio::sync::{mpsc, oneshot};

/// Items that wait for the batch on its way; who comes then waits before he joins.
const WAITING_MAX: usize = 1_024;

/// Gathers items into batches. Cheap to clone; it ends with its last clone.
pub struct Group<T, R> {
    sender: mpsc::Sender<Member<T, R>>,
}

/// An item of a batch, with the way back to whoever handed it in.
pub struct Member<T, R> {
    /// What he handed in.
    pub item: T,
    reply: oneshot::Sender<Result<R, Fault>>,
}

impl<T, R> Member<T, R> {
    /// Answers the caller. One who went away hears nothing, and the effect stays.
    pub fn answer(self, result: Result<R, Fault>) {
        let _ = self.reply.send(result);
    }
}

impl<T: Send + 'static, R: Send + 'static> Group<T, R> {
    /// Starts gathering; `work` takes batches of 1 to `most` items in the order in which they came, and answers
    /// each member. Needs a runtime.
    pub fn start<F, W>(most: usize, work: F) -> Self
    where
        F: Fn(Vec<Member<T, R>>) -> W + Send + Sync + 'static,
        W: Future<Output = ()> + Send + 'static,
    {
        let (sender, mut receiver) = mpsc::channel(WAITING_MAX);
        let work = Arc::new(work);
        tokio::spawn(async move {
            loop {
                let mut batch = Vec::new();
                if receiver.recv_many(&mut batch, most.max(1)).await == 0 {
                    return;
                }
                // A batch of its own task: if it panics its members hear of it, and the next batch goes on.
                if let Err(error) = tokio::spawn(work(batch)).await {
                    tracing::error!(%error, "a batch panicked");
                }
            }
        });
        Self { sender }
    }

    /// Hands an item in and waits for its answer. *Errors*: what the batch answers; internal, if it panicked.
    pub async fn join(&self, item: T) -> Result<R, Fault> {
        let (reply, answer) = oneshot::channel();
        let lost = || Fault::internal("a batch ended without an answer");
        self.sender.send(Member { item, reply }).await.map_err(|_| lost())?;
        answer.await.map_err(|_| lost())?
    }
}

impl<T, R> Clone for Group<T, R> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone() }
    }
}

impl<T, R> fmt::Debug for Group<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group").finish_non_exhaustive()
    }
}

impl<T: fmt::Debug, R> fmt::Debug for Member<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member").field("item", &self.item).finish_non_exhaustive()
    }
}
