//! Group commit: what arrives while one transaction runs makes the next one.
//!
//! Whoever [`join`](Group::join)s hands in one item and waits for his own answer. There is one batch at a time; an
//! item that finds none on its way goes at once, alone. What a batch does with its items is the caller's work. The
//! rule not to be broken: an item is answered after the commit that holds it, or it was not done.

use std::{
    fmt,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use fault::Fault;
use tokio::{
    runtime,
    sync::{mpsc, oneshot},
};

/// Items that wait for the batch on its way; who comes then waits before he joins.
const WAITING_MAX: usize = 1_024;
/// How long a group apart waits at most for those whom its last batch answered, and in which steps it looks.
const MOMENTS_MAX: u32 = 6;
const MOMENT: Duration = Duration::from_micros(50);

/// Gathers items into batches. Cheap to clone; it ends with its last clone.
pub struct Group<T, R> {
    sender: mpsc::Sender<Member<T, R>>,
    /// Who joined and has no answer yet.
    present: Arc<AtomicUsize>,
}

/// Counts somebody while he is there.
struct Present<'g>(&'g AtomicUsize);

impl<'g> Present<'g> {
    fn new(present: &'g AtomicUsize) -> Self {
        present.fetch_add(1, Ordering::Relaxed);
        Self(present)
    }
}

impl Drop for Present<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
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
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        tokio::spawn(gather(receiver, most, work, |_, _| ()));
        Self { sender, present: Arc::default() }
    }

    /// As [`start`](Self::start), on a thread `name` of its own with a runtime of its own: its batches do not wait for
    /// whatever else the process does, and what else it does goes on meanwhile. `work` should use a [`Lane`], which
    /// connects in the runtime that uses it. *Errors*: internal, if the system gives no thread.
    ///
    /// [`Lane`]: crate::Lane
    pub fn start_apart<F, W>(name: &str, most: usize, work: F) -> Result<Self, Fault>
    where
        F: Fn(Vec<Member<T, R>>) -> W + Send + Sync + 'static,
        W: Future<Output = ()> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(Fault::internal)?;
        let run = move || runtime.block_on(gather(receiver, most, work, let_them_come));
        thread::Builder::new().name(name.to_owned()).spawn(run).map_err(Fault::internal)?;
        Ok(Self { sender, present: Arc::default() })
    }

    /// Hands an item in and waits for its answer. *Errors*: what the batch answers; internal, if it panicked.
    pub async fn join(&self, item: T) -> Result<R, Fault> {
        let _present = Present::new(&self.present);
        let (reply, answer) = oneshot::channel();
        let lost = || Fault::internal("a batch ended without an answer");
        self.sender.send(Member { item, reply }).await.map_err(|_| lost())?;
        answer.await.map_err(|_| lost())?
    }

    /// Tells whether nobody waits for an answer at present. Nothing keeps somebody from joining a moment later.
    pub fn is_idle(&self) -> bool {
        self.present.load(Ordering::Relaxed) == 0
    }
}

/// Waits a moment for those who had just been answered, if fewer than half as many are there: when many come again and
/// again, the first of them would else go alone and the rest wait for him. Blocks a thread that has nothing else to do.
fn let_them_come<T>(receiver: &mpsc::Receiver<T>, last: usize) {
    for _ in 0..MOMENTS_MAX {
        if receiver.len() >= last / 2 {
            return;
        }
        thread::sleep(MOMENT);
    }
}

/// Carries batches out until nobody can join any more; `pause` is called between them, with how many the last one had.
async fn gather<T, R, F, W>(
    mut receiver: mpsc::Receiver<Member<T, R>>,
    most: usize,
    work: F,
    pause: impl Fn(&mpsc::Receiver<Member<T, R>>, usize),
) where
    F: Fn(Vec<Member<T, R>>) -> W + Send + Sync + 'static,
    W: Future<Output = ()> + Send + 'static,
{
    let mut last = 0;
    loop {
        pause(&receiver, last);
        let mut batch = Vec::new();
        last = receiver.recv_many(&mut batch, most.max(1)).await;
        if last == 0 {
            return;
        }
        // A batch of its own task: if it panics its members hear of it, and the next batch goes on.
        if let Err(error) = tokio::spawn(work(batch)).await {
            tracing::error!(%error, "a batch panicked");
        }
    }
}

impl<T, R> Clone for Group<T, R> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone(), present: Arc::clone(&self.present) }
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
