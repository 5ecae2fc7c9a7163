//! Shows an upload, and its bytes, to those who may see it.
//!
//! The owner, every user for an avatar, and a service that calls for itself: it has checked that its user may see
//! what the file belongs to. For all others there is no such file.

use bytes::Bytes;
use fault::Fault;
use proto::user::v1::{GetUploadRequest, GetUploadResponse, UploadInfo};

use crate::{
    call::Call,
    service::Service,
    store::uploads::{self, Upload},
    wire,
};

/// Gives what is known of an upload. *Errors*: `NOT_FOUND`, also for somebody else's.
pub(crate) async fn get_upload(
    service: Service,
    call: Call,
    request: GetUploadRequest,
) -> Result<GetUploadResponse, Fault> {
    let upload = visible(&service, &call, request.upload_id).await?;
    Ok(GetUploadResponse { upload: Some(wire::upload(upload)) })
}

/// Gives an upload and its bytes. *Errors*: as [`get_upload`].
pub(crate) async fn download(
    service: &Service,
    call: &Call,
    upload_id: i64,
) -> Result<(UploadInfo, Bytes), Fault> {
    let upload = visible(service, call, upload_id).await?;
    let bytes = service.files.get(upload.id).await?;
    Ok((wire::upload(upload), bytes))
}

async fn visible(service: &Service, call: &Call, id: i64) -> Result<Upload, Fault> {
    let mut conn = service.db.acquire().await?;
    let found = uploads::find(&mut conn, id).await?;
    let may_see = |upload: &Upload| {
        upload.is_avatar || call.is_service() || call.user().is_ok_and(|user| user.id == upload.owner_id)
    };
    found.filter(may_see).ok_or_else(|| Fault::not_found("upload"))
}
