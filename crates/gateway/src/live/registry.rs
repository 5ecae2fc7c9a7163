//! Who hears what: sockets, the rooms they are in, and how far each room has been told.
//!
//! Pure state, owned by the hub alone; what has to be asked for comes back as `Ask`. The rule not to be broken: a
//! room's events go out in the order of `seq`, each once; a later one waits until those before it were fetched.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use proto::event::v1::Event;
use tokio::sync::{mpsc, oneshot, watch};

use super::news::{Ask, Ending, Item, Newcomer, News, SocketId, newcomer_of, news, removed_by};

/// Later events that may wait for a fetch, per room; the rest is fetched again.
const HELD_MAX: usize = 1_000;

#[derive(Debug)]
struct Socket {
    user_id: i64,
    session_id: i64,
    rooms: BTreeSet<i64>,
    queue: mpsc::Sender<Item>,
    end: watch::Sender<Option<Ending>>,
    has_rooms: bool,
    entered: Option<oneshot::Sender<()>>,
}

#[derive(Debug, Default)]
struct Feed {
    /// The newest event that was told; none until the room service has said where it stands.
    last_seq: Option<i64>,
    is_asked: bool,
    held: BTreeMap<i64, Event>,
    sockets: HashSet<SocketId>,
}

/// Knows the sockets of this process.
#[derive(Debug)]
pub(crate) struct Registry {
    sockets: HashMap<SocketId, Socket>,
    users: HashMap<i64, HashSet<SocketId>>,
    rooms: HashMap<i64, Feed>,
    per_user_max: usize,
}

impl Registry {
    /// Starts with nobody.
    pub(crate) fn new(per_user_max: usize) -> Self {
        Self { sockets: HashMap::new(), users: HashMap::new(), rooms: HashMap::new(), per_user_max }
    }

    /// Takes a socket in, unless its user has too many.
    pub(crate) fn enter(&mut self, newcomer: Newcomer) -> Vec<Ask> {
        let of_user = self.users.entry(newcomer.user_id).or_default();
        if of_user.len() >= self.per_user_max {
            return Vec::new();
        }
        of_user.insert(newcomer.id);
        let socket = Socket {
            user_id: newcomer.user_id,
            session_id: newcomer.session_id,
            rooms: BTreeSet::new(),
            queue: newcomer.queue,
            end: newcomer.end,
            has_rooms: false,
            entered: Some(newcomer.entered),
        };
        self.sockets.insert(newcomer.id, socket);
        vec![Ask::Memberships(vec![newcomer.user_id])]
    }

    /// Notes under which session a socket goes on.
    pub(crate) fn renew(&mut self, id: SocketId, session_id: i64) {
        if let Some(socket) = self.sockets.get_mut(&id) {
            socket.session_id = session_id;
        }
    }

    /// Forgets a socket.
    pub(crate) fn leave(&mut self, id: SocketId) {
        let Some(socket) = self.sockets.remove(&id) else { return };
        if let Some(of_user) = self.users.get_mut(&socket.user_id) {
            of_user.remove(&id);
            if of_user.is_empty() {
                self.users.remove(&socket.user_id);
            }
        }
        for room_id in socket.rooms {
            self.quit(room_id, id);
        }
    }

    /// Hears of an event.
    pub(crate) fn hear(&mut self, event: Event) -> Vec<Ask> {
        if event.room_id == 0 {
            self.tell_user(event);
            return Vec::new();
        }
        let room_id = event.room_id;
        let mut asks: Vec<Ask> = newcomer_of(&event)
            .filter(|user_id| self.users.contains_key(user_id))
            .map(|user_id| Ask::Memberships(vec![user_id]))
            .into_iter()
            .collect();
        let Some(feed) = self.rooms.get_mut(&room_id) else { return asks };
        if feed.last_seq.is_none_or(|last| event.seq > last) && feed.held.len() < HELD_MAX {
            feed.held.insert(event.seq, event);
        }
        asks.extend(self.advance(room_id));
        asks
    }

