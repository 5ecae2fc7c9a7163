//! Transfers that cannot be: alone, in a batch, in a chain.
//!
//! One list of them goes through all three doors; each door has its own way to name the field.

use fault::{Code, Fault};
use proto::wallet::v1::{
    AccountKind, Leg, NewTransfer, PostBatchRequest, PostBatchResponse, PostLinkedRequest, PostRequest,
    PostResult, post_result,
};
use tonic::{Response, Status};

use super::{INVALID, impossible_accounts, impossible_keys, impossible_kinds, impossible_lines, rows, scene};
use crate::tests::bank::{account, alipay, legs, transfer, user};

const LARGEST: i64 = 1_000_000_000_000_000;

/// Transfers that cannot be, and what is wrong with each.
fn impossible() -> Vec<(NewTransfer, (Code, String))> {
    let good = || transfer("new", &user(7), &user(8), 1);
    let invalid = |transfer: NewTransfer, field: &str| (transfer, (INVALID, field.to_owned()));
    let keys = impossible_keys()
        .into_iter()
        .map(|key| invalid(NewTransfer { idempotency_key: key, ..good() }, "idempotency_key"));
    let kinds = impossible_kinds().into_iter().map(|kind| invalid(NewTransfer { kind, ..good() }, "kind"));
    let references = impossible_lines()
        .into_iter()
        .map(|reference| invalid(NewTransfer { reference, ..good() }, "reference"));
    let memos = impossible_lines().into_iter().map(|memo| invalid(NewTransfer { memo, ..good() }, "memo"));
    let accounts = impossible_accounts().into_iter().map(|(account, part)| {
        let legs = legs(&[(user(7), -1), (account, 1)]);
        invalid(NewTransfer { legs, ..good() }, &format!("legs[1].account.{part}"))
    });
    let pairs =
        impossible_legs().into_iter().map(|(legs, field)| invalid(NewTransfer { legs, ..good() }, field));
    let refused = [
        (transfer("new", &user(7), &user(8), 999_000), Code::InsufficientBalance, ""),
        (transfer("new", &user(99), &user(8), 1), Code::InsufficientBalance, ""),
        (transfer("rent", &user(7), &user(8), 1_001), Code::IdempotencyConflict, "idempotency_key"),
        (transfer("rent", &user(8), &user(7), 1_000), Code::IdempotencyConflict, "idempotency_key"),
        (
            NewTransfer { kind: "rent".to_owned(), ..transfer("rent", &user(7), &user(8), 1_000) },
            Code::IdempotencyConflict,
            "idempotency_key",
        ),
    ];
    let refused = refused.map(|(transfer, code, field)| (transfer, (code, field.to_owned())));
    keys.chain(kinds).chain(references).chain(memos).chain(accounts).chain(pairs).chain(refused).collect()
}

fn impossible_legs() -> Vec<(Vec<Leg>, &'static str)> {
    let (anna, ben, cleo) = (user(7), user(8), user(9));
    let euros = account(AccountKind::User, "8", "EUR");
    let points = account(AccountKind::User, "8", "POINTS");
    let bare = |amount_minor| {
        vec![Leg { account: Some(user(7)), amount_minor: -1 }, Leg { account: None, amount_minor }]
    };
    let crowd = |count: i64| {
        let takers = (1..count).map(|id| (user(1_000 + id), 1));
        legs(&takers.chain([(user(7), 1 - count)]).collect::<Vec<_>>())
    };
    vec![
        (Vec::new(), "legs"),
        (legs(&[(anna.clone(), -1)]), "legs"),
        (crowd(101), "legs"),
        (crowd(5_000), "legs"),
        (bare(1), "legs[1].account"),
        (legs(&[(anna.clone(), -1), (anna.clone(), 1)]), "legs"),
        (legs(&[(anna.clone(), -2), (ben.clone(), 1), (ben.clone(), 1)]), "legs"),
        (legs(&[(anna.clone(), -1), (ben.clone(), 2)]), "legs"),
        (legs(&[(anna.clone(), 1), (ben.clone(), 1)]), "legs"),
        (legs(&[(anna.clone(), -1), (euros, 1)]), "legs"),
        (legs(&[(anna.clone(), -1), (ben.clone(), 1), (points, 5)]), "legs"),
        (legs(&[(anna.clone(), 0), (ben.clone(), 0)]), "legs[0].amount_minor"),
        (legs(&[(anna.clone(), -1), (ben.clone(), 1), (cleo, 0)]), "legs[2].amount_minor"),
        (legs(&[(anna.clone(), i64::MIN), (ben.clone(), i64::MAX)]), "legs[0].amount_minor"),
        (legs(&[(anna.clone(), -1), (ben.clone(), i64::MIN)]), "legs[1].amount_minor"),
        (legs(&[(anna.clone(), -1), (ben.clone(), i64::MAX)]), "legs[1].amount_minor"),
        (legs(&[(anna.clone(), -LARGEST - 1), (ben.clone(), LARGEST + 1)]), "legs[0].amount_minor"),
        (legs(&[(anna, -1), (ben, LARGEST + 1)]), "legs[1].amount_minor"),
    ]
}

