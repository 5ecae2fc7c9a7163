//! Leaving and being removed, in step with the expense service through every sort of failure.

use fault::Code;
use futures::future::{join, join_all};
use proto::{
    event::v1::{MemberChange, event::Payload},
    room::v1::MemberRole,
};

use super::{
    ANNA, BEN, CARA, addition, code, invite, refusal, removal, role, room_with,
    stage::{Mood, Stage, eventually},
    user_ids,
};

#[tokio::test]
async fn an_admin_removes_a_member_who_owes_nothing() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN, CARA]).await;
    stage.user(ANNA).remove_member(removal(room.id, BEN)).await.unwrap();
    assert_eq!(user_ids(&stage.room(ANNA, room.id).await.members), [ANNA, CARA]);
    assert!(stage.book().closed_members.contains(&(room.id, BEN)));
    match stage.log(room.id).await.pop().unwrap().payload {
        Some(Payload::RoomMemberChanged(change)) => {
            assert_eq!((change.user_id, change.change()), (BEN, MemberChange::Removed));
            assert_eq!(change.role, "member");
        }
        other => panic!("{other:?}"),
    }
    let audit = stage.audit(room.id).await.pop().unwrap();
    assert_eq!(audit.action, "room.member_removed");
    assert_eq!(audit.before, Some(serde_json::json!({ "user_id": BEN, "role": "member" })));
    assert_eq!(code(stage.user(ANNA).remove_member(removal(room.id, BEN)).await), Code::NotFound);
}

#[tokio::test]
async fn a_member_leaves_by_himself_and_removes_nobody_else() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN, CARA]).await;
    assert_eq!(code(stage.user(BEN).remove_member(removal(room.id, CARA)).await), Code::Forbidden);
    stage.user(BEN).remove_member(removal(room.id, BEN)).await.unwrap();
    assert_eq!(user_ids(&stage.room(ANNA, room.id).await.members), [ANNA, CARA]);
    assert_eq!(stage.audit(room.id).await.pop().unwrap().action, "room.member_left");
    assert_eq!(code(stage.user(BEN).remove_member(removal(room.id, BEN)).await), Code::NotFound);
}

#[tokio::test]
async fn nobody_leaves_with_an_open_balance() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    stage.book().open_balances.insert((room.id, BEN));
    let fault = refusal(stage.user(BEN).remove_member(removal(room.id, BEN)).await);
    assert_eq!((fault.code(), fault.detail()), (Code::StateConflict, "the balance is open"));
    assert_eq!(user_ids(&stage.room(BEN, room.id).await.members), [ANNA, BEN]);
    assert_eq!(stage.log(room.id).await.len(), 2);
    stage.book().open_balances.clear();
    assert!(stage.user(BEN).remove_member(removal(room.id, BEN)).await.is_ok());
}

#[tokio::test]
async fn the_owner_and_the_last_admin_stay() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN, CARA]).await;
    let owner = refusal(stage.user(ANNA).remove_member(removal(room.id, ANNA)).await);
    assert_eq!(owner.code(), Code::StateConflict);
    assert!(owner.detail().contains("hand it over to another member first"), "{owner}");
    stage.user(ANNA).set_member_role(role(room.id, BEN, MemberRole::Admin)).await.unwrap();
    stage.user(ANNA).set_member_role(role(room.id, ANNA, MemberRole::Member)).await.unwrap();
    let last_admin = refusal(stage.user(BEN).remove_member(removal(room.id, BEN)).await);
    assert_eq!(last_admin.code(), Code::StateConflict);
    assert!(last_admin.detail().contains("make another member admin first"), "{last_admin}");
    assert_eq!(code(stage.user(BEN).remove_member(removal(room.id, ANNA)).await), Code::StateConflict);
    assert!(stage.book().closed_members.is_empty(), "nobody was even asked about");
}

#[tokio::test]
async fn two_admins_who_remove_each_other_leave_an_admin() {
    let stage = Stage::open().await;
    for _ in 0..5 {
        let room = room_with(&stage, &[BEN, CARA]).await;
        for user_id in [BEN, CARA] {
            stage.user(ANNA).set_member_role(role(room.id, user_id, MemberRole::Admin)).await.unwrap();
        }
        stage.user(ANNA).set_member_role(role(room.id, ANNA, MemberRole::Member)).await.unwrap();
        let (mut ben, mut cara) = (stage.user(BEN), stage.user(CARA));
        let (by_ben, by_cara) =
            join(ben.remove_member(removal(room.id, CARA)), cara.remove_member(removal(room.id, BEN))).await;
        assert!(by_ben.is_err() || by_cara.is_err());
        let members = stage.room(ANNA, room.id).await.members;
        let admins: Vec<_> = members.iter().filter(|member| member.role() == MemberRole::Admin).collect();
        assert!(!admins.is_empty());
        let present = user_ids(&members);
        eventually("who stays is open", async || {
            let book = stage.book();
            present.iter().all(|user_id| !book.closed_members.contains(&(room.id, *user_id)))
        })
        .await;
    }
}

#[tokio::test]
async fn while_the_expense_service_is_away_nobody_leaves_and_then_he_can() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    stage.book().mood = Mood::Away;
    for _ in 0..2 {
        let fault = refusal(stage.user(BEN).remove_member(removal(room.id, BEN)).await);
        assert_eq!(fault.code(), Code::ServiceUnavailable);
        assert!(fault.retry_after_seconds().is_some());
    }
    assert_eq!(user_ids(&stage.room(BEN, room.id).await.members), [ANNA, BEN]);
    stage.book().mood = Mood::Well;
    assert!(stage.user(BEN).remove_member(removal(room.id, BEN)).await.is_ok());
}