    /// Takes the events that were asked for; `newest` is the newest number of the room.
    pub(crate) fn fetched(&mut self, room_id: i64, events: Vec<Event>, newest: i64) -> Vec<Ask> {
        let Some(feed) = self.rooms.get_mut(&room_id) else { return Vec::new() };
        feed.is_asked = false;
        if feed.last_seq.is_none() {
            feed.last_seq = Some(newest);
            let sockets = feed.sockets.clone();
            self.tell(&sockets, &Item::Joined { room_id, last_seq: newest });
        } else {
            // What the room service does not have any more will never come; go on behind it.
            let first_held = feed.held.first_key_value().map(|(seq, _)| *seq).filter(|_| events.is_empty());
            if let Some(seq) = first_held {
                self.step_over(room_id, seq);
            }
            for event in events {
                self.step_over(room_id, event.seq);
                self.keep(room_id, event);
                self.advance_held(room_id);
            }
        }
        let asks = self.advance(room_id);
        self.greet();
        asks
    }

    /// Gives up on a question; it is asked again with the next event or tick.
    pub(crate) fn not_fetched(&mut self, room_id: i64) {
        if let Some(feed) = self.rooms.get_mut(&room_id) {
            feed.is_asked = false;
        }
    }

    /// Takes the rooms of users.
    pub(crate) fn memberships(&mut self, asked: &[i64], rooms: &HashMap<i64, BTreeSet<i64>>) -> Vec<Ask> {
        let none = BTreeSet::new();
        let mut asks = Vec::new();
        for user_id in asked {
            let rooms = rooms.get(user_id).unwrap_or(&none);
            let ids: Vec<_> = self.users.get(user_id).into_iter().flatten().copied().collect();
            for id in ids {
                asks.extend(self.place(id, rooms));
            }
        }
        self.greet();
        asks
    }

    /// Ends the sockets whose sessions were asked for and live no more.
    pub(crate) fn sessions(&mut self, asked: &HashSet<i64>, living: &HashSet<i64>) {
        let is_dead =
            |socket: &Socket| asked.contains(&socket.session_id) && !living.contains(&socket.session_id);
        let dead: Vec<_> =
            self.sockets.iter().filter(|(_, socket)| is_dead(socket)).map(|(id, _)| *id).collect();
        for id in dead {
            self.end(id, Ending::SessionEnded);
        }
    }

    /// Tells everybody.
    pub(crate) fn tell_all(&mut self, news: News) {
        let ids: HashSet<_> = self.sockets.keys().copied().collect();
        self.tell(&ids, &Item::News(Arc::new(news)));
    }

    /// Asks where every room stands: after a break in the news, or while there are none.
    pub(crate) fn catch_up(&mut self) -> Vec<Ask> {
        let idle = self.rooms.iter_mut().filter(|(_, feed)| !feed.is_asked);
        idle.map(|(room_id, feed)| {
            feed.is_asked = true;
            Ask::Events { room_id: *room_id, after_seq: feed.last_seq }
        })
        .collect()
    }

    /// Asks again where rooms stand about which a question failed.
    pub(crate) fn retry(&mut self) -> Vec<Ask> {
        let waiting = |feed: &Feed| !feed.is_asked && (feed.last_seq.is_none() || !feed.held.is_empty());
        let rooms: Vec<_> = self.rooms.iter().filter(|(_, feed)| waiting(feed)).map(|(id, _)| *id).collect();
        rooms.into_iter().flat_map(|room_id| self.advance(room_id)).collect()
    }

    /// Gives the users behind all sockets.
    pub(crate) fn user_ids(&self) -> Vec<i64> {
        self.users.keys().copied().collect()
    }

    /// Gives the sessions behind all sockets.
    pub(crate) fn session_ids(&self) -> HashSet<i64> {
        self.sockets.values().map(|socket| socket.session_id).collect()
    }

    /// Tells the room what it is ready to hear, and asks for what is missing before the rest.
    fn advance(&mut self, room_id: i64) -> Vec<Ask> {
        self.advance_held(room_id);
        let Some(feed) = self.rooms.get_mut(&room_id) else { return Vec::new() };
        if feed.is_asked || (feed.last_seq.is_some() && feed.held.is_empty()) {
            return Vec::new();
        }
        feed.is_asked = true;
        vec![Ask::Events { room_id, after_seq: feed.last_seq }]
    }

