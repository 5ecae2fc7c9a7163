//! Stores notifications once for each uid, and has them sent live.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use durable::Tx;
use fault::{Code, Fault};
use host::{Answer, Call, timestamp};
use prost::Message as _;
use proto::{
    event::v1::{Event, event::Payload},
    user::v1::{NewNotification, NotificationType, NotifyRequest, NotifyResponse},
};

use crate::{
    domain::notice::{self, Notice},
    service::Service,
    store::{
        directory,
        notifications::{self, Row},
    },
    wire,
    workers::live,
};

const BATCH_MAX: usize = 100;
const UID_CHARS_MAX: usize = 100;

/// Notifies users. A user who does not exist hears nothing; a uid that is known changes nothing.
///
/// *Errors*: `BATCH_LIMIT_EXCEEDED` above a hundred; `VALIDATION_ERROR` for a uid or type that is none.
pub(crate) async fn notify(
    service: Service,
    call: Call,
    request: NotifyRequest,
) -> Result<Answer<NotifyResponse>, Fault> {
    let news = check(request.notifications)?;
    let mut tx = service.db.begin().await?;
    if let Some(replay) = call.claim(&mut tx).await? {
        return Ok(replay);
    }
    let actors = actors(&mut tx, &news).await?;
    let news = news.into_iter().filter_map(|new| row(&service, new, &actors)).collect();
    write(&mut tx, news, service.clock().now()).await?;
    let answer = call.store(&mut tx, NotifyResponse {}).await?;
    tx.commit().await?;
    Ok(answer)
}

fn check(news: Vec<NewNotification>) -> Result<Vec<NewNotification>, Fault> {
    if news.len() > BATCH_MAX {
        return Err(Fault::new(
            Code::BatchLimitExceeded,
            format!("notifications: at most {BATCH_MAX} at once"),
        ));
    }
    for (index, new) in news.iter().enumerate() {
        if !(1..=UID_CHARS_MAX).contains(&new.uid.chars().count()) {
            return Err(Fault::validation(
                format!("notifications[{index}].uid"),
                "must have 1 to 100 characters",
            ));
        }
        if new.r#type() == NotificationType::Unspecified {
            return Err(Fault::validation(format!("notifications[{index}].type"), "must be a known type"));
        }
    }
    Ok(news)
}

/// Finds the full names of those who caused the news.
async fn actors(tx: &mut Tx, news: &[NewNotification]) -> Result<HashMap<i64, String>, Fault> {
    let facts = news.iter().filter_map(|new| new.facts.as_ref());
    let ids: Vec<i64> = facts.map(|facts| facts.actor_user_id).filter(|id| *id > 0).collect();
    let profiles = directory::profiles(tx, &ids).await?;
    Ok(profiles.into_iter().map(|profile| (profile.id, profile.full_name)).collect())
}

/// Words a notification; none when its type has no words for these facts.
fn row(
    service: &Service,
    new: NewNotification,
    actors: &HashMap<i64, String>,
) -> Option<notifications::NewNotification> {
    let kind = new.r#type();
    let facts = new.facts.unwrap_or_default();
    let Notice { title, body } =
        notice::write(kind, &facts, actors.get(&facts.actor_user_id).map(String::as_str))?;
    Some(notifications::NewNotification {
        id: service.clock().new_id(),
        uid: new.uid,
        user_id: new.user_id,
        kind: new.r#type,
        title: title.to_owned(),
        body,
        facts: facts.encode_to_vec(),
    })
}

/// Keeps what is new, and writes the jobs that send it live.
async fn write(
    tx: &mut Tx,
    news: Vec<notifications::NewNotification>,
    at: DateTime<Utc>,
) -> Result<(), Fault> {
    if news.is_empty() {
        return Ok(());
    }
    let written = notifications::insert(tx, (&news, at)).await?;
    let fresh = news.into_iter().filter(|new| written.contains(&new.id));
    live::send(tx, fresh.map(|new| event(new, at)).collect()).await
}

fn event(new: notifications::NewNotification, at: DateTime<Utc>) -> Event {
    let (uid, user_id) = (format!("notification:{}", new.id), new.user_id);
    let row = Row {
        id: new.id,
        kind: new.kind,
        title: new.title,
        body: new.body,
        facts: new.facts,
        created_at: at,
        read_at: None,
    };
    Event {
        uid,
        user_id,
        at: Some(timestamp(at)),
        payload: Some(Payload::Notification(wire::notification(row))),
        ..Event::default()
    }
}
