//! A sandbox of its own on loopback, and a merchant's server that takes its notifications.

use std::{
    collections::VecDeque,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    response::{IntoResponse as _, Response},
};
use chrono::{DateTime, Utc};
use clock::Clock;
use http::{HeaderMap, StatusCode};
use reqwest::{Client, redirect::Policy};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle, time::timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{Settings, desk::Desk, keys::Keys, open};

/// The keys of all tests, made once.
static KEYS: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    Keys::take(folder.path()).unwrap();
    folder
});

const PATIENCE: Duration = Duration::from_secs(20);

/// Gives noon in Beijing of the first of March.
pub(super) fn noon() -> DateTime<Utc> {
    "2026-03-01T04:00:00Z".parse().unwrap()
}

/// A running sandbox.
pub(super) struct Stage {
    pub(super) url: String,
    pub(super) clock: Clock,
    pub(super) client: Client,
    pub(super) desk: Desk,
    folder: Arc<TempDir>,
    served: Option<(DropGuard, JoinHandle<()>)>,
}

impl Stage {
    /// Starts one, with nothing in it.
    pub(super) async fn new() -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        copy(&KEYS.path().join("keys"), &folder.path().join("keys"));
        Self::start(folder, Clock::manual(noon())).await
    }

    /// Ends it and starts another one over the same folder.
    pub(super) async fn restarted(mut self) -> Self {
        self.end().await;
        let Self { folder, clock, desk, .. } = self;
        drop(desk);
        Self::start(folder, clock).await
    }

    pub(super) async fn end(&mut self) {
        let (guard, task) = self.served.take().unwrap();
        drop(guard);
        timeout(PATIENCE, task).await.unwrap().unwrap();
    }

    async fn start(folder: Arc<TempDir>, clock: Clock) -> Self {
        let stop = CancellationToken::new();
        let settings = Settings {
            addr: "127.0.0.1:0".parse().unwrap(),
            public_url: None,
            time_scale: 1,
            folder: folder.path().to_owned(),
        };
        let open = open(settings, clock.clone(), stop.clone()).await.unwrap();
        let desk = open.desk.clone();
        let task = tokio::spawn(open.serve());
        let client =
            Client::builder().no_proxy().redirect(Policy::none()).user_agent("test").build().unwrap();
        let served = Some((stop.drop_guard(), task));
        Self { url: desk.url.to_string(), clock, client, desk, folder, served }
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Moves the clock on and lets the worker see it.
    pub(super) fn pass(&self, by: chrono::Duration) {
        self.clock.advance(by);
        self.desk.wake.notify_one();
    }

    pub(super) async fn get(&self, path: &str) -> (u16, String) {
        let answer = self.client.get(self.at(path)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Gets JSON from the control interface.
    pub(super) async fn control(&self, path: &str) -> Value {
        let (status, body) = self.get(&format!("/control/{path}")).await;
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    pub(super) async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> (u16, String) {
        let answer = self.client.post(self.at(path)).body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Pays by the control interface.
    pub(super) async fn pay(&self, number: &str) {
        let (status, body) = self.post(&format!("/control/trades/{number}/pay"), "").await;
        assert_eq!(status, 200, "{body}");
    }

    /// Sets a fault.
    pub(super) async fn fault(&self, fault: &Value) {
        let (status, body) = self.post("/control/faults", fault.to_string()).await;
        assert_eq!(status, 200, "{body}");
    }

    /// Gives a trade as the control interface shows it, once it is as wanted.
    pub(super) async fn until(&self, number: &str, is_wanted: impl Fn(&Value) -> bool) -> Value {
        let wait = async {
            loop {
                let trade = self.control(&format!("trades/{number}")).await;
                if is_wanted(&trade) {
                    return trade;
                }
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, wait).await.expect("the trade never became what it should")
    }

    fn at(&self, path: &str) -> String {
        if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.url) }
    }
}

/// A request that a merchant's server got.
#[derive(Clone, Debug)]
pub(super) struct Got {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// A merchant's server: keeps what comes and answers what it is told to.
pub(super) struct Inbox {
    pub(super) url: String,
    got: Arc<Shelf>,
    _task: DropGuard,
}

struct Shelf {
    all: Mutex<VecDeque<Got>>,
    answer: Mutex<(StatusCode, &'static str)>,
    came: Notify,
}

impl Inbox {
    pub(super) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/notify", listener.local_addr().unwrap());
        let answer = Mutex::new((StatusCode::OK, "success"));
        let got = Arc::new(Shelf { all: Mutex::default(), answer, came: Notify::new() });
        let router = Router::new().fallback(take).with_state(Arc::clone(&got));
        let stop = CancellationToken::new();
        tokio::spawn(crate::server::serve(listener, router, stop.clone()));
        Self { url, got, _task: stop.drop_guard() }
    }

    /// What is answered from now on.
    pub(super) fn answer(&self, status: StatusCode, body: &'static str) {
        *self.got.answer.lock().unwrap() = (status, body);
    }

    /// Gives the next request; waits for it.
    pub(super) async fn next(&self) -> Got {
        let wait = async {
            loop {
                let came = self.got.came.notified();
                if let Some(got) = self.got.all.lock().unwrap().pop_front() {
                    return got;
                }
                came.await;
            }
        };
        timeout(PATIENCE, wait).await.expect("no notification came")
    }

    pub(super) fn is_empty(&self) -> bool {
        self.got.all.lock().unwrap().is_empty()
    }
}

async fn take(State(shelf): State<Arc<Shelf>>, headers: HeaderMap, body: Bytes) -> Response {
    shelf.all.lock().unwrap().push_back(Got { headers, body });
    shelf.came.notify_one();
    shelf.answer.lock().unwrap().into_response()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
