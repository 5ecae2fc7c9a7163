//! What the gateway knows of the request in progress: its id, its language, its face, and marks left on the way.
//!
//! Task-local, set once by `layers::enter`, read where an answer is written. Who is calling does not live here:
//! that is a type in `callers`.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::{faces::Face, language::Language};

/// Describes one request while it is being answered. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Visit(Arc<Facts>);

#[derive(Debug)]
struct Facts {
    request_id: String,
    language: Language,
    face: Face,
    is_replayed: AtomicBool,
}

tokio::task_local! {
    static VISIT: Visit;
}

impl Visit {
    /// Opens a visit.
    pub(crate) fn new(request_id: String, language: Language, face: Face) -> Self {
        Self(Arc::new(Facts { request_id, language, face, is_replayed: AtomicBool::new(false) }))
    }

    /// Runs a future inside the visit.
    pub(crate) async fn scope<F: Future>(self, future: F) -> F::Output {
        VISIT.scope(self, future).await
    }

    /// Gives the request id of the visit in progress; empty outside of one.
    pub(crate) fn request_id() -> String {
        VISIT.try_with(|visit| visit.0.request_id.clone()).unwrap_or_default()
    }

    /// Gives the language of the visit in progress; Chinese outside of one.
    pub(crate) fn language() -> Language {
        VISIT.try_with(|visit| visit.0.language).unwrap_or_default()
    }

    /// Gives the face that was asked; the dorm face outside of a visit.
    pub(crate) fn face() -> Face {
        VISIT.try_with(|visit| visit.0.face).unwrap_or_default()
    }

    /// Notes that a service answered from its store of idempotency keys.
    pub(crate) fn note_replay() {
        // Outside of a visit there is no answer to mark.
        let _ = VISIT.try_with(|visit| visit.0.is_replayed.store(true, Ordering::Relaxed));
    }

    /// Tells whether a service answered from its store of idempotency keys.
    pub(crate) fn is_replayed(&self) -> bool {
        self.0.is_replayed.load(Ordering::Relaxed)
    }
}