#[tokio::test]
async fn a_member_who_was_closed_without_an_answer_is_opened_by_the_job() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    stage.book().mood = Mood::Silent;
    assert_eq!(code(stage.user(BEN).remove_member(removal(room.id, BEN)).await), Code::ServiceUnavailable);
    assert!(stage.book().closed_members.contains(&(room.id, BEN)));
    stage.book().mood = Mood::Well;
    stage.let_jobs_come_due().await;
    eventually("Ben is open again", async || stage.book().closed_members.is_empty()).await;
    eventually("nobody is under way", async || marks(&stage).await == 0).await;
    assert_eq!(user_ids(&stage.room(BEN, room.id).await.members), [ANNA, BEN]);
}

#[tokio::test]
async fn a_departure_that_is_forbidden_while_it_is_under_way_opens_the_member_again() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN, CARA]).await;
    stage.user(ANNA).set_member_role(role(room.id, CARA, MemberRole::Admin)).await.unwrap();
    stage.book().mood = Mood::Silent;
    assert_eq!(code(stage.user(CARA).remove_member(removal(room.id, BEN)).await), Code::ServiceUnavailable);
    stage.book().mood = Mood::Well;
    stage.user(ANNA).set_member_role(role(room.id, CARA, MemberRole::Member)).await.unwrap();
    assert_eq!(code(stage.user(CARA).remove_member(removal(room.id, BEN)).await), Code::Forbidden);
    stage.let_jobs_come_due().await;
    eventually("Ben is open again", async || stage.book().closed_members.is_empty()).await;
}

#[tokio::test]
async fn a_job_that_comes_after_the_departure_opens_nobody() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    stage.user(BEN).remove_member(removal(room.id, BEN)).await.unwrap();
    stage.let_jobs_come_due().await;
    eventually("all jobs are done", async || jobs(&stage).await == 0).await;
    assert!(stage.book().closed_members.contains(&(room.id, BEN)));
    assert_eq!(stage.book().reopenings, 0);
}

#[tokio::test]
async fn ten_who_remove_the_same_member_remove_him_once() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    let attempts = (0..10).map(|_| {
        let mut anna = stage.user(ANNA);
        async move { anna.remove_member(removal(room.id, BEN)).await.is_ok() }
    });
    let removed = join_all(attempts).await.into_iter().filter(|is_ok| *is_ok).count();
    assert!(removed <= 1, "{removed} removed him");
    if removed == 0 {
        // All took the turn from each other; the next one has it.
        eventually("one gets through", async || {
            stage.user(ANNA).remove_member(removal(room.id, BEN)).await.is_ok()
        })
        .await;
    }
    assert_eq!(user_ids(&stage.room(ANNA, room.id).await.members), [ANNA]);
    assert_eq!(stage.log(room.id).await.len(), 3);
    assert!(stage.book().closed_members.contains(&(room.id, BEN)), "who is gone is closed");
}

#[tokio::test]
async fn who_is_added_again_is_open_before_the_answer() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    stage.user(ANNA).remove_member(removal(room.id, BEN)).await.unwrap();
    stage.user(ANNA).add_member(addition(room.id, BEN)).await.unwrap();
    assert!(stage.book().closed_members.is_empty());
    assert_eq!(marks(&stage).await, 0);
    assert!(stage.user(BEN).remove_member(removal(room.id, BEN)).await.is_ok());
}

#[tokio::test]
async fn who_comes_back_while_the_expense_service_is_away_is_opened_by_the_job() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    stage.user(BEN).remove_member(removal(room.id, BEN)).await.unwrap();
    stage.book().mood = Mood::Away;
    let code_of_room = invite(&stage, room.id, 1).await;
    stage.user(BEN).join_room(code_of_room).await.unwrap();
    assert_eq!(user_ids(&stage.room(BEN, room.id).await.members), [ANNA, BEN]);
    let early = refusal(stage.user(BEN).remove_member(removal(room.id, BEN)).await);
    assert_eq!(early.code(), Code::StateConflict, "he is still coming in");
    stage.book().mood = Mood::Well;
    stage.let_jobs_come_due().await;
    eventually("Ben is open again", async || stage.book().closed_members.is_empty()).await;
}

#[tokio::test]
async fn who_comes_for_the_first_time_needs_no_expense_service() {
    let stage = Stage::open().await;
    stage.book().mood = Mood::Away;
    let room = room_with(&stage, &[BEN]).await;
    assert_eq!(user_ids(&room.members), [ANNA, BEN]);
    assert_eq!(marks(&stage).await, 0);
}

/// Counts members on their way in or out.
async fn marks(stage: &Stage) -> i64 {
    let mut conn = stage.test_db.owner().await;
    sqlx::query_scalar!(r#"select count(*) as "marks!" from member where transit is not null"#)
        .fetch_one(&mut conn)
        .await
        .unwrap()
}

/// Counts jobs that are not done.
async fn jobs(stage: &Stage) -> i64 {
    let mut conn = stage.test_db.owner().await;
    sqlx::query_scalar!(r#"select count(*) as "jobs!" from outbox"#).fetch_one(&mut conn).await.unwrap()
}
