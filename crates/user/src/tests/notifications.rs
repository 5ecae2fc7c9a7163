//! Notifications: once for each uid, to their user, also live.

use std::time::Duration;

use ephemeral::{Event as News, Fanout};
use fault::Code;
use prost::Message as _;
use proto::{
    event::v1::{Event, event::Payload},
    page::v1::Request as Page,
    user::v1::{
        ListNotificationsRequest, ListNotificationsResponse, NewNotification, NotificationFacts,
        NotificationType, NotifyRequest, ReadNotificationRequest, Session,
    },
};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::stage::{Stage, code, refusal};

fn id(session: &Session) -> i64 {
    session.user.as_ref().unwrap().id
}

fn owed(uid: &str, user_id: i64, actor_user_id: i64) -> NewNotification {
    let facts = NotificationFacts {
        room_id: 5,
        room_name: "302 寝室".to_owned(),
        expense_id: 6,
        subject: "火锅".to_owned(),
        amount_minor: 5_025,
        currency: "CNY".to_owned(),
        actor_user_id,
        ..NotificationFacts::default()
    };
    NewNotification {
        uid: uid.to_owned(),
        user_id,
        r#type: NotificationType::ExpenseOwed.into(),
        facts: Some(facts),
    }
}

async fn notify(stage: &Stage, notifications: Vec<NewNotification>) -> Option<Code> {
    code(stage.service("expense").notify(NotifyRequest { notifications }).await)
}

async fn list(stage: &Stage, session: &Session, unread_only: bool) -> ListNotificationsResponse {
    let request = ListNotificationsRequest { page: Some(Page { number: 1, size: 10 }), unread_only };
    stage.member(session).list_notifications(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_notification_is_written_in_whole_sentences() {
    let stage = Stage::new().await;
    let (alice, bob) = (stage.join("alice").await, stage.join("bob").await);
    assert_eq!(notify(&stage, vec![owed("expense:6:alice", id(&alice), id(&bob))]).await, None);
    let listed = list(&stage, &alice, false).await;
    let notification = &listed.notifications[0];
    assert_eq!(notification.title, "新的费用分摊");
    assert_eq!(notification.body, "bob 全名在「302 寝室」记录了「火锅」，你需要分摊 50.25 元");
    assert_eq!(notification.facts.as_ref().unwrap().expense_id, 6);
    assert_eq!((listed.unread_total, listed.page.unwrap().total_rows), (1, 1));
}

#[tokio::test]
async fn a_uid_is_notified_once_however_often_it_comes() {
    let stage = Stage::new().await;
    let alice = stage.join("alice").await;
    for _ in 0..3 {
        let twice = vec![owed("one", id(&alice), 0), owed("one", id(&alice), 0), owed("two", id(&alice), 0)];
        assert_eq!(notify(&stage, twice).await, None);
    }
    assert_eq!(list(&stage, &alice, false).await.unread_total, 2);
}

#[tokio::test]
async fn news_of_one_call_are_listed_in_the_order_in_which_they_came() {
    let stage = Stage::new().await;
    let alice = stage.join("alice").await;
    let news = ["b", "c", "a"].map(|uid| {
        let mut new = owed(uid, id(&alice), 0);
        new.facts.as_mut().unwrap().subject = uid.to_owned();
        new
    });
    assert_eq!(notify(&stage, news.to_vec()).await, None);
    let listed = list(&stage, &alice, false).await.notifications;
    let subjects: Vec<_> = listed.into_iter().map(|one| one.facts.unwrap().subject).collect();
    assert_eq!(subjects, ["a", "c", "b"], "newest first");
}

#[tokio::test]
async fn a_user_who_does_not_exist_hears_nothing_and_stops_nobody() {
    let stage = Stage::new().await;
    let alice = stage.join("alice").await;
    assert_eq!(notify(&stage, vec![owed("a", 99, 0), owed("b", id(&alice), 0)]).await, None);
    assert_eq!(list(&stage, &alice, false).await.unread_total, 1);
}

#[tokio::test]
async fn bad_news_is_refused_as_a_whole() {
    let stage = Stage::new().await;
    let alice = stage.join("alice").await;
    let good = owed("good", id(&alice), 0);
    let unnamed = NewNotification { uid: String::new(), ..good.clone() };
    let untyped = NewNotification { r#type: 99, ..good.clone() };
    assert_eq!(notify(&stage, vec![good.clone(), unnamed]).await, Some(Code::ValidationError));
    assert_eq!(notify(&stage, vec![good.clone(), untyped]).await, Some(Code::ValidationError));
    assert_eq!(notify(&stage, vec![good; 101]).await, Some(Code::BatchLimitExceeded));
    assert_eq!(list(&stage, &alice, false).await.unread_total, 0);
}

#[tokio::test]
async fn a_notification_is_read_by_its_user_alone() {
    let stage = Stage::new().await;
    let (alice, bob) = (stage.join("alice").await, stage.join("bob").await);
    notify(&stage, vec![owed("one", id(&alice), 0), owed("two", id(&alice), 0)]).await;
    let notification_id = list(&stage, &alice, true).await.notifications[0].id;
    let request = ReadNotificationRequest { notification_id };
    let fault = refusal(stage.member(&bob).read_notification(request).await);
    assert_eq!(fault.code(), Code::NotFound);
    for _ in 0..2 {
        let read = stage.member(&alice).read_notification(request).await.unwrap().into_inner();
        assert!(read.notification.unwrap().is_read);
    }
    let unread = list(&stage, &alice, true).await;
    assert_eq!((unread.notifications.len(), unread.page.unwrap().total_rows, unread.unread_total), (1, 1, 1));
    assert_eq!(list(&stage, &alice, false).await.notifications.len(), 2);
}

#[tokio::test]
async fn a_notification_reaches_the_channel_of_its_user() {
    let stage = Stage::with_redis().await;
    let alice = stage.join("alice").await;
    let channel = format!("user:{}", id(&alice));
    let mut news = Fanout::subscribe(&stage.redis, [channel], CancellationToken::new());
    let within = Duration::from_secs(10);
    assert_eq!(timeout(within, news.recv()).await.unwrap(), Some(News::Reconnected));
    notify(&stage, vec![owed("one", id(&alice), 0)]).await;
    let Some(News::Message { payload, .. }) = timeout(within, news.recv()).await.unwrap() else {
        panic!("no news came");
    };
    let event = Event::decode(payload).unwrap();
    assert_eq!(event.user_id, id(&alice));
    let Some(Payload::Notification(sent)) = event.payload else { panic!("news of another kind") };
    assert_eq!(sent, list(&stage, &alice, false).await.notifications[0]);
}
