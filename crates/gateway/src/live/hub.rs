//! The one task that owns the registry: hears Redis, asks the services, keeps time.
//!
//! Sockets talk to it by words in a bounded queue. While Redis is away every room is asked for news once a second.
//! The rule not to be broken: the hub waits for nothing but its queue; questions run in tasks of their own.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use clock::Clock;
use ephemeral::Redis;
use proto::event::v1::Event;
use tokio::{
    sync::{Semaphore, mpsc, watch},
    time::{self, Instant, MissedTickBehavior},
};
use tokio_util::sync::CancellationToken;

use super::{
    fetch::{self, Found},
    news::{Ask, Newcomer, News, SocketId},
    registry::Registry,
    render,
};
use crate::{
    peers::Peers,
    pulse::{Pulse, Status},
    settings::Limits,
};

const WORDS_MAX: usize = 4_096;
/// Questions under way at the same time.
const QUESTIONS_MAX: usize = 16;
/// How often rooms are asked for news while Redis is away.
const CATCH_UP_EVERY: Duration = Duration::from_secs(1);

/// What the hub is told.
#[derive(Debug)]
pub(super) enum Word {
    Enter(Newcomer),
    Renew {
        id: SocketId,
        session_id: i64,
    },
    Leave(SocketId),
    Heard(Box<Event>),
    /// News may have been lost.
    Broke,
    Fetched {
        room_id: i64,
        found: Option<(Vec<Event>, i64)>,
    },
    Memberships {
        asked: Vec<i64>,
        rooms: Option<HashMap<i64, BTreeSet<i64>>>,
        by_tick: bool,
    },
    Sessions {
        asked: HashSet<i64>,
        living: Option<HashSet<i64>>,
    },
}

/// Reaches the hub. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Hub {
    words: mpsc::Sender<Word>,
    next_id: Arc<AtomicU64>,
}

/// What the hub needs.
#[derive(Clone, Debug)]
pub(crate) struct HubParts {
    pub(crate) peers: Peers,
    pub(crate) redis: Redis,
    pub(crate) pulse: Pulse,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) stop: CancellationToken,
}

impl Hub {
    /// Starts the hub, until `stop`.
    pub(crate) fn start(parts: HubParts) -> Self {
        let (words, inbox) = mpsc::channel(WORDS_MAX);
        tokio::spawn(super::listen::listen(parts.redis.clone(), words.clone(), parts.stop.clone()));
        let keeper = Keeper {
            registry: Registry::new(parts.limits.sockets_per_user_max),
            words: words.clone(),
            questions: Arc::new(Semaphore::new(QUESTIONS_MAX)),
            is_checking_members: false,
            is_checking_sessions: false,
            caught_up_at: Instant::now(),
            parts,
        };
        tokio::spawn(keeper.run(inbox));
        Self { words, next_id: Arc::default() }
    }

    /// Gives a name for a new socket.
    pub(super) fn new_id(&self) -> SocketId {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Tells the hub something. It is lost only when the process is ending.
    pub(super) async fn tell(&self, word: Word) {
        let _ = self.words.send(word).await;
    }
}

struct Keeper {
    registry: Registry,
    words: mpsc::Sender<Word>,
    questions: Arc<Semaphore>,
    is_checking_members: bool,
    is_checking_sessions: bool,
    caught_up_at: Instant,
    parts: HubParts,
}

impl Keeper {
    async fn run(mut self, mut inbox: mpsc::Receiver<Word>) {
        let mut ticks = time::interval(self.parts.limits.socket_check_every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut status = self.parts.pulse.watch();
        let mut known = self.parts.pulse.status();
        let stop = self.parts.stop.clone();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                Some(word) = inbox.recv() => self.hear(word),
                _ = ticks.tick() => self.tick(),
                Ok(()) = status.changed() => self.note_status(&mut known, &mut status),
            }
        }
    }

