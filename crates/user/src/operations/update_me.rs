//! Changes e-mail, full name and avatar of the caller (000-E04).

use chrono::{DateTime, Utc};
use durable::Tx;
use fault::Fault;
use host::{Answer, Call};
use proto::user::v1::{UpdateMeRequest, UpdateMeResponse};

use crate::{
    domain::{
        content,
        text::{self, Avatar},
    },
    service::Service,
    store::{
        accounts::{self, Change},
        uploads,
    },
    wire,
};

/// Changes what is given; what is absent stays.
///
/// *Errors*: `VALIDATION_ERROR` naming the field; `DUPLICATE_ENTRY` naming `email`.
pub(crate) async fn update_me(
    service: Service,
    call: Call,
    request: UpdateMeRequest,
) -> Result<Answer<UpdateMeResponse>, Fault> {
    let id = call.caller.user()?.id;
    let with_key = |text: String| {
        let key = text::key(&text);
        (text, key)
    };
    let email = request.email.as_deref().map(text::email).transpose()?.map(with_key);
    let full_name = request.full_name.as_deref().map(text::full_name).transpose()?.map(with_key);
    let avatar = request.avatar.as_deref().map(text::avatar).transpose()?;
    let mut tx = service.db.begin().await?;
    if let Some(replay) = call.claim(&mut tx).await? {
        return Ok(replay);
    }
    let now = service.clock().now();
    let avatar = match avatar {
        Some(avatar) => Some(place(&mut tx, id, avatar, now).await?),
        None => None,
    };
    let change = Change { email, full_name, avatar };
    let account = accounts::change(&mut tx, id, &change, now).await?;
    let account = account.ok_or_else(|| Fault::not_found("user"))?;
    let reply = UpdateMeResponse { user: Some(wire::user(account)) };
    let answer = call.store(&mut tx, reply).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Gives an avatar's address and its upload, if it is one. Somebody else's upload looks like none at all.
async fn place(
    tx: &mut Tx,
    user_id: i64,
    avatar: Avatar,
    now: DateTime<Utc>,
) -> Result<(String, Option<i64>), Fault> {
    uploads::release_avatar(tx, user_id, now).await?;
    match avatar {
        Avatar::None => Ok((String::new(), None)),
        Avatar::Url(url) => Ok((url, None)),
        Avatar::Upload(id) => {
            let content_type = uploads::use_as_avatar(tx, id, user_id, now).await?;
            if content_type.is_some_and(|content_type| content::is_image(&content_type)) {
                Ok((text::upload_path(id), Some(id)))
            } else {
                Err(Fault::validation("avatar", "must be an image that you have uploaded"))
            }
        }
    }
}
