//! Transfers as they are sent.

use std::collections::HashSet;

use crate::book::{Dice, Pick, Writer};

#[test]
fn every_transfer_balances_and_has_a_key_of_its_own() {
    let mut writer = Writer::new("w".to_owned(), 3, Pick::Uniform);
    let mut keys = HashSet::new();
    for _ in 0..1_000 {
        let transfer = writer.next();
        let sum: i64 = transfer.legs.iter().map(|leg| leg.amount_minor).sum();
        let owners: HashSet<_> = transfer.legs.iter().map(|leg| leg.account.clone().unwrap().owner).collect();
        assert_eq!((sum, owners.len()), (0, 2), "{transfer:?}");
        assert!(keys.insert(transfer.idempotency_key));
    }
}

#[test]
fn a_hot_account_is_in_every_transfer_and_gives_and_takes() {
    let mut writer = Writer::new("w".to_owned(), 1_000, Pick::Hot);
    let mut gives = 0;
    for _ in 0..1_000 {
        let transfer = writer.next();
        let of_hot = |leg: &&proto::wallet::v1::Leg| leg.account.as_ref().unwrap().owner == "1";
        let hot = transfer.legs.iter().find(of_hot).unwrap();
        gives += u32::from(hot.amount_minor < 0);
    }
    assert!((300..700).contains(&gives), "{gives}");
}

#[test]
fn dice_reach_every_number_and_never_beyond() {
    let mut dice = Dice::new("d");
    let seen: HashSet<u32> = (0..1_000).map(|_| dice.below(7)).collect();
    assert_eq!(seen, (0..7).collect());
    assert_eq!(dice.below(0), 0);
}
