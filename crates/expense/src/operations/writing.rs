//! New expenses with all that they change: rows and history, balances and counts of their rooms, and the news.
//!
//! What a client said was read before, in `draft`. The rule not to be broken: what is added here is written in one
//! transaction, or not at all.

use std::collections::BTreeMap;

use durable::Tx;
use fault::Fault;
use news::Occasion;
use prost::Message as _;

use super::stories;
use crate::{
    store::{
        Action, Expense,
        changes::Movements,
        insertion::{self, Entry},
        ledger::{self, Entrance},
    },
    wire,
};

/// New expenses of any rooms.
#[derive(Debug)]
pub(super) struct Writing {
    action: Action,
    entries: Vec<Entry>,
    movements: BTreeMap<i64, Movements>,
    news: Vec<(i64, Vec<u8>)>,
}

impl Writing {
    /// Begins with none; all are `Created` or `Imported`. Of imported ones nobody is told one by one.
    pub(super) fn new(action: Action) -> Self {
        Self { action, entries: Vec::new(), movements: BTreeMap::new(), news: Vec::new() }
    }

    /// Adds an expense; the news name its room.
    pub(super) fn add(&mut self, room_name: &str, expense: Expense) -> Result<(), Fault> {
        let room_id = expense.room_id;
        self.movements.entry(room_id).or_default().add(&expense)?;
        if self.action == Action::Created {
            let occasion = Occasion { room_id, at: expense.created_at, actor_user_id: expense.created_by };
            self.news.push((room_id, stories::created(occasion, room_name, &expense).encode_to_vec()));
        }
        let snapshot = wire::expense(&expense).encode_to_vec();
        self.entries.push(Entry { expense, snapshot });
        Ok(())
    }

    /// Writes them. The rows come before the locks of the rooms, so that these are short.
    ///
    /// *Errors*: `STATE_CONFLICT` when a room is closed or somebody named has left it. *Locks*: the rooms, in order
    /// of id.
    pub(super) async fn write(self, tx: &mut Tx) -> Result<(), Fault> {
        insertion::insert(tx.conn(), &self.entries, self.action).await?;
        for (room_id, Entrance { user_ids, added }) in entrances(&self.movements, &self.entries) {
            let user_ids: Vec<i64> = user_ids.into_iter().collect();
            ledger::enter(tx.conn(), room_id, &user_ids, added).await?;
        }
        insertion::account(tx.conn(), &self.entries, &self.movements, self.news).await
    }

    /// Writes those whose rooms take them and are locked by nobody, and tells their ids; waits for no room.
    pub(super) async fn write_free(mut self, tx: &mut Tx) -> Result<Vec<i64>, Fault> {
        let rooms = ledger::enter_free(tx.conn(), &entrances(&self.movements, &self.entries)).await?;
        self.entries.retain(|entry| rooms.contains(&entry.expense.room_id));
        self.movements.retain(|room_id, _| rooms.contains(room_id));
        self.news.retain(|(room_id, _)| rooms.contains(room_id));
        if !self.entries.is_empty() {
            insertion::insert(tx.conn(), &self.entries, self.action).await?;
            insertion::account(tx.conn(), &self.entries, &self.movements, self.news).await?;
        }
        Ok(self.entries.iter().map(|entry| entry.expense.id).collect())
    }
}

fn entrances(movements: &BTreeMap<i64, Movements>, entries: &[Entry]) -> BTreeMap<i64, Entrance> {
    let mut rooms: BTreeMap<i64, Entrance> = BTreeMap::new();
    for (room_id, movements) in movements {
        rooms.entry(*room_id).or_default().user_ids.extend(movements.named());
    }
    for entry in entries {
        let added = &mut rooms.entry(entry.expense.room_id).or_default().added;
        *added = added.saturating_add(1);
    }
    rooms
}