    fn hear(&mut self, word: Word) {
        let asks = match word {
            Word::Enter(newcomer) => self.registry.enter(newcomer),
            Word::Renew { id, session_id } => {
                self.registry.renew(id, session_id);
                Vec::new()
            }
            Word::Leave(id) => {
                self.registry.leave(id);
                Vec::new()
            }
            Word::Heard(event) => self.registry.hear(*event),
            Word::Broke => self.registry.catch_up(),
            Word::Fetched { room_id, found: Some((events, newest_seq)) } => {
                self.registry.fetched(room_id, events, newest_seq)
            }
            Word::Fetched { room_id, found: None } => {
                self.registry.not_fetched(room_id);
                Vec::new()
            }
            Word::Memberships { asked, rooms, by_tick } => {
                self.is_checking_members &= !by_tick;
                rooms.map(|rooms| self.registry.memberships(&asked, &rooms)).unwrap_or_default()
            }
            Word::Sessions { asked, living } => {
                self.is_checking_sessions = false;
                if let Some(living) = living {
                    self.registry.sessions(&asked, &living);
                }
                Vec::new()
            }
        };
        self.ask(asks, false);
    }

    fn tick(&mut self) {
        let user_ids = self.registry.user_ids();
        if user_ids.is_empty() {
            return;
        }
        if !self.is_checking_members {
            self.is_checking_members = true;
            self.ask(vec![Ask::Memberships(user_ids)], true);
        }
        if !self.is_checking_sessions {
            self.is_checking_sessions = true;
            self.check_sessions(self.registry.session_ids());
        }
        let mut asks = self.registry.retry();
        let has_redis = self.parts.redis.available() && self.parts.pulse.status().has_redis();
        if !has_redis && self.caught_up_at.elapsed() >= CATCH_UP_EVERY {
            self.caught_up_at = Instant::now();
            asks.extend(self.registry.catch_up());
        }
        self.ask(asks, false);
    }

    fn ask(&self, asks: Vec<Ask>, by_tick: bool) {
        for ask in asks {
            let (peers, words) = (self.parts.peers.clone(), self.words.clone());
            let questions = Arc::clone(&self.questions);
            tokio::spawn(async move {
                let _turn = questions.acquire_owned().await;
                // The hub is gone only when the process is ending.
                let _ = words.send(answer(&peers, ask, by_tick).await).await;
            });
        }
    }

    fn check_sessions(&self, asked: HashSet<i64>) {
        let (peers, words) = (self.parts.peers.clone(), self.words.clone());
        tokio::spawn(async move {
            let living = fetch::living(&peers, &asked).await;
            let living =
                living.map_err(|fault| tracing::warn!(%fault, "sessions of sockets are not known")).ok();
            // The hub is gone only when the process is ending.
            let _ = words.send(Word::Sessions { asked, living }).await;
        });
    }

    /// Tells everybody when something came or went (000-V15).
    fn note_status(&mut self, known: &mut Status, status: &mut watch::Receiver<Status>) {
        let next = status.borrow_and_update().clone();
        let is_news = !known.parts.is_empty() && known.parts != next.parts;
        if is_news {
            let id = self.parts.clock.new_uuid().to_string();
            let at = clock::format_instant(self.parts.clock.now());
            if let Some(printed) = render::system_status(&next.parts, next.is_whole(), &id, at) {
                let news = News { topics: printed.topics, place: None, text: printed.text.into() };
                self.registry.tell_all(news);
            }
        }
        *known = next;
    }
}

async fn answer(peers: &Peers, ask: Ask, by_tick: bool) -> Word {
    match ask {
        Ask::Events { room_id, after_seq } => {
            let found = fetch::events(peers, room_id, after_seq).await;
            let found = found
                .map_err(|fault| tracing::warn!(%fault, room_id, "events of room {room_id} are not known"));
            Word::Fetched {
                room_id,
                found: found.ok().map(|Found { events, newest_seq }| (events, newest_seq)),
            }
        }
        Ask::Memberships(asked) => {
            let rooms = fetch::memberships(peers, &asked).await;
            let rooms = rooms.map_err(|fault| tracing::warn!(%fault, "rooms of sockets are not known"));
            Word::Memberships { asked, rooms: rooms.ok(), by_tick }
        }
    }
}
