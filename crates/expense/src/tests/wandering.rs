//! A long walk of random steps by four people at once: refusals are fine, wrong books and inner errors are not.

use std::sync::{Arc, Mutex};

use fault::{Code, Fault};
use futures::future::join_all;
use proto::expense::v1::*;

use super::{
    invariants::assert_books,
    world::{ADMIN, ANNA, BEN, CARA, ROOM, World, custom, expense, payers},
};

const STEPS: u64 = 60;
const PEOPLE: [i64; 4] = [ADMIN, ANNA, BEN, CARA];

/// A small generator, so that a walk can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn amount(&mut self, most: u64) -> i64 {
        i64::try_from(1 + self.roll(most)).unwrap()
    }

    fn person(&mut self) -> i64 {
        PEOPLE[usize::try_from(self.roll(4)).unwrap()]
    }
}

/// What the walkers have made so far, for all of them to stumble over.
#[derive(Default)]
struct Found {
    expenses: Vec<Expense>,
    bills: Vec<(i64, i64)>,
}

struct Walker<'a> {
    world: &'a World,
    found: Arc<Mutex<Found>>,
    dice: Dice,
    user_id: i64,
}

impl Walker<'_> {
    async fn step(&mut self, turn: u64) -> Result<(), Fault> {
        match self.dice.roll(10) {
            0..=2 => self.record().await,
            3 => self.change().await,
            4 => self.delete().await,
            5 => self.confirm().await,
            6 => self.allocate(turn).await,
            7 => self.seal().await,
            8 => self.confirm_bill().await,
            _ => self.settle().await,
        }
    }

    fn any_expense(&mut self) -> Option<Expense> {
        let found = self.found.lock().unwrap();
        let count = u64::try_from(found.expenses.len()).unwrap();
        (count > 0).then(|| found.expenses[usize::try_from(self.dice.roll(count)).unwrap()].clone())
    }

    fn any_bill(&mut self) -> Option<(i64, i64)> {
        let found = self.found.lock().unwrap();
        let count = u64::try_from(found.bills.len()).unwrap();
        (count > 0).then(|| found.bills[usize::try_from(self.dice.roll(count)).unwrap()])
    }

    async fn record(&mut self) -> Result<(), Fault> {
        let amount = self.dice.amount(20_000) + 10;
        let mut new = expense(amount);
        if self.dice.roll(2) == 0 {
            let first = self.dice.amount(u64::try_from(amount - 2).unwrap());
            new.payers = payers(&[(self.user_id, first), (other(self.user_id), amount - first)]);
        }
        if self.dice.roll(3) == 0 {
            new.split_type = SplitType::Custom.into();
            new.splits = custom(&[(self.dice.person(), amount)]);
        }
        let reply =
            self.world.user(self.user_id).create_expense(CreateExpenseRequest { expense: Some(new) }).await?;
        self.found.lock().unwrap().expenses.push(reply.into_inner().expense.unwrap());
        Ok(())
    }

    async fn change(&mut self) -> Result<(), Fault> {
        let Some(expense) = self.any_expense() else { return Ok(()) };
        let day = self.dice.amount(28);
        let request = UpdateExpenseRequest {
            expense_id: expense.id,
            amount_minor: (expense.payers.len() == 1).then(|| self.dice.amount(20_000)),
            date: Some(format!("2026-02-{day:02}")),
            split_type: SplitType::Equal.into(),
            ..Default::default()
        };
        self.world.user(self.user_id).update_expense(request).await?;
        Ok(())
    }

    async fn delete(&mut self) -> Result<(), Fault> {
        let Some(expense) = self.any_expense() else { return Ok(()) };
        self.world.user(self.user_id).delete_expense(DeleteExpenseRequest { expense_id: expense.id }).await?;
        Ok(())
    }

    async fn confirm(&mut self) -> Result<(), Fault> {
        let Some(expense) = self.any_expense() else { return Ok(()) };
        let split = usize::try_from(self.dice.roll(u64::try_from(expense.splits.len()).unwrap())).unwrap();
        let request = ConfirmSplitRequest { expense_id: expense.id, split_id: expense.splits[split].id };
        self.world.user(self.user_id).confirm_split(request).await?;
        Ok(())
    }

    async fn allocate(&mut self, turn: u64) -> Result<(), Fault> {
        let (Some(one), Some(two)) = (self.any_expense(), self.any_expense()) else { return Ok(()) };
        let bill_id = self.user_id * 1_000 + i64::try_from(turn).unwrap();
        let part = self.dice.amount(5_000);
        let mut items = vec![BillItem { expense_id: one.id, amount_minor: part }];
        if one.id != two.id {
            items.push(BillItem { expense_id: two.id, amount_minor: 0 });
        }
        let request = AllocateToBillRequest { bill_id, room_id: ROOM, items, bill_version: 1 };
        let reply = self.world.bill_for(self.user_id).allocate_to_bill(request).await?.into_inner();
        let total = reply.items.iter().map(|item| item.amount_minor).sum();
        self.found.lock().unwrap().bills.push((bill_id, total));
        Ok(())
    }

    async fn seal(&mut self) -> Result<(), Fault> {
        let Some((bill_id, total)) = self.any_bill() else { return Ok(()) };
        let mut left = total;
        let mut shares = Vec::new();
        for user_id in [ADMIN, ANNA, BEN] {
            let amount_minor = i64::try_from(self.dice.roll(u64::try_from(left + 1).unwrap())).unwrap();
            left -= amount_minor;
            shares.push(AllocatedShare { user_id, amount_minor });
        }
        shares.push(AllocatedShare { user_id: CARA, amount_minor: left });
        self.world.bill_for(self.user_id).seal_bill(SealBillRequest { bill_id, shares }).await?;
        Ok(())
    }

    async fn confirm_bill(&mut self) -> Result<(), Fault> {
        let Some((bill_id, _)) = self.any_bill() else { return Ok(()) };
        let request = ConfirmBillShareRequest { bill_id, user_id: self.dice.person() };
        self.world.bill_for(ADMIN).confirm_bill_share(request).await?;
        Ok(())
    }

    async fn settle(&mut self) -> Result<(), Fault> {
        let request = RecordSettlementRequest {
            room_id: ROOM,
            from_user_id: self.user_id,
            to_user_id: other(self.user_id),
            amount_minor: self.dice.amount(3_000),
            ..Default::default()
        };
        self.world.user(self.user_id).record_settlement(request).await?;
        Ok(())
    }
}

fn other(user_id: i64) -> i64 {
    PEOPLE.into_iter().find(|it| *it != user_id).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_people_do_at_once_the_books_stay_exact() {
    let world = World::new().await;
    let found = Arc::new(Mutex::new(Found::default()));
    let walks = PEOPLE.map(|user_id| {
        let mut walker = Walker {
            world: &world,
            found: Arc::clone(&found),
            dice: Dice(u64::try_from(user_id).unwrap()),
            user_id,
        };
        async move {
            let mut done = 0;
            for turn in 0..STEPS {
                match walker.step(turn).await {
                    Ok(()) => done += 1,
                    Err(fault) => {
                        let is_inner = matches!(fault.code(), Code::InternalError | Code::DatabaseError);
                        assert!(!is_inner, "{fault:?}");
                    }
                }
            }
            done
        }
    });
    let done: u64 = join_all(walks).await.into_iter().sum();
    assert!(done > 60, "{done}");
    assert_books(&world).await;
    let mut conn = world.test_db.owner().await;
    let by_bill = sqlx::query_scalar!(r#"select count(id) as "count!" from settlement where kind = 'bill'"#);
    assert!(by_bill.fetch_one(&mut conn).await.unwrap() > 0);
}
