//! Thinks of things to ask, by chance that follows from a seed.
//!
//! Much of it is refused or was asked before; some of it cannot be at all.

use proto::wallet::v1::{HoldState, Rest};

use super::{
    asked::{Asked, CHANNEL, FIRST_ASSET, Legs, OTHER_CHANNEL, OTHER_USER, Order, Placing, Settling},
    plain::Model,
};

/// Numbers that follow from a seed.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    /// Is true once in so many times.
    fn once_in(&mut self, times: u64) -> bool {
        self.throw(times) == 0
    }

    fn amount(&mut self) -> i64 {
        i64::try_from(1 + self.throw(300)).unwrap()
    }

    fn place(&mut self, count: usize) -> usize {
        usize::try_from(self.throw(u64::try_from(count).unwrap())).unwrap()
    }
}

pub(super) struct Asker {
    dice: Dice,
    /// What its keys begin with.
    name: String,
    keys: usize,
    /// What was asked for, to be asked for again.
    orders: Vec<Order>,
    before: Vec<Asked>,
}

impl Asker {
    pub(super) fn new(seed: u64) -> Self {
        let dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        Self { dice, name: format!("s{seed}"), keys: 0, orders: Vec::new(), before: Vec::new() }
    }

    /// Thinks of what to ask next: one thing in most cases, else up to four at once.
    pub(super) fn turn(&mut self, model: &Model) -> Vec<Asked> {
        let mut turn = vec![self.ask(model)];
        if self.dice.once_in(8) {
            for _ in 0..=self.dice.throw(3) {
                let next = if self.dice.once_in(3) { turn[0].clone() } else { self.ask(model) };
                // In what order two freezes happened would show in no answer.
                let is_freeze = |asked: &Asked| matches!(asked, Asked::Freeze(..));
                if !(is_freeze(&next) && turn.iter().any(is_freeze)) {
                    turn.push(next);
                }
            }
        }
        turn
    }

    fn ask(&mut self, model: &Model) -> Asked {
        let asked = match self.dice.throw(24) {
            0..=1 if !self.before.is_empty() => {
                let place = self.dice.place(self.before.len());
                return self.before[place].clone();
            }
            2..=4 => Asked::Batch(self.orders()),
            5..=7 => Asked::Linked(self.orders()),
            8..=10 => Asked::Place(self.placing(model)),
            11..=13 => Asked::Settle(self.settling(model)),
            14 => Asked::Release(self.hold(model)),
            15 => Asked::Freeze(self.dice.place(OTHER_CHANNEL + 1), self.dice.once_in(3)),
            _ => Asked::Post(self.order()),
        };
        self.before.push(asked.clone());
        asked
    }

    /// A new key in most cases, else one that may stand for something already.
    fn key(&mut self) -> String {
        let number = if self.dice.once_in(12) && self.keys > 0 {
            self.dice.place(self.keys)
        } else {
            self.keys += 1;
            self.keys - 1
        };
        format!("{} {number}", self.name)
    }

    /// A transfer, new or, now and then, one from before.
    fn order(&mut self) -> Order {
        if self.dice.once_in(10) && !self.orders.is_empty() {
            let place = self.dice.place(self.orders.len());
            return self.orders[place].clone();
        }
        let legs = if self.dice.once_in(16) { self.impossible() } else { self.legs() };
        let order = Order { key: self.key(), legs };
        self.orders.push(order.clone());
        order
    }

    fn orders(&mut self) -> Vec<Order> {
        (0..=self.dice.throw(4)).map(|_| self.order()).collect()
    }

    /// Two to five legs among different accounts; money comes from outside rather often.
    fn legs(&mut self) -> Legs {
        let first = if self.dice.once_in(3) { CHANNEL } else { self.dice.place(FIRST_ASSET) };
        let second = (first + 1 + self.dice.place(FIRST_ASSET - 1)) % FIRST_ASSET;
        let (amount, part) = (self.dice.amount(), self.dice.amount());
        let third = (0..FIRST_ASSET).find(|place| *place != first && *place != second).unwrap();
        let mut legs = vec![(first, -amount), (second, amount)];
        if self.dice.once_in(4) {
            legs = vec![(first, -amount - part), (second, amount), (third, part)];
        }
        if self.dice.once_in(8) {
            let other = if self.dice.once_in(2) { part } else { -part };
            legs.extend([(OTHER_USER, other), (OTHER_CHANNEL, -other)]);
        }
        if self.dice.once_in(2) {
            legs.reverse();
        }
        legs
    }

    fn impossible(&mut self) -> Legs {
        let amount = self.dice.amount();
        match self.dice.throw(7) {
            0 => vec![(CHANNEL, -amount), (0, amount + 1)],
            1 => vec![(CHANNEL, -amount), (CHANNEL, amount)],
            2 => vec![(CHANNEL, -amount), (OTHER_USER, amount)],
            3 => vec![(CHANNEL, 0), (0, 0)],
            4 => vec![(CHANNEL, -amount)],
            5 => vec![(CHANNEL, i64::MIN), (0, i64::MAX)],
            _ => Vec::new(),
        }
    }

    fn placing(&mut self, model: &Model) -> Placing {
        let ends = match self.dice.throw(16) {
            0 => model.now,
            1 => model.now + 367 * 24 * 60,
            2 => -1,
            3..=8 => model.now + 3,
            _ => model.now + 60,
        };
        let place = if self.dice.once_in(2) { 0 } else { self.dice.place(OTHER_CHANNEL + 1) };
        let amount = if self.dice.once_in(16) { -1 } else { self.dice.amount() };
        let key = if self.dice.once_in(12) { self.hold(model) } else { self.key() };
        Placing { key, place, amount, ends }
    }

    fn settling(&mut self, model: &Model) -> Settling {
        let hold = self.hold(model);
        let to = match model.holds.get(&hold) {
            _ if self.dice.once_in(6) => self.dice.place(OTHER_CHANNEL + 1),
            Some(hold) if hold.place == OTHER_USER => OTHER_CHANNEL,
            _ => CHANNEL,
        };
        let amount = match self.dice.throw(16) {
            0 => -self.dice.amount(),
            1..=5 => 0,
            6..=11 => 1,
            _ => self.dice.amount(),
        };
        let rest = if self.dice.once_in(2) { Rest::Keep } else { Rest::Release };
        Settling { key: self.key(), hold, amount, to, rest }
    }

    /// The key of an open hold in most cases, else of any, or of none.
    fn hold(&mut self, model: &Model) -> String {
        let open = model.holds.iter().filter(|(_, hold)| hold.state == HoldState::Open);
        let open: Vec<&String> = open.map(|(key, _)| key).collect();
        let any: Vec<&String> = model.holds.keys().collect();
        let from = if open.is_empty() || self.dice.once_in(3) { any } else { open };
        if from.is_empty() || self.dice.once_in(20) {
            return format!("{} none", self.name);
        }
        from[self.dice.place(from.len())].clone()
    }
}
