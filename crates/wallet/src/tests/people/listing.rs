//! The transactions of a wallet: types, times, order, pages.

use chrono::{DateTime, TimeDelta, Utc};
use fault::Code;
use host::timestamp;
use proto::{
    page::v1::Request as PageRequest,
    wallet::v1::{
        ListTransactionsRequest, ListTransactionsResponse, Transaction, TransactionOrder, TransactionType,
    },
};

use super::{ANNA, BEN, SECRET, Stage, fault, refused_for, stage};

fn asked(number: i32, size: i32) -> ListTransactionsRequest {
    let page = Some(PageRequest { number, size });
    ListTransactionsRequest { user_id: ANNA, page, ..ListTransactionsRequest::default() }
}

async fn list(stage: &Stage, request: ListTransactionsRequest) -> ListTransactionsResponse {
    stage.of(ANNA).list_transactions(request).await.unwrap().into_inner()
}

fn amounts(reply: &ListTransactionsResponse) -> Vec<i64> {
    reply.transactions.iter().map(|row| row.amount_minor).collect()
}

fn total(reply: &ListTransactionsResponse) -> i64 {
    reply.page.unwrap().total_rows
}

/// Anna with five things that happened, an hour apart: 100.00 in, 30.00 given, 50.00 in, a sale of 5.00, 2.00 given.
async fn busy_anna() -> (Stage, DateTime<Utc>) {
    let stage = Stage::rich_anna(10_000).await;
    let begin = stage.clock.now();
    let hour = || stage.clock.advance(TimeDelta::hours(1));
    hour();
    stage.give(3_000, SECRET).await.unwrap();
    hour();
    stage.fund(ANNA, 5_000).await;
    hour();
    stage.move_in(ANNA, 500, "sale", "bill_share").await;
    hour();
    stage.give(200, SECRET).await.unwrap();
    (stage, begin)
}

#[tokio::test]
async fn the_newest_come_first_with_what_was_left_and_who_it_was() {
    let (stage, begin) = busy_anna().await;
    let reply = list(&stage, asked(1, 10)).await;
    assert_eq!(amounts(&reply), [-200, 500, 5_000, -3_000, 10_000]);
    assert_eq!(total(&reply), 5);
    let given = &reply.transactions[3];
    let expected = Transaction {
        transfer_id: given.transfer_id,
        entry_number: 2,
        r#type: TransactionType::Transfer.into(),
        kind: "transfer".to_owned(),
        amount_minor: -3_000,
        balance_after_minor: 7_000,
        at: Some(timestamp(begin + TimeDelta::hours(1))),
        counterparty_user_id: BEN,
        reference: "rent".to_owned(),
        memo: "March".to_owned(),
        currency: "CNY".to_owned(),
    };
    assert_eq!(*given, expected);
    assert_eq!(reply.transactions[4].counterparty_user_id, 0);
    let bens = ListTransactionsRequest { user_id: BEN, ..asked(1, 10) };
    let bens = stage.of(BEN).list_transactions(bens).await.unwrap().into_inner();
    assert_eq!(amounts(&bens), [200, 3_000]);
    assert_eq!(bens.transactions[0].counterparty_user_id, ANNA);
}

#[tokio::test]
async fn pages_cut_the_list_in_either_order() {
    let (stage, _) = busy_anna().await;
    let mut newest = Vec::new();
    let mut oldest = Vec::new();
    for number in 1..=3 {
        newest.extend(amounts(&list(&stage, asked(number, 2)).await));
        oldest.extend(amounts(
            &list(&stage, ListTransactionsRequest { ascending: true, ..asked(number, 2) }).await,
        ));
    }
    assert_eq!(newest, [-200, 500, 5_000, -3_000, 10_000]);
    oldest.reverse();
    assert_eq!(oldest, newest);
    let beyond = list(&stage, asked(4, 2)).await;
    assert_eq!((amounts(&beyond), total(&beyond)), (Vec::new(), 5));
}

#[tokio::test]
async fn types_part_the_list_without_a_rest() {
    let (stage, _) = busy_anna().await;
    let of = async |r#type: TransactionType| {
        let reply = list(&stage, ListTransactionsRequest { r#type: r#type.into(), ..asked(1, 10) }).await;
        (amounts(&reply), total(&reply))
    };
    assert_eq!(of(TransactionType::Recharge).await, (vec![5_000, 10_000], 2));
    assert_eq!(of(TransactionType::Transfer).await, (vec![-200, -3_000], 2));
    assert_eq!(of(TransactionType::Payment).await, (vec![500], 1));
    assert_eq!(of(TransactionType::Withdraw).await, (vec![], 0));
    let second = ListTransactionsRequest { r#type: TransactionType::Transfer.into(), ..asked(2, 1) };
    let second = list(&stage, second).await;
    assert_eq!((amounts(&second), total(&second)), (vec![-3_000], 2));
    let beyond = ListTransactionsRequest { r#type: TransactionType::Transfer.into(), ..asked(9, 1) };
    let beyond = list(&stage, beyond).await;
    assert_eq!((amounts(&beyond), total(&beyond)), (vec![], 2));
}

#[tokio::test]
async fn amounts_are_ordered_without_their_sign() {
    let (stage, _) = busy_anna().await;
    let by_amount = ListTransactionsRequest { order: TransactionOrder::Amount.into(), ..asked(1, 10) };
    assert_eq!(amounts(&list(&stage, by_amount).await), [10_000, 5_000, -3_000, 500, -200]);
    let ascending = ListTransactionsRequest { ascending: true, ..by_amount };
    assert_eq!(amounts(&list(&stage, ascending).await), [-200, 500, -3_000, 5_000, 10_000]);
}

#[tokio::test]
async fn both_ends_of_a_time_are_part_of_it() {
    let (stage, begin) = busy_anna().await;
    let between = async |from: Option<i64>, to: Option<i64>| {
        let at = |hours: Option<i64>| hours.map(|hours| timestamp(begin + TimeDelta::hours(hours)));
        let reply =
            list(&stage, ListTransactionsRequest { from: at(from), to: at(to), ..asked(1, 10) }).await;
        (amounts(&reply), total(&reply))
    };
    assert_eq!(between(Some(1), Some(2)).await, (vec![5_000, -3_000], 2));
    assert_eq!(between(None, Some(0)).await, (vec![10_000], 1));
    assert_eq!(between(Some(4), None).await, (vec![-200], 1));
    assert_eq!(between(Some(5), None).await, (vec![], 0));
    assert_eq!(between(None, Some(-1)).await, (vec![], 0));
}

#[tokio::test]
async fn a_bad_question_names_its_field() {
    let stage = stage().await;
    let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    for (request, field) in [
        (asked(0, 10), "page"),
        (asked(1, 0), "limit"),
        (asked(1, 101), "limit"),
        (ListTransactionsRequest { from: at(10), to: at(9), ..asked(1, 10) }, "to"),
        (ListTransactionsRequest { from: at(i64::MAX), ..asked(1, 10) }, "from"),
    ] {
        let fault = fault(stage.of(ANNA).list_transactions(request).await);
        assert_eq!(refused_for(&fault), (Code::ValidationError, field));
    }
    let others = fault(stage.of(BEN).list_transactions(asked(1, 10)).await);
    assert_eq!(others.code(), Code::Forbidden);
}
