//! Whether a session still lives: it ends by logout, disabling and a change of password or rights.
//!
//! The user service knows; an answer is believed for at most a second after it was asked for, so an ended session
//! is refused everywhere within that second. Questions that wait at the same moment travel together. The rule
//! not to be broken: without a fresh answer nobody passes.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use fault::{Code, Fault};
use moka::{Expiry, future::Cache};
use proto::user::v1::{CheckSessionsRequest, user_service_client::UserServiceClient};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::claims;

/// An answer is believed for so long after the question was sent.
const BELIEVED_FOR: Duration = Duration::from_millis(900);
const REMEMBERED_MAX: u64 = 100_000;
/// What `CheckSessions` takes at once.
const BATCH_MAX: usize = 1_000;
const WAITING_MAX: usize = 10_000;
const QUESTIONS_AT_ONCE_MAX: usize = 4;

/// Knows which sessions live. The user service implements it over its database, all others over gRPC.
#[async_trait]
pub trait Sessions: Send + Sync + 'static {
    /// Picks the ids of living sessions out of at most 1,000.
    async fn living(&self, session_ids: Vec<i64>) -> Result<Vec<i64>, Fault>;
}

/// Checks sessions. Cheap to clone; clones share what they know.
#[derive(Clone)]
pub struct Liveness(Arc<Inner>);

struct Inner {
    sessions: Arc<dyn Sessions>,
    known: Cache<i64, Answer>,
    questions: mpsc::Sender<Question>,
}

#[derive(Clone, Copy)]
struct Answer {
    is_living: bool,
    asked_at: Instant,
}

struct Question {
    session_id: i64,
    reply: oneshot::Sender<Result<Answer, Fault>>,
}

/// Lets an answer end a fixed time after its question, however long it was under way.
struct FromQuestion;

impl Expiry<i64, Answer> for FromQuestion {
    fn expire_after_create(&self, _: &i64, answer: &Answer, created_at: Instant) -> Option<Duration> {
        Some(BELIEVED_FOR.saturating_sub(created_at.saturating_duration_since(answer.asked_at)))
    }
}

impl std::fmt::Debug for Liveness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Liveness").field("known", &self.0.known.entry_count()).finish_non_exhaustive()
    }
}

impl Liveness {
    /// Asks the user service. The channel must carry the token of this service.
    pub fn new(user: rpc::Channel) -> Self {
        Self::local(Remote(UserServiceClient::new(user)))
    }

    /// Asks whoever knows. For the user service itself, and for tests.
    pub fn local(sessions: impl Sessions) -> Self {
        let sessions: Arc<dyn Sessions> = Arc::new(sessions);
        let (questions, waiting) = mpsc::channel(WAITING_MAX);
        tokio::spawn(carry(Arc::clone(&sessions), waiting));
        let known = Cache::builder().max_capacity(REMEMBERED_MAX).expire_after(FromQuestion).build();
        Self(Arc::new(Inner { sessions, known, questions }))
    }

    /// Passes if a session lives.
    ///
    /// *Errors*: `AUTH_INVALID` if it has ended, `SERVICE_UNAVAILABLE` if nobody can tell.
    pub async fn check(&self, session_id: i64) -> Result<(), Fault> {
        let answer = match self.0.known.get(&session_id).await {
            Some(known) => Ok(known),
            None => self.0.known.try_get_with(session_id, self.ask(session_id)).await,
        };
        match answer {
            Ok(answer) if answer.is_living && answer.asked_at.elapsed() < BELIEVED_FOR => Ok(()),
            Ok(answer) if answer.is_living => Err(nobody_tells()),
            Ok(_) => Err(claims::invalid().with_internal("the session has ended")),
            Err(fault) => Err(Fault::clone(&fault)),
        }
    }

    /// Picks the living sessions out of many, such as those of open sockets. Always asks anew.
    ///
    /// *Errors*: `SERVICE_UNAVAILABLE` if nobody can tell.
    pub async fn check_many(&self, session_ids: &[i64]) -> Result<HashSet<i64>, Fault> {
        let mut living = HashSet::with_capacity(session_ids.len());
        for batch in session_ids.chunks(BATCH_MAX) {
            living.extend(ask(Arc::clone(&self.0.sessions), batch.to_vec()).await?);
        }
        Ok(living)
    }

    async fn ask(&self, session_id: i64) -> Result<Answer, Fault> {
        let (reply, answer) = oneshot::channel();
        self.0.questions.try_send(Question { session_id, reply }).map_err(|_| nobody_tells())?;
        answer.await.map_err(|_| nobody_tells())?
    }
}

/// Takes questions together and has them answered, a few batches at once, until nobody can ask any more.
async fn carry(sessions: Arc<dyn Sessions>, mut waiting: mpsc::Receiver<Question>) {
    let permits = Arc::new(Semaphore::new(QUESTIONS_AT_ONCE_MAX));
    loop {
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
        let mut batch = Vec::new();
        if waiting.recv_many(&mut batch, BATCH_MAX).await == 0 {
            return;
        }
        let sessions = Arc::clone(&sessions);
        tokio::spawn(async move {
            answer(sessions, batch).await;
            drop(permit);
        });
    }
}

async fn answer(sessions: Arc<dyn Sessions>, batch: Vec<Question>) {
    let asked_at = Instant::now();
    let ids: HashSet<i64> = batch.iter().map(|question| question.session_id).collect();
    let living = ask(sessions, ids.into_iter().collect()).await;
    for question in batch {
        let answer = living.as_ref().map_err(Fault::clone);
        let answer =
            answer.map(|living| Answer { is_living: living.contains(&question.session_id), asked_at });
        // Whoever asked may have gone away.
        drop(question.reply.send(answer));
    }
}

/// Asks in a task of its own, so that no context of a single request, such as its user's token, goes along.
async fn ask(sessions: Arc<dyn Sessions>, ids: Vec<i64>) -> Result<HashSet<i64>, Fault> {
    let living = tokio::spawn(async move { sessions.living(ids).await }).await.map_err(Fault::internal)?;
    match living {
        Ok(living) => Ok(living.into_iter().collect()),
        Err(fault) => {
            Err(nobody_tells()
                .with_internal(format!("{fault} {}", fault.internal_context().unwrap_or_default())))
        }
    }
}

fn nobody_tells() -> Fault {
    Fault::new(Code::ServiceUnavailable, "sessions cannot be checked for the moment").with_retry_after(1)
}

/// Asks the user service over gRPC.
struct Remote(UserServiceClient<rpc::Channel>);

#[async_trait]
impl Sessions for Remote {
    async fn living(&self, session_ids: Vec<i64>) -> Result<Vec<i64>, Fault> {
        let reply = self.0.clone().check_sessions(CheckSessionsRequest { session_ids }).await?;
        Ok(reply.into_inner().live_session_ids)
    }
}
