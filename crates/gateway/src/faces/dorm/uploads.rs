//! Uploads: avatars and receipts (contract sections 11 and 15).
//!
//! The bytes go through, nothing is kept here. The rule not to be broken: a file is shown to its owner, an avatar
//! to everybody who is logged in, a receipt to the members of its room, and to nobody else.

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse as _, Response},
};
use bytes::{Bytes, BytesMut};
use fault::{Code, Fault};
use futures::stream;
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
};
use proto::{
    expense::v1::CheckReceiptRequest,
    user::v1::{
        DownloadRequest, GetUploadRequest, UploadHead, UploadInfo, UploadRequest, download_response,
        upload_request,
    },
};

use super::{
    bodies::uploads::{Upload, UploadForm},
    envelope::{Answer, Reply},
    messages::Message,
};
use crate::{
    app::App,
    callers::Member,
    extract::{Form, Path, UPLOAD_BYTES_MAX},
    peers::{Told as _, required},
    problem::Problem,
};

const CHUNK_BYTES: usize = 64 * 1024;

/// Stores a picture or a receipt.
#[utoipa::path(post, path = "/api/uploads", tag = "uploads",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = OK, body = Answer<Upload>)))]
pub(crate) async fn upload(_: Member, State(app): State<App>, form: Form) -> Reply<Upload> {
    form.finish()?;
    let head = upload_request::Part::Head(UploadHead { file_name: form.file_name });
    let parts = std::iter::once(head).chain(chunks(form.file).into_iter().map(upload_request::Part::Chunk));
    let messages: Vec<_> = parts.map(|part| UploadRequest { part: Some(part) }).collect();
    let reply = app.peers.user_files().upload(stream::iter(messages)).await.told()?;
    Ok(Answer::said(Message::FileUploaded, required(reply.upload, "upload")?.into()))
}

/// Shows a stored file.
#[utoipa::path(get, path = "/api/uploads/{id}", tag = "uploads",
    responses((status = OK, body = String, content_type = "application/octet-stream", description = "The file.")))]
pub(crate) async fn download(
    member: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Response, Problem> {
    let _memory = app.files.acquire().await.map_err(Fault::internal)?;
    if is_own_or_avatar(&app, &member, id).await? {
        return fetch(&app, id).await;
    }
    app.peers.expense().check_receipt(CheckReceiptRequest { upload_id: id }).await.told()?;
    // A receipt of somebody else is asked for in the gateway's own name: it has just checked the right to it.
    as_service(fetch(&app, id)).await
}

/// Takes a whole file from the user service.
async fn fetch(app: &App, id: i64) -> Result<Response, Problem> {
    let mut parts = app.peers.user_files().download(DownloadRequest { upload_id: id }).await.told()?;
    let (mut info, mut content) = (None, BytesMut::new());
    while let Some(message) = parts.message().await? {
        match message.part {
            Some(download_response::Part::Info(described)) => info = Some(described),
            Some(download_response::Part::Chunk(chunk)) => content.extend_from_slice(&chunk),
            None => {}
        }
        if content.len() > UPLOAD_BYTES_MAX {
            return Err(Fault::internal("a stored file is larger than any upload").into());
        }
    }
    Ok(file(&required(info, "description of an upload")?, content.freeze()))
}

/// Tells whether the caller may see an upload without belonging to a room.
///
/// *Errors*: those of the user service, except that it knows no such upload for him.
async fn is_own_or_avatar(app: &App, member: &Member, id: i64) -> Result<bool, Problem> {
    match app.peers.user().get_upload(GetUploadRequest { upload_id: id }).await.map_err(Fault::from) {
        Ok(reply) => {
            let upload = required(reply.into_inner().upload, "upload")?;
            Ok(upload.owner_id == member.0.id || upload.is_avatar)
        }
        Err(fault) if matches!(fault.code(), Code::NotFound | Code::Forbidden) => Ok(false),
        Err(fault) => Err(fault.into()),
    }
}

/// Runs a call without the user's token, so that only the gateway's own name stands on it.
async fn as_service<F: Future>(call: F) -> F::Output {
    match rpc::context::current() {
        Some(context) => rpc::context::scope(rpc::Context { authorization: None, ..context }, call).await,
        None => call.await,
    }
}

/// Prints a file.
fn file(info: &UploadInfo, content: Bytes) -> Response {
    let mut response = Body::from(content).into_response();
    let headers = response.headers_mut();
    let content_type = HeaderValue::from_str(&info.content_type);
    headers
        .insert(CONTENT_TYPE, content_type.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600"));
    let disposition = format!("inline; filename=\"upload-{}.{}\"", info.id, extension(&info.content_type));
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    response
}

fn extension(content_type: &str) -> &'static str {
    match content_type {
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/webp" => "webp",
        "application/pdf" => "pdf",
        _ => "bin",
    }
}

/// Cuts a file into pieces that fit into messages, without copying.
fn chunks(mut file: Bytes) -> Vec<Bytes> {
    let mut chunks = Vec::new();
    while !file.is_empty() {
        chunks.push(file.split_to(CHUNK_BYTES.min(file.len())));
    }
    chunks
}
