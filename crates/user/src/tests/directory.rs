//! Finding people, and counting them.

use chrono::{Duration, TimeZone as _, Utc};
use fault::Code;
use proto::{
    page::v1::Request as Page,
    user::v1::{
        GetUserGrowthRequest, GetUsersRequest, ListUsersRequest, SearchUsersRequest, Session,
        SetDisabledRequest,
    },
};

use super::stage::{Stage, code, refusal};
use crate::store::directory;

async fn search(stage: &Stage, session: &Session, query: &str) -> Vec<String> {
    let request = SearchUsersRequest { query: query.to_owned(), limit: 50 };
    let reply = stage.member(session).search_users(request).await.unwrap().into_inner();
    reply.users.into_iter().map(|user| user.username).collect()
}

#[tokio::test]
async fn people_are_found_by_the_beginning_of_a_name() {
    let stage = Stage::new().await;
    let session = stage.join("Alice").await;
    stage.register("alina").await;
    stage.register("bob").await;
    assert_eq!(search(&stage, &session, "AL").await, ["Alice", "alina"]);
    assert_eq!(search(&stage, &session, "bob 全").await, ["bob"]);
    assert_eq!(search(&stage, &session, "ice").await, Vec::<String>::new());
}

#[tokio::test]
async fn an_address_is_found_only_when_it_is_whole() {
    let stage = Stage::new().await;
    let session = stage.join("alice").await;
    assert_eq!(search(&stage, &session, "ALICE@example.com").await, ["alice"]);
    assert_eq!(search(&stage, &session, "alice@exam").await, Vec::<String>::new());
}

#[tokio::test]
async fn signs_of_the_search_language_are_ordinary_signs() {
    let stage = Stage::new().await;
    let session = stage.join("alice").await;
    stage.register("a_b").await;
    for query in ["%%", "a%", "__", "a\\"] {
        assert_eq!(search(&stage, &session, query).await, Vec::<String>::new(), "{query}");
    }
    assert_eq!(search(&stage, &session, "a_").await, ["a_b"]);
}

#[tokio::test]
async fn a_search_among_fifty_thousand_reads_only_what_it_finds() {
    let stage = Stage::new().await;
    let mut owner = stage.test_db.owner().await;
    sqlx::query!(
        "insert into account (
             id, username, username_key, email, email_key, full_name, full_name_key, password_hash, role,
             created_at, updated_at
         )
         select number, 'u' || number, 'u' || number, 'e' || number, 'e' || number, 'f' || number, 'f' || number, '',
             'user', now(), now()
         from generate_series(1, 50000) as number"
    )
    .execute(&mut owner)
    .await
    .unwrap();
    sqlx::query!("analyze account").execute(&mut owner).await.unwrap();
    let page = host::Page::of(Some(Page { number: 1, size: 50 })).unwrap();
    for key in ["u4999", "f4999", "e49999", "nobody"] {
        let mut tx = stage.db.begin().await.unwrap();
        // As a prepared statement is planned in the long run: without looking at what is searched for.
        sqlx::query!("set local plan_cache_mode = force_generic_plan").execute(&mut *tx).await.unwrap();
        let found = directory::search(&mut tx, key, 50).await.unwrap().len();
        let listed = directory::list_found(&mut tx, key, page).await.unwrap().len();
        let counted = directory::count_found(&mut tx, key).await.unwrap();
        assert_eq!((found, Ok(listed)), (listed, usize::try_from(counted)), "{key}");
        let read = sqlx::query!(
            "select seq_scan, seq_tup_read + idx_tup_fetch as rows
             from pg_stat_xact_user_tables
             where relname = 'account'"
        )
        .fetch_one(&mut *tx)
        .await
        .unwrap();
        assert_eq!(read.seq_scan, Some(0), "{key}");
        assert!(read.rows.unwrap() < 200, "{key} read {:?} rows", read.rows);
        tx.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn a_short_query_or_a_wild_limit_is_refused() {
    let stage = Stage::new().await;
    let session = stage.join("alice").await;
    let ask = async |query: &str, limit: i32| {
        refusal(
            stage.member(&session).search_users(SearchUsersRequest { query: query.to_owned(), limit }).await,
        )
    };
    assert_eq!(ask("a", 10).await.field(), Some("q"));
    assert_eq!(ask("alice", 51).await.field(), Some("limit"));
    assert_eq!(ask("alice", 0).await.field(), Some("limit"));
}

#[tokio::test]
async fn a_disabled_user_is_found_by_administrators_alone() {
    let stage = Stage::new().await;
    let (root, alice) = (stage.admin("root").await, stage.join("alice").await);
    let bob = stage.register("bobby").await;
    stage.member(&root).set_disabled(SetDisabledRequest { user_id: bob.id, disabled: true }).await.unwrap();
    assert_eq!(search(&stage, &alice, "bobby").await, Vec::<String>::new());
    let request = ListUsersRequest { page: Some(Page { number: 1, size: 10 }), query: "bobby".to_owned() };
    let found = stage.member(&root).list_users(request).await.unwrap().into_inner();
    assert!(found.users[0].disabled);
    assert_eq!(found.page.unwrap().total_rows, 1);
}

#[tokio::test]
async fn names_for_ids_leave_out_the_unknown() {
    let stage = Stage::new().await;
    let [one, two] = [stage.register("first").await.id, stage.register("second").await.id];
    let mut client = stage.service("room");
    let reply = client.get_users(GetUsersRequest { ids: vec![two, 5, one, two] }).await.unwrap().into_inner();
    assert_eq!(reply.users.iter().map(|user| user.id).collect::<Vec<_>>(), [one, two]);
    let many = GetUsersRequest { ids: vec![1; 1_001] };
    assert_eq!(code(client.get_users(many).await), Some(Code::BatchLimitExceeded));
}

#[tokio::test]
async fn pages_add_up_to_all() {
    let stage = Stage::new().await;
    let root = stage.admin("root").await;
    for number in 0..4 {
        stage.register(&format!("user{number}")).await;
    }
    let mut seen = Vec::new();
    for number in 1..=4 {
        let request = ListUsersRequest { page: Some(Page { number, size: 2 }), query: String::new() };
        let reply = stage.member(&root).list_users(request).await.unwrap().into_inner();
        assert_eq!(reply.page.unwrap().total_rows, 5);
        seen.extend(reply.users.into_iter().map(|user| user.username));
    }
    assert_eq!(seen, ["user3", "user2", "user1", "user0", "root"]);
    for page in [Page { number: 0, size: 2 }, Page { number: 1, size: 101 }] {
        let request = ListUsersRequest { page: Some(page), query: String::new() };
        assert_eq!(code(stage.member(&root).list_users(request).await), Some(Code::ValidationError));
    }
}

#[tokio::test]
async fn growth_is_counted_in_the_business_zone_and_has_no_holes() {
    // Half an hour past midnight of the new year in Shanghai.
    let stage = Stage::at(Utc.with_ymd_and_hms(2026, 12, 31, 16, 30, 0).unwrap()).await;
    let root = stage.admin("root").await;
    stage.clock.advance(Duration::days(62));
    stage.register("alice").await;
    let root = {
        drop(root);
        stage.login("root").await
    };
    let reply = stage.member(&root).get_user_growth(GetUserGrowthRequest {}).await.unwrap().into_inner();
    let months: Vec<_> = reply.months.iter().map(|month| (month.month.as_str(), month.count)).collect();
    assert_eq!(months, [("2027-01", 1), ("2027-02", 0), ("2027-03", 1)]);
    assert_eq!(reply.total_users, 2);
}
