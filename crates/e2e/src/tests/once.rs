//! What is sent twice happens once.

use anyhow::Result;
use futures::future::join_all;
use serde_json::json;

use super::room::Room;
use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_equal_posts_with_one_key_make_one_expense() -> Result<()> {
    let stage = Stage::start(&[]).await?;
    let room = Room::of_four(&stage).await?;
    let body = room.expense("一次", "40.00");
    let posts = (0..20).map(|_| room.admin().post_once("/api/expenses", &body, "only-once"));
    let mut ids = Vec::new();
    for answer in join_all(posts).await {
        let answer = answer?;
        if answer.status == 200 {
            ids.push(answer.data()?["id"].clone());
        } else {
            assert_eq!((answer.status, answer.code()), (409, "IDEMPOTENCY_IN_PROGRESS"), "{}", answer.text);
            assert!(answer.headers.contains_key("retry-after"));
        }
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "one expense, told to everybody: {ids:?}");
    assert_eq!(room.balances().await?, ["30.00", "-10.00", "-10.00", "-10.00"]);

    let again = room.admin().post_once("/api/expenses", &body, "only-once").await?;
    assert_eq!(again.headers.get("idempotent-replayed").map(|value| value.to_str().unwrap()), Some("true"));
    assert_eq!(again.data()?["id"], ids[0]);
    let other = room.admin().post_once("/api/expenses", &room.expense("另一个", "1.00"), "only-once").await?;
    assert_eq!((other.status, other.code()), (422, "IDEMPOTENCY_CONFLICT"), "{}", other.text);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_share_confirmed_by_many_at_once_is_settled_once() -> Result<()> {
    let stage = Stage::start(&[]).await?;
    let room = Room::of_four(&stage).await?;
    let expense = room.admin().post("/api/expenses", &room.expense("晚饭", "40.00")).await?.data()?;
    let debtor = &room.people[1];
    let split = expense["splits"]
        .as_array()
        .unwrap()
        .iter()
        .find(|split| split["user_id"] == debtor.user_id)
        .unwrap();
    let path = format!("/api/expenses/{}/confirm-split", expense["id"]);
    let body = json!({"split_id": split["id"]});
    let posts = (0..10).map(|at| if at % 2 == 0 { debtor } else { room.admin() }.post(&path, &body));
    for answer in join_all(posts).await {
        let answer = answer?;
        assert!(answer.status == 200 || answer.status == 409, "{}", answer.text);
    }
    assert_eq!(room.balances().await?, ["20.00", "0.00", "-10.00", "-10.00"]);
    Ok(())
}
