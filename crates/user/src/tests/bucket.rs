//! Files in a bucket, against a small store that speaks S3.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use fault::Code;
use tokio::net::TcpListener;

use crate::{
    bucket,
    files::{Files, Place},
};

type Objects = Arc<Mutex<HashMap<String, Bytes>>>;

async fn answer(State(objects): State<Objects>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let proof =
        head.headers.get(header::AUTHORIZATION).and_then(|proof| proof.to_str().ok()).unwrap_or_default();
    if !proof.starts_with("AWS4-HMAC-SHA256 Credential=key/") || !proof.contains("/eu-test-1/s3/") {
        return StatusCode::FORBIDDEN.into_response();
    }
    let body = axum::body::to_bytes(axum::body::Body::new(body), usize::MAX).await.unwrap();
    let (path, mut objects) = (head.uri.path().to_owned(), objects.lock().unwrap());
    let found = match head.method {
        Method::PUT => objects.insert(path, body).or(Some(Bytes::new())).map(|_| Bytes::new()),
        Method::DELETE => objects.remove(&path).map(|_| Bytes::new()),
        _ => objects.get(&path).cloned(),
    };
    let described = [(header::ETAG, "\"1\""), (header::LAST_MODIFIED, "Fri, 20 Nov 2026 10:00:00 GMT")];
    found.map_or(StatusCode::NOT_FOUND.into_response(), |bytes| (described, bytes).into_response())
}

async fn store() -> (Objects, String) {
    let objects = Objects::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(answer).with_state(Arc::clone(&objects));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (objects, address.to_string())
}

fn files(address: &str, key_id: &str) -> Files {
    let url = format!("http://{key_id}:a%2Fsecret@{address}/dorm/kept/here?region=eu-test-1");
    Files::at(&Place::Bucket(bucket::open(&url).unwrap())).unwrap()
}

#[tokio::test]
async fn a_file_goes_into_a_bucket_and_comes_back_until_it_is_deleted() {
    let (objects, address) = store().await;
    let files = files(&address, "key");
    files.put(7, Bytes::from_static(b"seven")).await.unwrap();
    assert_eq!(objects.lock().unwrap().keys().collect::<Vec<_>>(), ["/dorm/kept/here/uploads/7"]);
    assert_eq!(files.get(7).await.unwrap(), Bytes::from_static(b"seven"));
    files.delete(7).await.unwrap();
    files.delete(7).await.unwrap();
    assert_eq!(files.get(7).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_store_that_refuses_us_is_away_for_the_user() {
    let (_objects, address) = store().await;
    let fault = files(&address, "nobody").put(7, Bytes::from_static(b"seven")).await.unwrap_err();
    assert_eq!(
        (fault.code(), fault.detail()),
        (Code::ServiceUnavailable, "files cannot be reached for the moment")
    );
}
