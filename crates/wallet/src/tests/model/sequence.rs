//! One sequence: the model and the real ledger side by side, in two assets that nobody else touches.

use std::collections::{BTreeSet, VecDeque};

use futures::future::join_all;
use proto::wallet::v1::{Direction, Entry, HoldState, ListEntriesRequest};

use super::{
    asked::{Asked, Told},
    dice::Asker,
    plain::{Balance, Model},
    real::Real,
};
use crate::{operations::list_entries, tests::bank::payment};

const PAGE: i32 = 100;

/// Everything that is written of accounts with these assets, as one digest.
const DIGEST: &str = "with own as materialized (select id from account where asset = any($1)),
     legs as materialized (select entry.* from entry join own on own.id = entry.account_id),
     line (text) as (
         select 'account ' || account::text from account where asset = any($1)
         union all
         select 'entry ' || legs::text from legs
         union all
         select 'transfer ' || transfer::text
         from transfer
         where id in (select transfer_id from legs)
         union all
         select 'hold ' || hold::text from hold join own on own.id = hold.account_id
     )
     select coalesce(md5(string_agg(text, ' ' order by text collate \"C\")), 'nothing') from line";

pub(super) struct Sequence {
    seed: u64,
    turns: usize,
    assets: [&'static str; 2],
    asker: Asker,
    pub(super) model: Model,
    real: Real,
    /// The digest of the rows, if nothing was written since.
    digest: Option<String>,
    /// What was asked and what became of it, such as `settle: STATE_CONFLICT`.
    pub(super) seen: BTreeSet<String>,
}

impl Sequence {
    pub(super) fn new(seed: u64, assets: [&'static str; 2], real: Real) -> Self {
        let (asker, model) = (Asker::new(seed), Model::default());
        Self { seed, turns: 0, assets, asker, model, real, digest: None, seen: BTreeSet::new() }
    }

    pub(super) async fn turn(&mut self) {
        self.turns += 1;
        let asked = self.asker.turn(&self.model);
        if let [only] = asked.as_slice() { self.one(only).await } else { self.at_once(&asked).await }
    }

    /// Asks for one thing. If it does nothing, every row is as it was, byte by byte.
    async fn one(&mut self, asked: &Asked) {
        let expected = self.model.ask(asked);
        let before = if expected.is_without_effect() { Some(self.digest().await) } else { None };
        let told = self.real.ask(self.turns, asked).await;
        assert_eq!(told, expected, "seed {}, turn {}: {asked:?}", self.seed, self.turns);
        self.see(asked, &told);
        self.digest = None;
        if let Some(before) = before {
            assert_eq!(before, self.digest().await, "seed {}, turn {}: {asked:?}", self.seed, self.turns);
        }
    }

    /// Asks for several things at once: there is an order of them in which the model says the same. Transfers of a batch
    /// stand each by themselves, so that something else may come between them.
    async fn at_once(&mut self, asked: &[Asked]) {
        let asking = asked.iter().enumerate().map(|(place, asked)| self.real.ask(place, asked));
        let told = join_all(asking).await;
        let callers = asked.iter().zip(&told).map(|(asked, told)| parts(asked, told)).collect();
        let explained = explain(self.model.clone(), callers);
        let Some(model) = explained else {
            panic!("seed {}, turn {}: no order explains {asked:?}: {told:?}", self.seed, self.turns)
        };
        (self.model, self.digest) = (model, None);
        asked.iter().zip(&told).for_each(|(asked, told)| self.see(asked, told));
    }

    fn see(&mut self, asked: &Asked, told: &Told) {
        for word in told.words() {
            self.seen.insert(format!("{}: {word}", asked.word()));
        }
    }

    pub(super) fn pass(&mut self, minutes: i64) {
        self.model.now += minutes;
    }

    /// Ends what is due in the model; the ledger is swept for all sequences together.
    pub(super) fn sweep(&mut self) -> usize {
        self.digest = None;
        self.model.sweep()
    }

    async fn digest(&mut self) -> String {
        if let Some(digest) = &self.digest {
            return digest.clone();
        }
        let mut conn = self.real.copies[0].db.acquire().await.unwrap();
        let digest: String =
            sqlx::query_scalar(DIGEST).bind(self.assets.as_slice()).fetch_one(&mut *conn).await.unwrap();
        self.digest = Some(digest.clone());
        digest
    }

    pub(super) async fn assert_equal(&self) {
        self.assert_equal_balances().await;
        self.assert_equal_holds().await;
    }

    async fn assert_equal_balances(&self) {
        let mut conn = self.real.copies[0].db.acquire().await.unwrap();
        let mut rows: Vec<(String, String, Vec<i64>, bool)> = sqlx::query_as(
            "select owner, asset, array[balance_minor, held_minor, last_entry_number, version], is_frozen
             from account
             where asset = any($1)",
        )
        .bind(self.assets.as_slice())
        .fetch_all(&mut *conn)
        .await
        .unwrap();
        let row = |(place, known): (&usize, &Balance)| {
            let account = &self.real.accounts[*place];
            let numbers = vec![known.total, known.held, known.entries, known.version];
            (account.owner.clone(), account.asset.clone(), numbers, known.is_frozen)
        };
        let mut expected: Vec<_> = self.model.accounts.iter().map(row).collect();
        rows.sort_unstable();
        expected.sort_unstable();
        assert_eq!(rows, expected, "seed {}, turn {}", self.seed, self.turns);
    }

    async fn assert_equal_holds(&self) {
        let mut conn = self.real.copies[0].db.acquire().await.unwrap();
        let mut rows: Vec<(String, i64, i64, String)> = sqlx::query_as(
            "select hold.idempotency_key, hold.amount_minor, hold.settled_minor, hold.state
             from hold
             join account on account.id = hold.account_id
             where account.asset = any($1)",
        )
        .bind(self.assets.as_slice())
        .fetch_all(&mut *conn)
        .await
        .unwrap();
        let word = |state: HoldState| match state {
            HoldState::Open => "open",
            HoldState::Settled => "settled",
            HoldState::Released => "released",
            HoldState::Expired | HoldState::Unspecified => "expired",
        };
        let holds = self.model.holds.iter();
        let mut expected: Vec<_> = holds
            .map(|(key, hold)| (key.clone(), hold.amount, hold.settled, word(hold.state).to_owned()))
            .collect();
        rows.sort_unstable();
        expected.sort_unstable();
        assert_eq!(rows, expected, "seed {}, turn {}", self.seed, self.turns);
    }

    /// Reads every statement from its beginning, page by page.
    pub(super) async fn assert_equal_statements(&self) {
        for place in 0..self.real.accounts.len() {
            let expected = self.model.statements.get(&place).cloned().unwrap_or_default();
            let told: Vec<_> = self.statement(place).await;
            let lines = told.iter().map(|entry| (entry.amount_minor, entry.balance_after_minor));
            assert_eq!(lines.collect::<Vec<_>>(), expected, "seed {}, account {place}", self.seed);
            assert!((1..).zip(&told).all(|(number, entry)| entry.number == number), "numbers have no gap");
        }
    }

    async fn statement(&self, place: usize) -> Vec<Entry> {
        let mut told = Vec::<Entry>::new();
        loop {
            let asked = ListEntriesRequest {
                account: Some(self.real.accounts[place].clone()),
                direction: Direction::OldestFirst.into(),
                beyond_number: told.last().map_or(0, |entry| entry.number),
                limit: PAGE,
            };
            let page = list_entries::run(&self.real.copies[1], &payment(), &asked).await.unwrap();
            told.extend(page.entries);
            if !page.has_more {
                return told;
            }
        }
    }
}

/// What is left of what one caller asked and was told, in his order.
type Caller = VecDeque<(Asked, Told)>;

fn parts(asked: &Asked, told: &Told) -> Caller {
    match (asked, told) {
        (Asked::Batch(orders), Told::Posted(answers)) => {
            let each = orders.iter().cloned().zip(answers.iter().cloned());
            each.map(|(order, answer)| (Asked::Post(order), Told::Posted(vec![answer]))).collect()
        }
        _ => VecDeque::from([(asked.clone(), told.clone())]),
    }
}

/// Finds an order of what was asked in which the model says what was told; gives the model after it.
fn explain(model: Model, mut left: Vec<Caller>) -> Option<Model> {
    // What did nothing may have happened as soon as the model says the same.
    let is_explained = |caller: &Caller| {
        let next = caller.front().filter(|(_, told)| told.is_without_effect());
        next.is_some_and(|(asked, told)| model.clone().ask(asked) == *told)
    };
    for caller in &mut left {
        while is_explained(caller) {
            caller.pop_front();
        }
    }
    left.retain(|caller| !caller.is_empty());
    if left.is_empty() {
        return Some(model);
    }
    (0..left.len()).find_map(|caller| {
        let (mut model, mut left) = (model.clone(), left.clone());
        let (asked, told) = left[caller].pop_front()?;
        let is_next = !told.is_without_effect() && model.ask(&asked) == told;
        if is_next { explain(model, left) } else { None }
    })
}
