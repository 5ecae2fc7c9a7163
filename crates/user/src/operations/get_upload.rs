//! Shows an upload, and its bytes, to those who may see it.
//!
//! The owner, every user for an avatar, and a service that calls for itself: it has checked that its user may see
//! what the file belongs to. For all others there is no such file. What a service that refers to files asked for is
//! kept for ever, because its reference is not known here.

use bytes::Bytes;
use fault::Fault;
use host::Call;
use proto::user::v1::{GetUploadRequest, GetUploadResponse, UploadInfo};
use sqlx::PgConnection;

use crate::{
    service::Service,
    store::uploads::{self, Upload},
    wire,
};

/// Services that store the ids of uploads, and ask for each before they do: receipts.
const REFERRING: [&str; 1] = ["expense"];

/// Gives what is known of an upload. *Errors*: `NOT_FOUND`, also for somebody else's.
pub(crate) async fn get_upload(
    service: Service,
    call: Call,
    request: GetUploadRequest,
) -> Result<GetUploadResponse, Fault> {
    let mut conn = service.db.acquire().await?;
    let upload = visible(&mut conn, &call, request.upload_id).await?;
    let is_referred_to = call.caller.via.is_some_and(|service| REFERRING.contains(&service.as_str()));
    if is_referred_to && !uploads::keep(&mut conn, upload.id).await? {
        return Err(Fault::not_found("upload"));
    }
    Ok(GetUploadResponse { upload: Some(wire::upload(upload)) })
}

/// Gives an upload and its bytes. *Errors*: as [`get_upload`].
pub(crate) async fn download(
    service: &Service,
    call: &Call,
    upload_id: i64,
) -> Result<(UploadInfo, Bytes), Fault> {
    let mut conn = service.db.acquire().await?;
    let upload = visible(&mut conn, call, upload_id).await?;
    drop(conn);
    let bytes = service.files.get(upload.id).await?;
    Ok((wire::upload(upload), bytes))
}

async fn visible(conn: &mut PgConnection, call: &Call, id: i64) -> Result<Upload, Fault> {
    let found = uploads::find(conn, id).await?;
    let may_see = |upload: &Upload| match &call.caller.user {
        Some(user) => upload.is_avatar || user.id == upload.owner_id,
        None => call.caller.via.is_some(),
    };
    found.filter(may_see).ok_or_else(|| Fault::not_found("upload"))
}
