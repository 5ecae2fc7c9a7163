//! A plain model of the ledger and the real one, driven with the same random steps.
//!
//! The model knows nothing of batches, locks or tables: a map of balances, a list of holds, and what each key stands for.
//! Answers and balances must be equal after every step. A sequence is named by its seed, which a failure prints.

mod plain;

use fault::Code;
use proto::wallet::v1::{Account, AccountKind, NewTransfer, PostResult, Rest, post_result};

use self::plain::{Balance, Model};
use super::bank::{Bank, account, alipay, bank, legs, lines, payment, user};
use crate::operations::post_batch;

const SEQUENCES: u64 = 16;
const STEPS: usize = 128;
const USERS: usize = 5;

/// A leg's account, by its place in `accounts()`, and its amount.
type Legs = Vec<(usize, i64)>;
/// The number and balance of each leg.
type Lines = Vec<(i64, i64)>;

/// User 7 and others, a merchant, the channel.
fn accounts() -> Vec<Account> {
    let merchant = account(AccountKind::Merchant, "1", "CNY");
    (7..).take(USERS).map(user).chain([merchant, alipay()]).collect()
}

const CHANNEL: usize = USERS + 1;

/// Numbers that follow from a seed.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    fn amount(&mut self) -> i64 {
        i64::try_from(1 + self.throw(300)).unwrap()
    }

    fn place(&mut self, count: usize) -> usize {
        usize::try_from(self.throw(u64::try_from(count).unwrap())).unwrap()
    }
}

/// The model and the real ledger, side by side.
struct Pair {
    seed: u64,
    dice: Dice,
    model: Model,
    bank: Bank,
    /// What was asked for, to be asked for again.
    asked: Vec<(String, Legs)>,
    chains: Vec<Vec<(String, Legs)>>,
    hold_ids: Vec<i64>,
    keys: usize,
}

impl Pair {
    async fn new(seed: u64) -> Self {
        let dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let (asked, chains, hold_ids) = (Vec::new(), Vec::new(), Vec::new());
        Self { seed, dice, model: Model::default(), bank: bank().await, asked, chains, hold_ids, keys: 0 }
    }

    /// A new key in most cases, else one that may stand for something already.
    fn key(&mut self) -> String {
        if self.dice.throw(12) == 0 && self.keys > 0 {
            return format!("k{}", self.dice.place(self.keys));
        }
        self.keys += 1;
        format!("k{}", self.keys - 1)
    }

    /// Two or three legs among different accounts; money comes from outside rather often.
    fn legs(&mut self) -> Legs {
        let count = accounts().len();
        let first = if self.dice.throw(3) == 0 { CHANNEL } else { self.dice.place(count) };
        let second = (first + 1 + self.dice.place(count - 1)) % count;
        let (amount, part) = (self.dice.amount(), self.dice.amount());
        let third = (0..count).find(|place| *place != first && *place != second).unwrap();
        let mut legs = vec![(first, -amount), (second, amount)];
        if self.dice.throw(4) == 0 {
            legs = vec![(first, -amount - part), (second, amount), (third, part)];
        }
        if self.dice.throw(2) == 0 {
            legs.reverse();
        }
        legs
    }

    /// A transfer, new or, now and then, one from before.
    fn order(&mut self) -> (String, Legs) {
        if self.dice.throw(10) == 0 && !self.asked.is_empty() {
            let place = self.dice.place(self.asked.len());
            return self.asked[place].clone();
        }
        let order = (self.key(), self.legs());
        self.asked.push(order.clone());
        order
    }

    fn orders(&mut self) -> Vec<(String, Legs)> {
        (0..=self.dice.throw(4)).map(|_| self.order()).collect()
    }

    async fn step(&mut self) {
        match self.dice.throw(20) {
            8..=10 => self.batch().await,
            11..=13 => self.linked().await,
            14..=15 => self.place().await,
            16..=17 if !self.hold_ids.is_empty() => self.settle().await,
            18 if !self.hold_ids.is_empty() => self.release().await,
            19 => self.freeze().await,
            _ => self.post().await,
        }
    }

    async fn post(&mut self) {
        let (key, legs) = self.order();
        let expected = self.model.transfer(&key, &legs).map(|(lines, _)| lines);
        let answer = self.bank.posted(message(&(key, legs))).await;
        assert_eq!(answer.map_err(|fault| fault.code()), expected, "seed {}", self.seed);
    }

    async fn batch(&mut self) {
        let orders = self.orders();
        let expected: Vec<_> = orders.iter().map(|(key, legs)| self.model.transfer(key, legs)).collect();
        let transfers = orders.iter().map(message).collect();
        let answer = post_batch::run(&self.bank.service, &payment(), transfers).await.unwrap();
        let answers: Vec<_> = answer.results.into_iter().map(result).collect();
        assert_eq!(answers, expected, "seed {}", self.seed);
    }

