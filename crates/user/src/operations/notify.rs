//! Stores notifications once for each uid, and has them sent live.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, Utc};
use durable::{
    Tx,
    outbox::{self, Job},
};
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
    let mut news = check(request.notifications)?;
    // Rows that wait for each other are written in one order.
    news.sort_by(|one, other| one.uid.cmp(&other.uid));
    let mut tx = service.db.begin().await?;
    if let Some(replay) = call.claim(&mut tx).await? {
        return Ok(replay);
    }
    let actors = actors(&mut tx, &news).await?;
    for new in news {
        let facts = new.facts.clone().unwrap_or_default();
        let actor = actors.get(&facts.actor_user_id).map(String::as_str);
        if let Some(notice) = notice::write(new.r#type(), &facts, actor) {
            write(&service, &mut tx, &new, notice).await?;
        }
    }
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

async fn write(service: &Service, tx: &mut Tx, new: &NewNotification, notice: Notice) -> Result<(), Fault> {
    let at = service.clock().now();
    let row = notifications::NewNotification {
        id: service.clock().new_id(),
        uid: new.uid.clone(),
        user_id: new.user_id,
        kind: new.r#type,
        title: notice.title.to_owned(),
        body: notice.body,
        facts: new.facts.clone().unwrap_or_default().encode_to_vec(),
        at,
    };
    if !notifications::insert(tx, &row).await? {
        return Ok(());
    }
    let job = Job {
        queue: live::QUEUE,
        order_key: new.user_id,
        kind: live::NOTIFICATION,
        payload: event(row, at).encode_to_vec(),
        delay: Duration::ZERO,
    };
    outbox::append(tx, job).await?;
    Ok(())
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
