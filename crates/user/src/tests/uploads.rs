//! Files: known by their content, seen by those who may.

use bytes::Bytes;
use chrono::Duration;
use fault::{Code, Fault};
use futures::{StreamExt as _, stream};
use proto::user::v1::{
    DownloadRequest, GetUploadRequest, PurgeExpiredRequest, Session, UpdateMeRequest, UploadHead, UploadInfo,
    UploadRequest, download_response, upload_request,
};

use super::stage::{Client, Stage, client, code};
use crate::domain::content::{CHUNK_BYTES_MAX, UPLOAD_BYTES_MAX};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
const PDF: &[u8] = b"%PDF-1.7\n";

fn id(session: &Session) -> i64 {
    session.user.as_ref().unwrap().id
}

fn parts(file_name: &str, bytes: &[u8]) -> Vec<UploadRequest> {
    let head = upload_request::Part::Head(UploadHead { file_name: file_name.to_owned() });
    let chunks =
        bytes.chunks(CHUNK_BYTES_MAX).map(|chunk| upload_request::Part::Chunk(Bytes::copy_from_slice(chunk)));
    std::iter::once(head).chain(chunks).map(|part| UploadRequest { part: Some(part) }).collect()
}

async fn upload(mut client: Client, bytes: &[u8]) -> Result<UploadInfo, Fault> {
    let reply = client.upload(stream::iter(parts("../secret/receipt.html", bytes))).await?;
    Ok(reply.into_inner().upload.unwrap())
}

async fn download(mut client: Client, upload_id: i64) -> Result<(UploadInfo, Vec<u8>), Fault> {
    let mut pieces = client.download(DownloadRequest { upload_id }).await?.into_inner();
    let (mut info, mut bytes) = (None, Vec::new());
    while let Some(piece) = pieces.next().await {
        match piece?.part.unwrap() {
            download_response::Part::Info(head) => info = Some(head),
            download_response::Part::Chunk(chunk) => bytes.extend_from_slice(&chunk),
        }
    }
    Ok((info.unwrap(), bytes))
}

fn files(stage: &Stage) -> usize {
    std::fs::read_dir(stage.folder.join("uploads")).map_or(0, Iterator::count)
}

#[tokio::test]
async fn a_file_comes_back_as_it_went_in() {
    let stage = Stage::new().await;
    let alice = stage.join("alice").await;
    let mut bytes = PNG.to_vec();
    bytes.resize(UPLOAD_BYTES_MAX, 7);
    let sent = upload(stage.member(&alice), &bytes).await.unwrap();
    assert_eq!((sent.content_type.as_str(), sent.owner_id), ("image/png", id(&alice)));
    let (info, received) = download(stage.member(&alice), sent.id).await.unwrap();
    assert_eq!(info, sent);
    assert!(received == bytes);
}

#[tokio::test]
async fn the_content_decides_what_a_file_is() {
    let stage = Stage::new().await;
    let alice = stage.join("alice").await;
    for bytes in [
        &b"<html><script>alert(1)</script></html>"[..],
        b"<svg xmlns='x'/>",
        b"GIF89a....",
        b"MZ.......",
        b"",
    ] {
        let fault = upload(stage.member(&alice), bytes).await.unwrap_err();
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some("file")));
    }
    assert_eq!(upload(stage.member(&alice), PDF).await.unwrap().content_type, "application/pdf");
    assert_eq!(files(&stage), 1);
}

#[tokio::test]
async fn a_file_above_five_mebibytes_is_refused_and_leaves_nothing() {
    let stage = Stage::new().await;
    let alice = stage.join("alice").await;
    let mut bytes = PNG.to_vec();
    bytes.resize(UPLOAD_BYTES_MAX + 1, 7);
    assert_eq!(upload(stage.member(&alice), &bytes).await.unwrap_err().code(), Code::PayloadTooLarge);
    assert_eq!(files(&stage), 0);
}

#[tokio::test]
async fn a_stream_without_a_head_or_with_large_pieces_is_refused() {
    let stage = Stage::new().await;
    let mut alice = stage.member(&stage.join("alice").await);
    let headless = parts("a.png", PNG).split_off(1);
    assert_eq!(code(alice.upload(stream::iter(headless)).await), Some(Code::ValidationError));
    let mut large = parts("a.png", PNG);
    large
        .push(UploadRequest { part: Some(upload_request::Part::Chunk(vec![0; CHUNK_BYTES_MAX + 1].into())) });
    assert_eq!(code(alice.upload(stream::iter(large)).await), Some(Code::ValidationError));
}

#[tokio::test]
async fn somebody_elses_file_looks_like_none() {
    let stage = Stage::new().await;
    let (alice, bob) = (stage.join("alice").await, stage.join("bob").await);
    let upload_id = upload(stage.member(&alice), PNG).await.unwrap().id;
    let foreign = download(stage.member(&bob), upload_id).await.unwrap_err();
    let missing = download(stage.member(&bob), 4_711).await.unwrap_err();
    assert_eq!(foreign, missing);
    assert_eq!(
        code(stage.member(&bob).get_upload(GetUploadRequest { upload_id }).await),
        Some(Code::NotFound)
    );
    // A user stays a user, whichever service passes him on.
    let passed_on =
        stage.visitor(&bob).with("x-service-authorization", &stage.served.keys.service("gateway"));
    assert_eq!(download(client(&passed_on), upload_id).await.unwrap_err().code(), Code::NotFound);
    // A service that calls for itself has checked what the file belongs to.
    assert!(download(stage.service("gateway"), upload_id).await.is_ok());
}

