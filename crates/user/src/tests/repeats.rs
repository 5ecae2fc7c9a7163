//! Requests that come again with the same key.

use fault::Code;
use futures::future::join_all;
use prost::Message as _;
use proto::user::v1::{GetMeRequest, LoginResponse, RefreshRequest, RegisterRequest, UpdateMeRequest};
use tonic::Response;

use super::stage::{Stage, client, code, credentials, refusal, registration};

fn is_replay<T>(response: &Response<T>) -> bool {
    response.metadata().get("idempotent-replayed").is_some_and(|value| value == "true")
}

#[tokio::test]
async fn twenty_equal_registrations_with_one_key_make_one_account() {
    let stage = Stage::new().await;
    let requests = (0..20).map(|_| {
        let mut client = client(&stage.served.nobody().key("register-once"));
        async move {
            loop {
                match client.register(registration("alice")).await {
                    Err(status) if fault::Fault::from(status.clone()).retry_after_seconds().is_some() => {}
                    outcome => break outcome.unwrap(),
                }
            }
        }
    });
    let answers = join_all(requests).await;
    assert_eq!(answers.iter().filter(|answer| !is_replay(answer)).count(), 1);
    assert!(answers.iter().all(|answer| answer.get_ref() == answers[0].get_ref()));
    let mut conn = stage.db.acquire().await.unwrap();
    let accounts = sqlx::query_scalar!("select count(id) from account").fetch_one(&mut *conn).await.unwrap();
    assert_eq!(accounts, Some(1));
}

#[tokio::test]
async fn the_same_key_with_another_body_is_a_conflict() {
    let stage = Stage::new().await;
    let mut client = client(&stage.served.nobody().key("key"));
    assert_eq!(code(client.register(registration("alice")).await), None);
    let other = RegisterRequest { password: "another password".to_owned(), ..registration("alice") };
    assert_eq!(code(client.register(other).await), Some(Code::IdempotencyConflict));
}

#[tokio::test]
async fn a_refused_request_leaves_its_key_free() {
    let stage = Stage::new().await;
    let mut client = client(&stage.served.nobody().key("key"));
    let bad = RegisterRequest { email: "no address".to_owned(), ..registration("alice") };
    assert_eq!(refusal(client.register(bad).await).field(), Some("email"));
    assert_eq!(code(client.register(registration("alice")).await), None);
}

#[tokio::test]
async fn a_repeated_login_gives_the_same_tokens_and_one_session() {
    let stage = Stage::new().await;
    stage.register("alice").await;
    let mut client = client(&stage.served.nobody().key("login-once"));
    let first = client.login(credentials("alice")).await.unwrap();
    let second = client.login(credentials("alice")).await.unwrap();
    assert!(!is_replay(&first) && is_replay(&second));
    assert_eq!(first.get_ref(), second.get_ref());
    let session = second.into_inner().session.unwrap();
    assert_eq!(code(stage.member(&session).get_me(GetMeRequest {}).await), None);
}

#[tokio::test]
async fn a_stored_login_can_be_neither_read_nor_tried_out() {
    let stage = Stage::new().await;
    stage.register("alice").await;
    let mut client = client(&stage.served.nobody().key("key"));
    let reply = client.login(credentials("alice")).await.unwrap().into_inner();
    let mut conn = stage.db.acquire().await.unwrap();
    let row = sqlx::query!("select hash, reply from idempotency").fetch_one(&mut *conn).await.unwrap();
    let sealed = row.reply.unwrap();
    let token = reply.session.unwrap().refresh_token;
    assert!(!sealed.windows(16).any(|window| token.as_bytes().starts_with(window)));
    assert!(LoginResponse::decode(sealed.as_slice()).map_or(true, |read| read.session.is_none()));
    // Whoever has the table and guesses the password cannot check the guess against the hash.
    let path = "/dormpay.user.v1.UserService/Login";
    let plain = durable::idempotency::Key::new(0, "key", path, &credentials("alice").encode_to_vec());
    assert_ne!(row.hash, plain.hash);
}

#[tokio::test]
async fn a_key_belongs_to_its_user() {
    let stage = Stage::new().await;
    let (alice, bob) = (stage.join("alice").await, stage.join("bob").await);
    let rename =
        |name: &str| UpdateMeRequest { full_name: Some(name.to_owned()), ..UpdateMeRequest::default() };
    let mut alice = client(&stage.visitor(&alice).key("key"));
    let mut bob = client(&stage.visitor(&bob).key("key"));
    assert_eq!(code(alice.update_me(rename("Alice")).await), None);
    let renamed = bob.update_me(rename("Bob")).await.unwrap();
    assert!(!is_replay(&renamed));
    assert_eq!(renamed.into_inner().user.unwrap().full_name, "Bob");
}

#[tokio::test]
async fn a_refresh_whose_answer_was_lost_may_come_again_with_its_key() {
    let stage = Stage::new().await;
    let session = stage.join("alice").await;
    let mut client = client(&stage.served.nobody().key("refresh-once"));
    let request = RefreshRequest { refresh_token: session.refresh_token };
    let first = client.refresh(request.clone()).await.unwrap();
    let second = client.refresh(request).await.unwrap();
    assert!(is_replay(&second));
    assert_eq!(first.get_ref(), second.get_ref());
    let session = second.into_inner().session.unwrap();
    assert_eq!(code(stage.member(&session).get_me(GetMeRequest {}).await), None);
}