/// Sends what is to be refused as a response with a refusal, as if it were one of its own.
fn refusal(answer: Result<Response<PostBatchResponse>, Status>, place: usize) -> (Code, String) {
    let results = answer.unwrap().into_inner().results;
    match results[place].outcome.clone().unwrap() {
        post_result::Outcome::Refusal(refusal) => (Code::parse(&refusal.code).unwrap(), refusal.field),
        post_result::Outcome::Receipt(receipt) => panic!("it was posted: {receipt:?}"),
    }
}

#[tokio::test]
async fn a_transfer_that_cannot_be_is_refused() {
    let scene = scene().await;
    let mut payment = scene.payment.clone();
    let before = rows(&scene.premises.bank).await;
    let none = payment.post(PostRequest { transfer: None }).await.unwrap_err();
    assert_eq!(Fault::from(none).field(), Some("transfer"));
    for (asked, expected) in impossible() {
        let status = payment.post(PostRequest { transfer: Some(asked.clone()) }).await.unwrap_err();
        let fault = Fault::from(status);
        let told = (fault.code(), fault.field().unwrap_or_default().to_owned());
        assert_eq!(told, expected, "{asked:?}: {fault}");
    }
    assert_eq!(before, rows(&scene.premises.bank).await);
}

#[tokio::test]
async fn of_a_batch_only_what_cannot_be_is_refused() {
    let scene = scene().await;
    let mut payment = scene.payment.clone();
    let before = rows(&scene.premises.bank).await;
    for (asked, expected) in impossible() {
        let repeated = transfer("rent", &user(7), &user(8), 1_000);
        let transfers = vec![repeated.clone(), asked.clone(), repeated];
        let answer = payment.post_batch(PostBatchRequest { transfers }).await;
        assert_eq!(refusal(answer, 1), expected, "{asked:?}");
    }
    assert_eq!(before, rows(&scene.premises.bank).await);
}

#[tokio::test]
async fn a_chain_with_a_link_that_cannot_be_is_refused_whole() {
    let scene = scene().await;
    let mut payment = scene.payment.clone();
    let before = rows(&scene.premises.bank).await;
    for (asked, (code, field)) in impossible() {
        let transfers = vec![transfer("first", &alipay(), &user(9), 1), asked.clone()];
        let status = payment.post_linked(PostLinkedRequest { transfers }).await.unwrap_err();
        let fault = Fault::from(status);
        let named = if field.is_empty() { String::new() } else { format!("transfers[1].{field}") };
        let told = (fault.code(), fault.field().unwrap_or_default().to_owned());
        assert_eq!(told, (code, named), "{asked:?}: {fault}");
        assert!(fault.detail().starts_with("transfers[1]"), "{fault}");
    }
    assert_eq!(before, rows(&scene.premises.bank).await);
}

