//! Files in pieces, in and out.
//!
//! What comes is bounded in each piece and in all; few uploads are held at once. What a file is, is decided by the
//! operations.

use bytes::{Bytes, BytesMut};
use fault::Fault;
use futures::{StreamExt as _, stream};
use host::Call;
use identity::Caller;
use proto::user::v1::{
    DownloadRequest, DownloadResponse, UploadRequest, UploadResponse, download_response, upload_request,
};
use sha2::{Digest as _, Sha256};
use tonic::{Request, Response, Status, Streaming};

use super::Door;
use crate::{
    domain::content::{self, CHUNK_BYTES_MAX, UPLOAD_BYTES_MAX},
    operations::{
        get_upload,
        upload::{self, Received},
    },
};

type Pieces = stream::BoxStream<'static, Result<DownloadResponse, Status>>;

impl Door {
    /// Takes a file and stores it.
    pub(super) async fn receive(
        &self,
        method: &str,
        request: Request<Streaming<UploadRequest>>,
    ) -> Result<Response<UploadResponse>, Status> {
        let _place =
            self.service.uploads.try_acquire().map_err(|_| Fault::unavailable("too many uploads at once"))?;
        let caller = Caller::of(&request);
        let received = collect(request.into_inner()).await?;
        let mut body = Sha256::digest(&received.bytes).to_vec();
        body.extend(received.file_name.as_bytes());
        let call = Call::veiled_body(caller, method, &body, self.service.vault.clone())?;
        let service = self.service.clone();
        Ok(rpc::detached(upload::upload(service, call, received)).await?.into())
    }

    /// Sends what is known of a file, then the file.
    pub(super) async fn send(&self, request: Request<DownloadRequest>) -> Result<Response<Pieces>, Status> {
        let call = Call::of(&request, "");
        let (info, bytes) = get_upload::download(&self.service, &call, request.get_ref().upload_id).await?;
        let head = download_response::Part::Info(info);
        let chunks = pieces(bytes).map(download_response::Part::Chunk);
        let parts = std::iter::once(head).chain(chunks);
        Ok(Response::new(stream::iter(parts.map(|part| Ok(DownloadResponse { part: Some(part) }))).boxed()))
    }
}

/// Collects a file. *Errors*: `PAYLOAD_TOO_LARGE` as soon as it is; `VALIDATION_ERROR` without a head.
async fn collect(mut parts: Streaming<UploadRequest>) -> Result<Received, Status> {
    let Some(UploadRequest { part: Some(upload_request::Part::Head(head)) }) = parts.message().await? else {
        return Err(Fault::validation("file", "must begin with its head").into());
    };
    let mut bytes = BytesMut::new();
    while let Some(next) = parts.message().await? {
        match next.part {
            Some(upload_request::Part::Chunk(chunk)) if chunk.len() <= CHUNK_BYTES_MAX => {
                if bytes.len().saturating_add(chunk.len()) > UPLOAD_BYTES_MAX {
                    return Err(content::too_large().into());
                }
                bytes.extend_from_slice(&chunk);
            }
            _ => return Err(Fault::validation("file", "must come in pieces of at most 64 KiB").into()),
        }
    }
    Ok(Received { file_name: head.file_name, bytes: bytes.freeze() })
}

/// Cuts bytes into pieces without copying them.
fn pieces(mut bytes: Bytes) -> impl Iterator<Item = Bytes> {
    std::iter::from_fn(move || {
        let size = bytes.len().min(CHUNK_BYTES_MAX);
        (size > 0).then(|| bytes.split_to(size))
    })
}
