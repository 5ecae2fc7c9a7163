//! Transfers that succeed or fail as one.

use fault::Code;

use super::bank::{Bank, alipay, bank, lines, transfer, user};

async fn funded() -> Bank {
    let bank = bank().await;
    bank.fund(&user(7), 100).await;
    bank
}

#[tokio::test]
async fn later_transfers_see_what_earlier_ones_moved() {
    let bank = funded().await;
    let chain = vec![transfer("1", &user(7), &user(8), 100), transfer("2", &user(8), &user(9), 70)];
    let answer = bank.linked(chain).await.unwrap();
    let lines: Vec<_> = answer.reply.receipts.iter().map(lines).collect();
    assert_eq!(lines, [[(2, 0), (1, 100)], [(2, 30), (1, 70)]]);
    bank.assert_sound().await;
}

#[tokio::test]
async fn one_that_is_refused_takes_back_all() {
    let bank = funded().await;
    let rows = bank.rows().await;
    let chain = vec![
        transfer("1", &user(7), &user(8), 100),
        transfer("2", &alipay(), &user(9), 5),
        transfer("3", &user(8), &user(9), 101),
    ];
    let fault = bank.linked(chain).await.unwrap_err();
    assert_eq!(fault.code(), Code::InsufficientBalance);
    assert_eq!(fault.detail(), "transfers[2]: user:8 CNY: the available balance is smaller than the amount");
    assert_eq!(rows, bank.rows().await);
    bank.posted(transfer("1", &user(7), &user(8), 1)).await.unwrap();
    bank.assert_sound().await;
}

#[tokio::test]
async fn the_same_again_is_answered_as_the_first_time() {
    let bank = funded().await;
    let chain = || vec![transfer("1", &user(7), &user(8), 60), transfer("2", &user(8), &user(9), 30)];
    let first = bank.linked(chain()).await.unwrap();
    let again = bank.linked(chain()).await.unwrap();
    assert_eq!((first.is_replay, again.is_replay), (false, true));
    assert_eq!(first.reply, again.reply);
    let other = vec![transfer("1", &user(7), &user(8), 60), transfer("3", &user(8), &user(9), 30)];
    assert_eq!(bank.linked(other).await.unwrap_err().code(), Code::IdempotencyConflict);
    assert_eq!(bank.balance(8).await.0, 30);
    bank.assert_sound().await;
}

#[tokio::test]
async fn a_field_is_named_with_its_transfer() {
    let bank = funded().await;
    let chain = vec![transfer("1", &user(7), &user(8), 60), transfer("2", &user(8), &user(9), 0)];
    let fault = bank.linked(chain).await.unwrap_err();
    assert_eq!(
        (fault.code(), fault.field()),
        (Code::ValidationError, Some("transfers[1].legs[0].amount_minor"))
    );
}