#[tokio::test]
async fn batches_and_chains_have_1_to_100_members() {
    let scene = scene().await;
    let many = |count| vec![transfer("new", &user(7), &user(8), 1); count];
    let sizes =
        || vec![(many(0), (INVALID, "transfers")), (many(101), (Code::BatchLimitExceeded, "transfers"))];
    scene
        .assert_refused(sizes(), |transfers| async {
            scene.payment.clone().post_batch(PostBatchRequest { transfers }).await
        })
        .await;
    scene
        .assert_refused(sizes(), |transfers| async {
            scene.payment.clone().post_linked(PostLinkedRequest { transfers }).await
        })
        .await;
}

#[tokio::test]
async fn a_chain_that_was_posted_in_part_is_a_conflict() {
    let scene = scene().await;
    let chains = vec![
        vec![transfer("rent", &user(7), &user(8), 1_000), transfer("new", &user(7), &user(8), 1)],
        vec![transfer("new", &user(7), &user(8), 1), transfer("rent", &user(7), &user(8), 1_000)],
        vec![transfer("new", &user(7), &user(8), 1), transfer("new", &user(7), &user(8), 1)],
    ];
    let asks = chains.into_iter().map(|chain| (chain, (Code::IdempotencyConflict, ""))).collect();
    scene
        .assert_refused(asks, |transfers| async {
            scene.payment.clone().post_linked(PostLinkedRequest { transfers }).await
        })
        .await;
}

#[tokio::test]
async fn nothing_leaves_a_frozen_account() {
    let scene = scene().await;
    scene.premises.bank.freeze(user(7), true).await.unwrap();
    let asks = vec![(transfer("new", &user(7), &user(8), 1), (Code::AccountFrozen, ""))];
    scene
        .assert_refused(asks, |transfer| async {
            scene.payment.clone().post(PostRequest { transfer: Some(transfer) }).await
        })
        .await;
}

/// The largest that can be asked for: a hundred transfers of a hundred legs, with texts as long as they may be.
#[tokio::test]
async fn the_largest_batch_that_can_be_passes_the_door() {
    let scene = scene().await;
    let most = i64::MAX;
    let large = |place: i64| {
        let takers = (1..100).map(|n| (user(most - n - 100 * place), LARGEST));
        NewTransfer {
            idempotency_key: format!("{place:0>255}"),
            kind: "k".repeat(40),
            reference: "长".repeat(200),
            memo: "长".repeat(200),
            legs: legs(&takers.chain([(alipay(), -99 * LARGEST)]).collect::<Vec<_>>()),
        }
    };
    let too_large =
        refusal(scene.payment.clone().post_batch(PostBatchRequest { transfers: vec![large(0)] }).await, 0);
    assert_eq!(too_large, (INVALID, "legs[99].amount_minor".to_owned()));
    let fitting = |place| {
        let takers = (1..100).map(|n| (user(most - n - 100 * place), LARGEST / 100));
        let legs = legs(&takers.chain([(alipay(), -99 * (LARGEST / 100))]).collect::<Vec<_>>());
        NewTransfer { legs, ..large(place) }
    };
    let batch = PostBatchRequest { transfers: (0..100).map(fitting).collect() };
    let results = scene.payment.clone().post_batch(batch).await.unwrap().into_inner().results;
    let is_posted = |result: &PostResult| matches!(result.outcome, Some(post_result::Outcome::Receipt(_)));
    assert!(results.len() == 100 && results.iter().all(is_posted));
    scene.premises.bank.assert_sound().await;
}

#[tokio::test]
async fn a_message_beyond_a_mebibyte_is_not_read() {
    let scene = scene().await;
    let endless = NewTransfer { memo: "x".repeat(1024 * 1024), ..transfer("new", &user(7), &user(8), 1) };
    let asks = vec![(endless, (Code::PayloadTooLarge, ""))];
    scene
        .assert_refused(asks, |transfer| async {
            scene.payment.clone().post(PostRequest { transfer: Some(transfer) }).await
        })
        .await;
}
