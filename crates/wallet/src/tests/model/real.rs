//! Asks the real ledger, by two copies of the service on one database.
//!
//! What was answered under a key is remembered: the same again must be answered the same, to the last digit.

use std::{collections::HashMap, sync::Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use fault::{Code, Fault};
use host::{Call, timestamp};
use proto::wallet::v1::{
    Account, FreezeAccountResponse, NewTransfer, PlaceHoldRequest, PostResult, Receipt, SettleHoldRequest,
    UnfreezeAccountResponse, post_result,
};

use super::asked::{Asked, Order, Placing, Posted, Settling, Told};
use crate::{
    operations::{
        freeze_account::{self, Wanted},
        place_hold, post, post_batch, post_linked, release_hold, settle_hold,
    },
    service::Service,
    tests::bank::{admin, legs, lines, payment},
};

/// No hold has this id.
const NOBODYS_HOLD: i64 = 99;

pub(super) struct Real {
    pub(super) copies: [Service; 2],
    pub(super) accounts: Vec<Account>,
    pub(super) began: DateTime<Utc>,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    receipts: HashMap<String, Receipt>,
    hold_ids: HashMap<String, i64>,
}

impl Real {
    pub(super) fn new(copies: [Service; 2], accounts: Vec<Account>, began: DateTime<Utc>) -> Self {
        Self { copies, accounts, began, memory: Mutex::default() }
    }

    pub(super) async fn ask(&self, copy: usize, asked: &Asked) -> Told {
        let service = &self.copies[copy % 2];
        match asked {
            Asked::Post(order) => {
                let answer = post::run(service, &payment(), Some(self.message(order))).await;
                let receipt = answer.map(|answer| (answer.reply.receipt.unwrap(), answer.is_replay));
                Told::Posted(vec![self.posted(&order.key, receipt.map_err(|fault| fault.code()))])
            }
            Asked::Batch(orders) => Told::Posted(self.batch(service, orders).await),
            Asked::Linked(orders) => Told::Linked(self.linked(service, orders).await),
            Asked::Place(placing) => Told::Placed(self.place(service, placing).await),
            Asked::Settle(settling) => Told::Posted(vec![self.settle(service, settling).await]),
            Asked::Release(key) => {
                let answer = release_hold::run(service, self.hold_id(key)).await;
                let told = answer.map(|answer| (answer.reply.hold.unwrap(), answer.is_replay));
                let told = told.map(|(hold, is_replay)| (hold.state(), hold.settled_minor, is_replay));
                Told::Ended(told.map_err(|fault| fault.code()))
            }
            Asked::Freeze(place, is_frozen) => Told::Frozen(self.freeze(service, *place, *is_frozen).await),
        }
    }

    async fn batch(&self, service: &Service, orders: &[Order]) -> Vec<Posted> {
        let transfers = orders.iter().map(|order| self.message(order)).collect();
        let results = post_batch::run(service, &payment(), transfers).await.unwrap().results;
        assert_eq!(results.len(), orders.len());
        let told = |(order, result): (&Order, PostResult)| match result.outcome.unwrap() {
            post_result::Outcome::Receipt(receipt) => {
                self.posted(&order.key, Ok((receipt, result.is_replay)))
            }
            post_result::Outcome::Refusal(refusal) => Err(Code::parse(&refusal.code).unwrap()),
        };
        orders.iter().zip(results).map(told).collect()
    }

    async fn linked(
        &self,
        service: &Service,
        orders: &[Order],
    ) -> Result<(Vec<Vec<(i64, i64)>>, bool), Code> {
        let transfers = orders.iter().map(|order| self.message(order)).collect();
        let answer = post_linked::run(service, &payment(), transfers).await.map_err(|fault| fault.code())?;
        let receipts = orders.iter().zip(answer.reply.receipts);
        let told = receipts.map(|(order, receipt)| self.remembered(&order.key, &receipt));
        Ok((told.collect(), answer.is_replay))
    }

    async fn place(&self, service: &Service, placing: &Placing) -> Result<bool, Code> {
        let request = PlaceHoldRequest {
            idempotency_key: placing.key.clone(),
            account: Some(self.accounts[placing.place].clone()),
            amount_minor: placing.amount,
            expires_at: Some(timestamp(self.began + TimeDelta::minutes(placing.ends))),
            ..PlaceHoldRequest::default()
        };
        let answer = place_hold::run(service, &payment(), request).await.map_err(|fault| fault.code())?;
        let id = answer.reply.hold_id;
        let mut memory = self.memory.lock().unwrap();
        assert_eq!(*memory.hold_ids.entry(placing.key.clone()).or_insert(id), id, "{placing:?}");
        Ok(answer.is_replay)
    }

    async fn settle(&self, service: &Service, settling: &Settling) -> Posted {
        let request = SettleHoldRequest {
            idempotency_key: settling.key.clone(),
            hold_id: self.hold_id(&settling.hold),
            amount_minor: settling.amount,
            rest: settling.rest.into(),
            to: Some(self.accounts[settling.to].clone()),
            kind: "withdrawal".to_owned(),
            ..SettleHoldRequest::default()
        };
        let answer = settle_hold::run(service, &payment(), request).await;
        let receipt = answer.map(|answer| (answer.reply.receipt.unwrap(), answer.is_replay));
        self.posted(&settling.key, receipt.map_err(|fault| fault.code()))
    }

    async fn freeze(&self, service: &Service, place: usize, is_frozen: bool) -> Result<(), Code> {
        let mut call = Call::default();
        call.caller = admin();
        let account = Some(self.accounts[place].clone());
        let wanted = Wanted { account, reason: "asked by the police".to_owned(), is_frozen };
        let done: Result<(), Fault> = if is_frozen {
            freeze_account::run::<FreezeAccountResponse>(service, &call, &wanted).await.map(|_| ())
        } else {
            freeze_account::run::<UnfreezeAccountResponse>(service, &call, &wanted).await.map(|_| ())
        };
        done.map_err(|fault| fault.code())
    }

    fn message(&self, order: &Order) -> NewTransfer {
        let pairs: Vec<_> =
            order.legs.iter().map(|(place, amount)| (self.accounts[*place].clone(), *amount)).collect();
        NewTransfer {
            idempotency_key: order.key.clone(),
            kind: "transfer".to_owned(),
            legs: legs(&pairs),
            ..NewTransfer::default()
        }
    }

    fn hold_id(&self, key: &str) -> i64 {
        self.memory.lock().unwrap().hold_ids.get(key).copied().unwrap_or(NOBODYS_HOLD)
    }

    fn posted(&self, key: &str, answer: Result<(Receipt, bool), Code>) -> Posted {
        answer.map(|(receipt, is_replay)| (self.remembered(key, &receipt), is_replay))
    }

    /// Remembers a receipt, or sees that it is the one from before.
    fn remembered(&self, key: &str, receipt: &Receipt) -> Vec<(i64, i64)> {
        let mut memory = self.memory.lock().unwrap();
        assert_eq!(memory.receipts.entry(key.to_owned()).or_insert_with(|| receipt.clone()), receipt);
        lines(receipt)
    }
}