    async fn linked(&mut self) {
        let chain = if self.dice.throw(6) == 0 && !self.chains.is_empty() {
            let place = self.dice.place(self.chains.len());
            self.chains[place].clone()
        } else {
            self.orders()
        };
        self.chains.push(chain.clone());
        let expected = self.model.linked(&chain);
        let answer = self.bank.linked(chain.iter().map(message).collect()).await;
        let answer = answer.map(|answer| answer.reply.receipts.iter().map(lines).collect::<Vec<_>>());
        assert_eq!(answer.map_err(|fault| fault.code()), expected, "seed {}", self.seed);
    }

    async fn place(&mut self) {
        let (key, amount) = (self.key(), self.dice.amount());
        let expected = self.model.place(&key, amount);
        let answer = self
            .bank
            .hold(&key, amount)
            .await
            .map(|answer| answer.reply.hold_id)
            .map_err(|fault| fault.code());
        if let (Ok(place), Ok(id)) = (expected, answer)
            && place == self.hold_ids.len()
        {
            self.hold_ids.push(id);
        }
        let expected = expected.map(|place| self.hold_ids[place]);
        assert_eq!(answer, expected, "seed {}", self.seed);
    }

    async fn settle(&mut self) {
        let (key, place) = (self.key(), self.dice.place(self.hold_ids.len()));
        let amount = if self.dice.throw(2) == 0 { 0 } else { self.dice.amount() };
        let rest = if self.dice.throw(2) == 0 { Rest::Keep } else { Rest::Release };
        let expected = self.model.settle(&key, place, amount, rest);
        let answer = self.bank.settle(&key, self.hold_ids[place], amount, rest).await;
        let answer = answer.map(|answer| lines(&answer.reply.receipt.unwrap()));
        assert_eq!(answer.map_err(|fault| fault.code()), expected, "seed {}", self.seed);
    }

    async fn release(&mut self) {
        let place = self.dice.place(self.hold_ids.len());
        let expected = self.model.release(place);
        let answer = self.bank.release(self.hold_ids[place]).await;
        assert_eq!(answer.map(|_| ()).map_err(|fault| fault.code()), expected, "seed {}", self.seed);
    }

    /// Freezes an account or ends that.
    async fn freeze(&mut self) {
        let place = self.dice.place(USERS);
        let account = accounts().swap_remove(place);
        match self.model.accounts.get_mut(&place) {
            Some(known) => {
                known.is_frozen = !known.is_frozen;
                self.bank.freeze(account, known.is_frozen).await.unwrap();
            }
            None => {
                assert_eq!(
                    self.bank.freeze(account, true).await.map_err(|fault| fault.code()),
                    Err(Code::NotFound)
                );
            }
        }
    }

    async fn assert_equal_balances(&self) {
        let rows: Vec<(String, String, i64, i64, i64, bool)> = sqlx::query_as(
            "select kind, owner, balance_minor, held_minor, last_entry_number, is_frozen
             from account
             order by kind, owner",
        )
        .fetch_all(&mut self.bank.test_db.owner().await)
        .await
        .unwrap();
        let names = accounts();
        let mut expected: Vec<_> = self.model.accounts.iter().collect();
        let name = |place: usize| {
            (crate::wire::account("", Some(&names[place])).unwrap().kind(), &names[place].owner)
        };
        expected.sort_by_key(|(place, _)| name(**place));
        assert_eq!(rows.len(), expected.len(), "seed {}", self.seed);
        for ((kind, owner, balance, held, entries, is_frozen), (place, known)) in
            rows.into_iter().zip(expected)
        {
            assert_eq!((kind.as_str(), &owner), name(*place), "seed {}", self.seed);
            let row = Balance { total: balance, held, entries, is_frozen };
            assert_eq!(row, *known, "seed {}: {kind} {owner}", self.seed);
        }
    }
}

fn message((key, legs_of): &(String, Legs)) -> NewTransfer {
    let names = accounts();
    let pairs: Vec<_> = legs_of.iter().map(|(place, amount)| (names[*place].clone(), *amount)).collect();
    NewTransfer {
        idempotency_key: key.clone(),
        kind: "transfer".to_owned(),
        legs: legs(&pairs),
        ..NewTransfer::default()
    }
}

fn result(result: PostResult) -> Result<(Lines, bool), Code> {
    match result.outcome.unwrap() {
        post_result::Outcome::Receipt(receipt) => Ok((lines(&receipt), result.is_replay)),
        post_result::Outcome::Refusal(refusal) => Err(Code::parse(&refusal.code).unwrap()),
    }
}

async fn sequence(seed: u64) -> Pair {
    let mut pair = Pair::new(seed).await;
    for step in 0..STEPS {
        pair.step().await;
        if step % 16 == 15 {
            pair.assert_equal_balances().await;
        }
    }
    pair.bank.assert_sound().await;
    pair
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_does_what_a_plain_model_of_it_does() {
    for first in (1..=SEQUENCES).step_by(4) {
        let running = (first..first + 4).map(|seed| tokio::spawn(sequence(seed)));
        // Databases are dropped when all have ended: that blocks, and the others need the runtime.
        let ended: Vec<Pair> =
            futures::future::join_all(running).await.into_iter().map(Result::unwrap).collect();
        drop(ended);
    }
}