    /// Tells held events as long as each follows the one before.
    fn advance_held(&mut self, room_id: i64) {
        while let Some(event) = self.rooms.get_mut(&room_id).and_then(Feed::next) {
            let removed = removed_by(&event);
            let sockets = self.rooms.get(&room_id).map(|feed| feed.sockets.clone()).unwrap_or_default();
            if let Some(item) = news(event) {
                self.tell(&sockets, &item);
            }
            for id in removed
                .and_then(|user_id| self.users.get(&user_id))
                .into_iter()
                .flatten()
                .copied()
                .collect::<Vec<_>>()
            {
                self.quit(room_id, id);
                if let Some(socket) = self.sockets.get_mut(&id) {
                    socket.rooms.remove(&room_id);
                }
            }
        }
    }

    /// Goes on after events that are kept no longer: the next one that exists is the next one.
    fn step_over(&mut self, room_id: i64, seq: i64) {
        if let Some(feed) = self.rooms.get_mut(&room_id)
            && feed.last_seq.is_some_and(|last| seq > last.saturating_add(1))
        {
            feed.last_seq = Some(seq.saturating_sub(1));
        }
    }

    fn keep(&mut self, room_id: i64, event: Event) {
        if let Some(feed) = self.rooms.get_mut(&room_id)
            && feed.last_seq.is_none_or(|last| event.seq > last)
        {
            feed.held.insert(event.seq, event);
        }
    }

    /// Puts a socket into the rooms of its user and out of all others.
    fn place(&mut self, id: SocketId, rooms: &BTreeSet<i64>) -> Vec<Ask> {
        let Some(socket) = self.sockets.get_mut(&id) else { return Vec::new() };
        socket.has_rooms = true;
        let left: Vec<_> = socket.rooms.difference(rooms).copied().collect();
        let joined: Vec<_> = rooms.difference(&socket.rooms).copied().collect();
        socket.rooms.clone_from(rooms);
        for room_id in left {
            self.quit(room_id, id);
        }
        let mut asks = Vec::new();
        for room_id in joined {
            let feed = self.rooms.entry(room_id).or_default();
            feed.sockets.insert(id);
            match feed.last_seq {
                Some(last_seq) => self.tell(&HashSet::from([id]), &Item::Joined { room_id, last_seq }),
                None => asks.extend(self.advance(room_id)),
            }
        }
        asks
    }

    fn quit(&mut self, room_id: i64, id: SocketId) {
        if let Some(feed) = self.rooms.get_mut(&room_id) {
            feed.sockets.remove(&id);
            if feed.sockets.is_empty() {
                self.rooms.remove(&room_id);
            }
        }
    }

    /// Tells newcomers that all their rooms are heard.
    fn greet(&mut self) {
        let rooms = &self.rooms;
        let is_heard = |room_id: &i64| rooms.get(room_id).is_some_and(|feed| feed.last_seq.is_some());
        let waiting = self.sockets.values_mut().filter(|socket| socket.entered.is_some() && socket.has_rooms);
        for socket in waiting.filter(|socket| socket.rooms.iter().all(is_heard)) {
            if let Some(entered) = socket.entered.take() {
                // A socket that has gone away in the meantime leaves by itself.
                let _ = entered.send(());
            }
        }
    }

    fn tell_user(&mut self, event: Event) {
        let ids = self.users.get(&event.user_id).cloned().unwrap_or_default();
        if let Some(item) = news(event).filter(|_| !ids.is_empty()) {
            self.tell(&ids, &item);
        }
    }

    /// Puts an item into queues; a queue that is full ends its socket.
    fn tell(&mut self, ids: &HashSet<SocketId>, item: &Item) {
        for id in ids {
            let refused =
                self.sockets.get(id).is_some_and(|socket| socket.queue.try_send(item.clone()).is_err());
            if refused {
                self.end(*id, Ending::Slow);
            }
        }
    }

    fn end(&mut self, id: SocketId, ending: Ending) {
        if let Some(socket) = self.sockets.get(&id) {
            // A socket that is gone already needs no reason.
            let _ = socket.end.send(Some(ending));
        }
        self.leave(id);
    }
}

impl Feed {
    /// Takes the event that follows the last one, and drops those that were told before.
    fn next(&mut self) -> Option<Event> {
        let next = self.last_seq?.saturating_add(1);
        self.held = self.held.split_off(&next);
        let event = self.held.remove(&next)?;
        self.last_seq = Some(next);
        Some(event)
    }
}
