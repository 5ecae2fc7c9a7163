//! How much and how often.

use std::time::Duration;

use clock::Clock;
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::stage::{Stage, send};

const FEW: [(&str, &str); 2] = [("RATE_LIMIT_PER_MINUTE", "3"), ("TRUSTED_PROXIES", "127.0.0.0/8")];

/// A number that no other test uses, so that counters in Redis are fresh.
fn fresh() -> i64 {
    Clock::system().new_id()
}

fn fresh_address() -> String {
    format!("2001:db8:{:x}:{:x}::1", fresh() & 0xffff, (fresh() >> 16) & 0xffff)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_limited_by_himself_and_told_how_much_is_left() {
    let stage = Stage::with(&FEW).await;
    let user_id = fresh();
    let ask = async |path: &str| {
        send(stage.request(Method::GET, path).header("authorization", stage.keys.user(user_id))).await
    };
    let first = ask("/api/users/me").await;
    assert_eq!((first.header("x-ratelimit-limit"), first.header("x-ratelimit-remaining")), ("3", "2"));
    ask("/api/users/me").await;
    ask("/api/users/me").await;
    let refused = ask("/api/users/me").await;
    refused.is_refused(429, "RATE_LIMIT_EXCEEDED", "too many requests in a minute");
    assert_eq!(refused.header("x-ratelimit-remaining"), "0");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
    assert!(refused.header("x-ratelimit-reset").parse::<u32>().unwrap() >= 1);
    assert_eq!(stage.fakes.calls("user.v1.UserService/GetMe").len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_tokens_are_counted_by_address() {
    let stage = Stage::with(&FEW).await;
    let address = fresh_address();
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let request = stage.request(Method::GET, "/api/users/me").header("authorization", "Bearer x.y.z");
        statuses.push(send(request.header("x-forwarded-for", &address)).await.status);
    }
    assert_eq!(statuses, [401, 401, 401, 429]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_does_not_choose_his_address() {
    let stage = Stage::with(&FEW).await;
    let address = fresh_address();
    let mut statuses = Vec::new();
    for hop in 0..4 {
        // The left part is what the client wrote; the right part is what our proxy saw.
        let forwarded = format!("10.0.0.{hop}, {address}, 127.0.0.2");
        let request = stage.request(Method::GET, "/api/users/me").header("x-forwarded-for", forwarded);
        statuses.push(send(request).await.status);
    }
    assert_eq!(statuses, [401, 401, 401, 429]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_beside_the_faces_are_not_counted() {
    let stage = Stage::with(&FEW).await;
    for _ in 0..5 {
        let reply = stage.get_at(stage.addresses.http, "/openapi/dorm.json").await;
        assert_eq!((reply.status, reply.header("x-ratelimit-limit")), (200, ""));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_over_the_limit_are_refused() {
    let stage = Stage::new().await;
    let body = format!(r#"{{"name":"{}"}}"#, "x".repeat(64 * 1024));
    let reply = stage.post("/api/rooms", &body).await;
    reply.is_refused(413, "PAYLOAD_TOO_LARGE", "body: must be at most 65536 bytes");
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_over_five_mebibytes_are_refused() {
    let stage = Stage::new().await;
    for over in [1, 300 * 1024] {
        let file = Part::bytes(vec![0_u8; 5 * 1024 * 1024 + over]).file_name("big.png");
        let request = stage.request(Method::POST, "/api/uploads").header("authorization", stage.keys.user(1));
        let reply = send(request.multipart(Form::new().part("file", file))).await;
        reply.is_refused(413, "PAYLOAD_TOO_LARGE", "file: must be at most 5242880 bytes");
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

/// Sends a head, then a body bit by bit; gives all that came back. A connection must take the body to its end.
async fn send_slowly(stage: &Stage, head: &str, body_bytes: usize) -> String {
    const BIT: usize = 64 * 1024;
    let mut stream = TcpStream::connect(stage.addresses.http).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let bit = vec![b'x'; BIT];
    for sent in 0..body_bytes / BIT {
        let written = stream.write_all(&bit).await;
        assert!(written.is_ok(), "the connection is gone after {sent} bits: {written:?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let mut answer = Vec::new();
    let read = timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await.unwrap();
    read.map_or_else(|error| error.to_string(), |_| String::from_utf8(answer).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_still_sends_his_body_hears_what_was_wrong_with_it() {
    let stage = Stage::new().await;
    let (length, token) = (4 * 1024 * 1024, stage.keys.user(1));
    for (token, status) in [(token.as_str(), "413 Payload Too Large"), ("Bearer none", "401 Unauthorized")] {
        let head = format!(
            "POST /api/rooms HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        let answer = send_slowly(&stage, &head, length).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_leave_to_send_his_body_is_refused_before_he_does() {
    let stage = Stage::new().await;
    let head = "POST /api/rooms HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\n\
                Content-Type: application/json\r\nContent-Length: 4000000\r\n\r\n";
    let answer = send_slowly(&stage, head, 0).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_ends_its_head_is_cut_off() {
    let stage = Stage::new().await;
    let mut stream = TcpStream::connect(stage.addresses.http).await.unwrap();
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
    let mut rest = Vec::new();
    let ended = timeout(Duration::from_secs(8), stream.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "the connection is still open");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_a_running_request_end() {
    let stage = Stage::new().await;
    stage.fakes.on("user.v1.UserService/GetMe", |_: proto::user::v1::GetMeRequest| {
        std::thread::sleep(Duration::from_millis(300));
        Ok(proto::user::v1::GetMeResponse { user: Some(super::fakes::user()) })
    });
    let running = stage.get("/api/users/me");
    let stop = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        stage.stop.cancel();
    };
    let (reply, ()) = tokio::join!(running, stop);
    assert_eq!(reply.status, 200);
}
