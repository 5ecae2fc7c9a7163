//! Putting users on lists, taking them off, and looking.

use fault::{Code, Fault};
use futures::future::join_all;
use host::testing::Visitor;
use proto::risk::v1::{Entry, ListEntriesRequest, ListKind, risk_service_client::RiskServiceClient};

use super::{delete, ids, put, stage, trail};

#[tokio::test]
async fn an_administrator_puts_a_user_on_a_list_and_takes_him_off() {
    let stage = stage().await;
    let admin = stage.served.admin(1);
    let entry = put(&admin, 7, ListKind::Block, "  card fraud\r\nin May ").await.unwrap();
    let expected = Entry {
        user_id: 7,
        kind: ListKind::Block.into(),
        reason: "card fraud\nin May".to_owned(),
        created_by: 1,
    };
    assert_eq!(entry, expected, "a reason is kept trimmed");
    assert_eq!(ids(&admin, ListKind::Block).await, [7]);
    assert_eq!(ids(&admin, ListKind::Allow).await, Vec::<i64>::new());
    delete(&admin, 7, ListKind::Block).await.unwrap();
    assert_eq!(ids(&admin, ListKind::Block).await, Vec::<i64>::new());
}

#[tokio::test]
async fn putting_again_changes_the_reason_and_not_who_did_it_first() {
    let stage = stage().await;
    put(&stage.served.admin(1), 7, ListKind::Allow, "a friend").await.unwrap();
    let entry = put(&stage.served.admin(2), 7, ListKind::Allow, "an old friend").await.unwrap();
    assert_eq!((entry.created_by, entry.reason.as_str()), (1, "an old friend"));
}

#[tokio::test]
async fn nobody_is_on_both_lists() {
    let stage = stage().await;
    let admin = stage.served.admin(1);
    put(&admin, 7, ListKind::Allow, "a friend").await.unwrap();
    let fault = put(&admin, 7, ListKind::Block, "no friend").await.unwrap_err();
    assert_eq!((fault.code(), fault.detail()), (Code::StateConflict, "the user is on the allow list"));
    assert_eq!(ids(&admin, ListKind::Block).await, Vec::<i64>::new());
}

#[tokio::test]
async fn only_the_list_that_is_named_is_left() {
    let stage = stage().await;
    let admin = stage.served.admin(1);
    put(&admin, 7, ListKind::Allow, "a friend").await.unwrap();
    for (user_id, kind) in [(7, ListKind::Block), (8, ListKind::Allow)] {
        assert_eq!(delete(&admin, user_id, kind).await.unwrap_err().code(), Code::NotFound);
    }
    assert_eq!(ids(&admin, ListKind::Allow).await, [7]);
}

#[tokio::test]
async fn every_change_leaves_an_audit_row_with_before_and_after() {
    let stage = stage().await;
    let admin = stage.served.admin(1);
    put(&admin, 7, ListKind::Block, "one").await.unwrap();
    put(&admin, 7, ListKind::Block, "two").await.unwrap();
    delete(&admin, 7, ListKind::Block).await.unwrap();
    delete(&admin, 7, ListKind::Block).await.unwrap_err();
    let (one, two) = (r#"{"kind":"block","reason":"one"}"#, r#"{"kind":"block","reason":"two"}"#);
    let expected = [
        ["risk.entry_deleted", "user:7", two, ""],
        ["risk.entry_put", "user:7", one, two],
        ["risk.entry_put", "user:7", "", one],
    ];
    assert_eq!(trail(&admin).await, expected, "a refusal leaves none");
}

#[tokio::test]
async fn twenty_puts_of_one_user_at_once_make_one_entry() {
    let stage = stage().await;
    let admin = stage.served.admin(1);
    let reasons: Vec<String> = (0..20).map(|number| format!("reason {number}")).collect();
    let puts = reasons.iter().map(|reason| put(&admin, 7, ListKind::Block, reason));
    let done = join_all(puts).await.into_iter().flatten().count();
    assert!(done >= 1);
    assert_eq!(ids(&admin, ListKind::Block).await, [7]);
    let firsts = trail(&admin).await.into_iter().filter(|[_, _, before, _]| before.is_empty()).count();
    assert_eq!(firsts, 1, "one of them was the first");
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_name_and_writes_nothing() {
    let stage = stage().await;
    let admin = stage.served.admin(1);
    let long = "x".repeat(1_001);
    let cases = [
        (0, ListKind::Block, "why", "user_id"),
        (-1, ListKind::Block, "why", "user_id"),
        (7, ListKind::Unspecified, "why", "kind"),
        (7, ListKind::Block, "", "reason"),
        (7, ListKind::Block, " \n ", "reason"),
        (7, ListKind::Block, "bell\u{7}", "reason"),
        (7, ListKind::Block, long.as_str(), "reason"),
    ];
    for (user_id, kind, reason, field) in cases {
        let fault = put(&admin, user_id, kind, reason).await.unwrap_err();
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some(field)));
    }
    assert_eq!(trail(&admin).await.len(), 0);
}

async fn page(admin: &Visitor, after_user_id: i64, limit: i32) -> Result<Vec<i64>, Fault> {
    let request = ListEntriesRequest { kind: ListKind::Allow.into(), after_user_id, limit };
    let reply = RiskServiceClient::new(admin.line()).list_entries(request).await?.into_inner();
    Ok(reply.entries.into_iter().map(|entry| entry.user_id).collect())
}

#[tokio::test]
async fn a_list_is_read_page_by_page_in_order_of_user_ids() {
    let stage = stage().await;
    let admin = stage.served.admin(1);
    for user_id in [9, 7, 8] {
        put(&admin, user_id, ListKind::Allow, "a friend").await.unwrap();
    }
    assert_eq!(page(&admin, 0, 2).await.unwrap(), [7, 8]);
    assert_eq!(page(&admin, 8, 2).await.unwrap(), [9]);
    assert_eq!(page(&admin, 0, 0).await.unwrap(), [7, 8, 9]);
    for (after, limit, field) in [(0, 51, "limit"), (0, -1, "limit"), (-1, 1, "after_user_id")] {
        assert_eq!(page(&admin, after, limit).await.unwrap_err().field(), Some(field));
    }
}
