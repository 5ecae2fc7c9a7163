//! Statements of accounts, and what they held at an instant.

use chrono::{DateTime, TimeDelta, Utc};
use fault::Code;
use host::timestamp;
use proto::wallet::v1::{
    Direction, GetBalanceAtRequest, GetTransferRequest, ListEntriesRequest, ListEntriesResponse,
};

use super::{
    bank::{Bank, alipay, bank, payment, post, transfer, user},
    noon,
};
use crate::operations::{get_balance_at, get_transfer, list_entries};

/// User 7 gets 1, 2, 3, … fen, a minute between each, from noon on.
async fn history(count: i64) -> Bank {
    let bank = bank().await;
    for n in 1..=count {
        bank.posted(transfer(&format!("h{n}"), &alipay(), &user(7), n)).await.unwrap();
        bank.clock.advance(TimeDelta::minutes(1));
    }
    bank
}

async fn page(bank: &Bank, direction: Direction, beyond_number: i64, limit: i32) -> ListEntriesResponse {
    let asked =
        ListEntriesRequest { account: Some(user(7)), direction: direction.into(), beyond_number, limit };
    list_entries::run(&bank.service, &payment(), &asked).await.unwrap()
}

fn numbers(page: &ListEntriesResponse) -> Vec<i64> {
    page.entries.iter().map(|entry| entry.number).collect()
}

#[tokio::test]
async fn a_statement_is_read_in_pages_from_both_ends() {
    let bank = history(7).await;
    let first = page(&bank, Direction::NewestFirst, 0, 3).await;
    assert_eq!((numbers(&first), first.has_more), (vec![7, 6, 5], true));
    let last = page(&bank, Direction::NewestFirst, 4, 3).await;
    assert_eq!((numbers(&last), last.has_more), (vec![3, 2, 1], false));
    let first = page(&bank, Direction::OldestFirst, 0, 5).await;
    assert_eq!((numbers(&first), first.has_more), (vec![1, 2, 3, 4, 5], true));
    let last = page(&bank, Direction::OldestFirst, 5, 5).await;
    assert_eq!((numbers(&last), last.has_more), (vec![6, 7], false));
    let entry = &last.entries[0];
    assert_eq!((entry.amount_minor, entry.balance_after_minor, entry.kind.as_str()), (6, 21, "transfer"));
    assert_eq!(entry.at, Some(timestamp(noon() + TimeDelta::minutes(5))));
}

#[tokio::test]
async fn an_account_without_entries_has_an_empty_statement() {
    let bank = bank().await;
    let empty = page(&bank, Direction::NewestFirst, 0, 100).await;
    assert_eq!(empty, ListEntriesResponse::default());
    assert_eq!(bank.rows().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_page_that_cannot_be_is_refused_by_the_name_of_its_field() {
    let bank = history(1).await;
    let good = ListEntriesRequest {
        account: Some(user(7)),
        direction: Direction::OldestFirst.into(),
        beyond_number: 0,
        limit: 1,
    };
    for (asked, field) in [
        (ListEntriesRequest { account: None, ..good.clone() }, "account"),
        (ListEntriesRequest { direction: 0, ..good.clone() }, "direction"),
        (ListEntriesRequest { beyond_number: -1, ..good.clone() }, "beyond_number"),
        (ListEntriesRequest { limit: 0, ..good.clone() }, "limit"),
        (ListEntriesRequest { limit: 101, ..good }, "limit"),
    ] {
        let fault = list_entries::run(&bank.service, &payment(), &asked).await.unwrap_err();
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some(field)));
    }
}

#[tokio::test]
async fn a_balance_is_told_for_every_instant() {
    let bank = history(9).await;
    let at = |instant: DateTime<Utc>| {
        let asked = GetBalanceAtRequest { account: Some(user(7)), at: Some(timestamp(instant)) };
        let service = bank.service.clone();
        async move {
            let answer = get_balance_at::run(&service, &payment(), &asked).await.unwrap();
            (answer.entry_number, answer.balance_minor)
        }
    };
    assert_eq!(at(noon() - TimeDelta::microseconds(1)).await, (0, 0));
    for n in 1..=9 {
        let instant = noon() + TimeDelta::minutes(n - 1);
        let expected = (n, n * (n + 1) / 2);
        assert_eq!(at(instant).await, expected, "the very instant of entry {n}");
        assert_eq!(at(instant + TimeDelta::seconds(59)).await, expected);
    }
    let nobody = GetBalanceAtRequest { account: Some(user(99)), at: Some(timestamp(noon())) };
    let answer = get_balance_at::run(&bank.service, &payment(), &nobody).await.unwrap();
    assert_eq!((answer.entry_number, answer.balance_minor), (0, 0));
}

#[tokio::test]
async fn entries_never_go_back_in_time() {
    let bank = history(2).await;
    bank.clock.advance(TimeDelta::hours(-1));
    bank.posted(transfer("back", &alipay(), &user(7), 1)).await.unwrap();
    let page = page(&bank, Direction::NewestFirst, 0, 2).await;
    assert_eq!(page.entries[0].at, page.entries[1].at);
    bank.assert_sound().await;
}

#[tokio::test]
async fn a_transfer_is_shown_by_its_id_and_by_its_key() {
    let bank = history(2).await;
    let receipt = post(&bank.service, transfer("rent", &user(7), &user(8), 2)).await.unwrap().reply.receipt;
    let by_id =
        GetTransferRequest { transfer_id: receipt.unwrap().transfer_id, idempotency_key: String::new() };
    let by_key = GetTransferRequest { transfer_id: 0, idempotency_key: "rent".to_owned() };
    let shown = get_transfer::run(&bank.service, &by_id).await.unwrap().transfer.unwrap();
    assert_eq!(get_transfer::run(&bank.service, &by_key).await.unwrap().transfer.unwrap(), shown);
    assert_eq!((shown.kind.as_str(), shown.actor.as_str()), ("transfer", "service:payment"));
    let legs: Vec<_> =
        shown.legs.iter().map(|leg| (leg.account.clone().unwrap().owner, leg.amount_minor)).collect();
    assert_eq!(legs, [("7".to_owned(), -2), ("8".to_owned(), 2)]);
    let missing = GetTransferRequest { transfer_id: 5, ..GetTransferRequest::default() };
    assert_eq!(get_transfer::run(&bank.service, &missing).await.unwrap_err().code(), Code::NotFound);
}
