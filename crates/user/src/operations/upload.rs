//! Stores a file of the caller.
//!
//! Row first, then bytes, then "stored": a crash between leaves a row that the purge finds, never a file that nobody
//! knows. The rule not to be broken: the type is found from the content.

use bytes::Bytes;
use fault::Fault;
use host::{Answer, Call};
use proto::user::v1::UploadResponse;

use crate::{
    domain::{content, text},
    service::Service,
    store::uploads::{self, NewUpload, Upload},
    wire,
};

/// A file as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) file_name: String,
    pub(crate) bytes: Bytes,
}

/// Stores a file. *Errors*: `VALIDATION_ERROR` for another kind than png, jpeg, webp, pdf; `PAYLOAD_TOO_LARGE`.
pub(crate) async fn upload(
    service: Service,
    call: Call,
    received: Received,
) -> Result<Answer<UploadResponse>, Fault> {
    if received.bytes.len() > content::UPLOAD_BYTES_MAX {
        return Err(content::too_large());
    }
    let new = NewUpload {
        id: service.clock().new_id(),
        owner_id: call.caller.user()?.id,
        file_name: text::file_name(&received.file_name),
        content_type: content::content_type(&received.bytes)?,
        size_bytes: i64::try_from(received.bytes.len()).map_err(Fault::internal)?,
        at: service.clock().now(),
    };
    let mut conn = service.db.acquire().await?;
    uploads::insert(&mut conn, &new).await?;
    drop(conn);
    service.files.put(new.id, received.bytes).await?;
    let answer = finish(&service, &call, &new).await;
    if !matches!(&answer, Ok(Answer { is_replay: false, .. })) {
        discard(&service, new.id).await;
    }
    answer
}

async fn finish(service: &Service, call: &Call, new: &NewUpload) -> Result<Answer<UploadResponse>, Fault> {
    let mut tx = service.db.begin().await?;
    if let Some(replay) = call.claim(&mut tx).await? {
        return Ok(replay);
    }
    if !uploads::set_stored(&mut tx, new.id).await? {
        return Err(Fault::unavailable("the upload took too long"));
    }
    let stored = Upload {
        id: new.id,
        owner_id: new.owner_id,
        content_type: new.content_type.to_owned(),
        size_bytes: new.size_bytes,
        created_at: new.at,
        is_avatar: false,
    };
    let reply = UploadResponse { upload: Some(wire::upload(stored)) };
    let answer = call.store(&mut tx, reply).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Takes back a file that did not become an upload. What this misses, the purge finds: only a row that still says
/// `storing` is forgotten, so a commit whose answer was lost keeps its file.
async fn discard(service: &Service, id: i64) {
    let outcome = async {
        let mut conn = service.db.acquire().await?;
        let was_forgotten = uploads::forget(&mut conn, id).await?;
        drop(conn);
        if was_forgotten { service.files.delete(id).await } else { Ok(()) }
    }
    .await;
    if let Err(fault) = outcome {
        tracing::info!(upload_id = id, %fault, "a file is left to the purge");
    }
}
