//! Reads of the same moment, joined into one call.
//!
//! A call over HTTP/2 costs several times what a look into a cache does, so questions that come while one is on its way
//! travel together in the next. Who finds nobody there goes alone, at once; nobody waits for company. What a question is
//! and how many of them are asked is the caller's. The rule not to be broken: a joined call carries nothing of a single
//! request, so each question brings its own proof of whoever asks.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use fault::Fault;
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    time,
};
use tonic::Status;

use crate::context;

/// Joined calls that are on their way at once.
const CALLS_MAX: usize = 2;
/// Questions that wait for the next call; who comes then waits before he is heard.
const WAITING_MAX: usize = 4_096;
/// For a question outside of any request.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// Gathers questions into calls. Cheap to clone; it ends with its last clone.
pub struct Joint<Q, R> {
    sender: mpsc::Sender<Question<Q, R>>,
    /// Who asked and has no answer yet.
    present: Arc<AtomicUsize>,
}

struct Question<Q, R> {
    asked: Q,
    reply: oneshot::Sender<Result<R, Fault>>,
}

/// Counts somebody while he is there.
struct Present<'j> {
    all: &'j AtomicUsize,
    others: usize,
}

impl<'j> Present<'j> {
    fn new(all: &'j AtomicUsize) -> Self {
        Self { all, others: all.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Drop for Present<'_> {
    fn drop(&mut self) {
        self.all.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<Q: Send + 'static, R: Send + 'static> Joint<Q, R> {
    /// Starts gathering. `call` asks 1 to `most` questions in one call and gives an answer for each, in their order.
    /// Needs a runtime.
    pub fn start<F, W>(most: usize, call: F) -> Self
    where
        F: Fn(Vec<Q>) -> W + Send + Sync + 'static,
        W: Future<Output = Result<Vec<Result<R, Fault>>, Fault>> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        tokio::spawn(gather(receiver, most.max(1), Arc::new(call)));
        Self { sender, present: Arc::default() }
    }

    /// Asks by `alone`, inside the context of the request, if nobody else asks at the moment; else together with others.
    ///
    /// *Errors*: those of the answer; of the call, for all whom it joined; deadline exceeded, when the request's time is
    /// over.
    pub async fn ask<W>(&self, question: Q, alone: impl FnOnce(Q) -> W + Send) -> Result<R, Fault>
    where
        W: Future<Output = Result<R, Fault>> + Send,
    {
        let present = Present::new(&self.present);
        if present.others == 0 {
            return alone(question).await;
        }
        let wait = context::current().map_or(WAIT_MAX, |context| context.remaining());
        let answer = time::timeout(wait, self.join(question)).await;
        answer.unwrap_or_else(|_| Err(Status::deadline_exceeded("no answer came in time").into()))
    }

    async fn join(&self, asked: Q) -> Result<R, Fault> {
        let (reply, answer) = oneshot::channel();
        let lost = || Fault::internal("a joined call ended without an answer");
        self.sender.send(Question { asked, reply }).await.map_err(|_| lost())?;
        answer.await.map_err(|_| lost())?
    }
}

/// Carries questions until nobody can ask any more. A call is a task of its own: no context of a request goes along.
async fn gather<Q, R, F, W>(mut receiver: mpsc::Receiver<Question<Q, R>>, most: usize, call: Arc<F>)
where
    Q: Send + 'static,
    R: Send + 'static,
    F: Fn(Vec<Q>) -> W + Send + Sync + 'static,
    W: Future<Output = Result<Vec<Result<R, Fault>>, Fault>> + Send + 'static,
{
    let permits = Arc::new(Semaphore::new(CALLS_MAX));
    loop {
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
        let mut batch = Vec::new();
        if receiver.recv_many(&mut batch, most).await == 0 {
            return;
        }
        let call = Arc::clone(&call);
        tokio::spawn(async move {
            let (asked, replies): (Vec<Q>, Vec<_>) =
                batch.into_iter().map(|question| (question.asked, question.reply)).unzip();
            answer(replies, call(asked).await);
            drop(permit);
        });
    }
}

fn answer<R>(replies: Vec<oneshot::Sender<Result<R, Fault>>>, answers: Result<Vec<Result<R, Fault>>, Fault>) {
    let short = || Fault::internal("a joined call was not answered for everybody");
    let mut answers = answers.map(Vec::into_iter);
    for reply in replies {
        let own = match &mut answers {
            Ok(answers) => answers.next().unwrap_or_else(|| Err(short())),
            Err(fault) => Err(fault.clone()),
        };
        // Whoever asked may have gone away.
        drop(reply.send(own));
    }
}

impl<Q, R> Clone for Joint<Q, R> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone(), present: Arc::clone(&self.present) }
    }
}

impl<Q, R> fmt::Debug for Joint<Q, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Joint")
            .field("present", &self.present.load(Ordering::Relaxed))
            .finish_non_exhaustive()
    }
}