#[tokio::test]
async fn an_own_image_becomes_an_avatar_that_everybody_sees() {
    let stage = Stage::new().await;
    let (alice, bob) = (stage.join("alice").await, stage.join("bob").await);
    let [image, pdf] =
        [upload(stage.member(&alice), PNG).await.unwrap(), upload(stage.member(&alice), PDF).await.unwrap()];
    let set = async |session: &Session, upload_id: i64| {
        let avatar = Some(format!("/api/uploads/{upload_id}"));
        stage.member(session).update_me(UpdateMeRequest { avatar, ..UpdateMeRequest::default() }).await
    };
    assert_eq!(code(set(&bob, image.id).await), Some(Code::ValidationError));
    assert_eq!(code(set(&alice, pdf.id).await), Some(Code::ValidationError));
    let user = set(&alice, image.id).await.unwrap().into_inner().user.unwrap();
    assert_eq!(user.avatar, format!("/api/uploads/{}", image.id));
    assert!(download(stage.member(&bob), image.id).await.unwrap().0.is_avatar);
    let none = UpdateMeRequest { avatar: Some(String::new()), ..UpdateMeRequest::default() };
    stage.member(&alice).update_me(none).await.unwrap();
    assert_eq!(download(stage.member(&bob), image.id).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_repeated_upload_is_one_file() {
    let stage = Stage::new().await;
    let visitor = stage.visitor(&stage.join("alice").await).key("upload-once");
    let first = upload(client(&visitor), PNG).await.unwrap();
    assert_eq!(upload(client(&visitor), PNG).await.unwrap(), first);
    assert_eq!(upload(client(&visitor), PDF).await.unwrap_err().code(), Code::IdempotencyConflict);
    assert_eq!(files(&stage), 1);
    let mut conn = stage.db.acquire().await.unwrap();
    let rows = sqlx::query_scalar!("select count(id) from upload").fetch_one(&mut *conn).await.unwrap();
    assert_eq!(rows, Some(1));
}

#[tokio::test]
async fn the_purge_takes_what_was_never_finished_within_the_hour() {
    let stage = Stage::new().await;
    let alice = stage.join("alice").await;
    let kept = upload(stage.member(&alice), PNG).await.unwrap();
    let lost = upload(stage.member(&alice), PDF).await.unwrap();
    // As a crash between the bytes and the last step leaves it.
    let mut conn = stage.db.acquire().await.unwrap();
    sqlx::query!("update upload set state = 'storing' where id = $1", lost.id)
        .execute(&mut *conn)
        .await
        .unwrap();
    let purge = async || {
        let reply = stage.service("payment").purge_expired(PurgeExpiredRequest {}).await.unwrap();
        reply.into_inner().rows_deleted
    };
    assert_eq!((purge().await, files(&stage)), (0, 2));
    stage.clock.advance(Duration::hours(2));
    assert_eq!((purge().await, files(&stage)), (1, 1));
    let alice = stage.login("alice").await;
    assert!(download(stage.member(&alice), kept.id).await.is_ok());
}

#[tokio::test]
async fn the_purge_takes_what_nothing_refers_to_for_a_day() {
    let stage = Stage::new().await;
    let alice = stage.join("alice").await;
    let put = async || upload(stage.member(&alice), PNG).await.unwrap().id;
    let (_unused, replaced, present, receipt) = (put().await, put().await, put().await, put().await);
    // As the expense service asks, on behalf of whoever records the receipt.
    let recording =
        stage.visitor(&alice).with("x-service-authorization", &stage.served.keys.service("expense"));
    client(&recording).get_upload(GetUploadRequest { upload_id: receipt }).await.unwrap();
    for id in [replaced, present] {
        let avatar = Some(format!("/api/uploads/{id}"));
        let request = UpdateMeRequest { avatar, ..UpdateMeRequest::default() };
        stage.member(&alice).update_me(request).await.unwrap();
        stage.clock.advance(Duration::hours(1));
    }
    let purge = async || {
        let reply = stage.service("payment").purge_expired(PurgeExpiredRequest {}).await.unwrap();
        reply.into_inner().rows_deleted
    };
    // The unused file has its day behind it, the replaced avatar has not yet.
    stage.clock.advance(Duration::minutes(22 * 60 + 30));
    assert_eq!((purge().await, files(&stage)), (1, 3));
    stage.clock.advance(Duration::hours(1));
    assert_eq!((purge().await, files(&stage)), (1, 2));
    stage.clock.advance(Duration::days(2));
    assert_eq!((purge().await, files(&stage)), (0, 2));
    let alice = stage.login("alice").await;
    for id in [present, receipt] {
        assert!(download(stage.member(&alice), id).await.is_ok());
    }
}

#[tokio::test]
async fn the_purge_takes_expired_sessions_and_tokens() {
    let stage = Stage::new().await;
    stage.join("alice").await;
    stage.clock.advance(Duration::days(61));
    let reply = stage.service("payment").purge_expired(PurgeExpiredRequest {}).await.unwrap().into_inner();
    assert_eq!(reply.rows_deleted, 2);
    let mut conn = stage.db.acquire().await.unwrap();
    let left = sqlx::query_scalar!(
        "select (select count(id) from session) + (select count(hash) from refresh_token)"
    );
    assert_eq!(left.fetch_one(&mut *conn).await.unwrap(), Some(0));
}
