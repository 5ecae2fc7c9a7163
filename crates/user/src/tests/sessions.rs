//! Sessions: refreshed, ended, dead everywhere within a second.

use chrono::Duration;
use fault::Code;
use futures::future::join_all;
use proto::user::v1::{
    ChangePasswordRequest, CheckSessionsRequest, GetMeRequest, LoginRequest, LogoutRequest, RefreshRequest,
    Session, SetDisabledRequest,
};

use super::stage::{PASSWORD, Stage, code, refusal};
use crate::store::{self, accounts, sessions::End};

async fn refresh(stage: &Stage, token: &str) -> Result<Session, Code> {
    let request = RefreshRequest { refresh_token: token.to_owned() };
    let reply = stage.nobody().refresh(request).await;
    reply.map(|reply| reply.into_inner().session.unwrap()).map_err(|status| fault::Fault::from(status).code())
}

/// What a session gets when it is used.
async fn used(stage: &Stage, session: &Session) -> Option<Code> {
    code(stage.member(session).get_me(GetMeRequest {}).await)
}

fn session_id(stage: &Stage, session: &Session) -> i64 {
    stage.served.keys.verifier().verify(&session.access_token).unwrap().user.session_id
}

#[tokio::test]
async fn a_refresh_token_gives_new_tokens_of_the_same_session() {
    let stage = Stage::new().await;
    let first = stage.join("alice").await;
    let second = refresh(&stage, &first.refresh_token).await.unwrap();
    assert_ne!(second.refresh_token, first.refresh_token);
    assert_eq!(session_id(&stage, &second), session_id(&stage, &first));
    assert_eq!(used(&stage, &second).await, None);
}

#[tokio::test]
async fn a_refresh_token_that_comes_twice_ends_all_that_came_of_it() {
    let stage = Stage::new().await;
    let stolen = stage.join("alice").await;
    let elsewhere = stage.login("alice").await;
    let second = refresh(&stage, &stolen.refresh_token).await.unwrap();
    let third = refresh(&stage, &second.refresh_token).await.unwrap();
    assert_eq!(refresh(&stage, &stolen.refresh_token).await.unwrap_err(), Code::AuthInvalid);
    assert_eq!(refresh(&stage, &third.refresh_token).await.unwrap_err(), Code::AuthExpired);
    assert_eq!(used(&stage, &third).await, Some(Code::AuthInvalid));
    assert_eq!(used(&stage, &elsewhere).await, None);
}

#[tokio::test]
async fn of_two_who_refresh_at_once_at_most_one_goes_on() {
    let stage = Stage::new().await;
    let session = stage.join("alice").await;
    let outcomes = join_all((0..8).map(|_| refresh(&stage, &session.refresh_token))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    stage.a_second_later().await;
    assert_eq!(used(&stage, &session).await, Some(Code::AuthInvalid));
}

#[tokio::test]
async fn a_refresh_token_lives_thirty_days() {
    let stage = Stage::new().await;
    let first = stage.join("alice").await;
    stage.clock.advance(Duration::days(29));
    let second = refresh(&stage, &first.refresh_token).await.unwrap();
    stage.clock.advance(Duration::days(30));
    assert_eq!(refresh(&stage, &second.refresh_token).await.unwrap_err(), Code::AuthExpired);
    assert_eq!(refresh(&stage, "made up").await.unwrap_err(), Code::AuthInvalid);
}

#[tokio::test]
async fn a_logout_ends_its_session_within_a_second_and_no_other() {
    let stage = Stage::new().await;
    let here = stage.join("alice").await;
    let there = stage.login("alice").await;
    assert_eq!(used(&stage, &here).await, None);
    stage.member(&here).logout(LogoutRequest {}).await.unwrap();
    stage.a_second_later().await;
    assert_eq!(used(&stage, &here).await, Some(Code::AuthInvalid));
    assert_eq!(refresh(&stage, &here.refresh_token).await.unwrap_err(), Code::AuthExpired);
    assert_eq!(used(&stage, &there).await, None);
}

#[tokio::test]
async fn a_new_password_ends_every_session_within_a_second() {
    let stage = Stage::new().await;
    let here = stage.join("alice").await;
    let there = stage.login("alice").await;
    assert_eq!(used(&stage, &there).await, None);
    let new = "another battery".to_owned();
    let change = ChangePasswordRequest { old_password: PASSWORD.to_owned(), new_password: new.clone() };
    stage.member(&here).change_password(change).await.unwrap();
    stage.a_second_later().await;
    for session in [&here, &there] {
        assert_eq!(used(&stage, session).await, Some(Code::AuthInvalid));
        assert_eq!(refresh(&stage, &session.refresh_token).await.unwrap_err(), Code::AuthExpired);
    }
    let login = |password: String| {
        let mut client = stage.nobody();
        async move { code(client.login(LoginRequest { username: "alice".to_owned(), password }).await) }
    };
    assert_eq!(login(PASSWORD.to_owned()).await, Some(Code::AuthInvalid));
    assert_eq!(login(new).await, None);
}

#[tokio::test]
async fn whoever_holds_a_session_cannot_guess_the_password_by_changing_it() {
    let stage = Stage::new().await;
    let session = stage.join("alice").await;
    let guess = async || {
        let change =
            ChangePasswordRequest { old_password: "guess".to_owned(), new_password: "a new one".to_owned() };
        refusal(stage.member(&session).change_password(change).await)
    };
    for _ in 0..10 {
        let fault = guess().await;
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some("old_password")));
    }
    assert_eq!(guess().await.code(), Code::RateLimitExceeded);
}

#[tokio::test]
async fn a_disabled_users_sessions_die_and_stay_dead() {
    let stage = Stage::new().await;
    let session = stage.join("alice").await;
    let admin = stage.admin("root").await;
    assert_eq!(used(&stage, &session).await, None);
    let user_id = session.user.clone().unwrap().id;
    for disabled in [true, false] {
        stage.member(&admin).set_disabled(SetDisabledRequest { user_id, disabled }).await.unwrap();
        stage.a_second_later().await;
        assert_eq!(used(&stage, &session).await, Some(Code::AuthInvalid));
        assert_eq!(refresh(&stage, &session.refresh_token).await.unwrap_err(), Code::AuthExpired);
    }
    assert_eq!(used(&stage, &stage.login("alice").await).await, None);
}

#[tokio::test]
async fn other_services_hear_at_once_which_sessions_live() {
    let stage = Stage::new().await;
    let (dead, living) = (stage.join("alice").await, stage.login("alice").await);
    stage.member(&dead).logout(LogoutRequest {}).await.unwrap();
    let [dead, living] = [&dead, &living].map(|session| session_id(&stage, session));
    let request = CheckSessionsRequest { session_ids: vec![dead, living, 12_345] };
    let reply = stage.service("expense").check_sessions(request).await.unwrap().into_inner();
    assert_eq!(reply.live_session_ids, [living]);
}

#[tokio::test]
async fn no_token_lies_in_the_database() {
    let stage = Stage::new().await;
    let session = stage.join("alice").await;
    let mut conn = stage.db.acquire().await.unwrap();
    let hashes = sqlx::query_scalar!("select hash from refresh_token").fetch_all(&mut *conn).await.unwrap();
    assert_eq!(hashes.len(), 1);
    assert_ne!(hashes[0], session.refresh_token.as_bytes());
}

#[tokio::test]
async fn a_refresh_that_meets_a_new_password_gets_nothing() {
    let stage = Stage::new().await;
    let session = stage.join("alice").await;
    let id = session.user.clone().unwrap().id;
    let mut tx = stage.db.begin().await.unwrap();
    let old_hash = accounts::password_hash(&mut tx, id).await.unwrap().unwrap();
    let now = stage.clock.now();
    assert!(accounts::set_password(&mut tx, id, [&old_hash, "another"], now).await.unwrap());
    // The refresh has taken its token and waits for the account, while the change of the password goes on.
    let (refreshed, ()) = tokio::join!(refresh(&stage, &session.refresh_token), async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        store::sessions::end_all(&mut tx, id, End::Password, now).await.unwrap();
        tx.commit().await.unwrap();
    });
    assert_eq!(refreshed.unwrap_err(), Code::AuthInvalid);
    let mut conn = stage.db.acquire().await.unwrap();
    let open = sqlx::query_scalar!("select count(id) from session where ended_at is null");
    assert_eq!(open.fetch_one(&mut *conn).await.unwrap(), Some(0));
}

#[tokio::test]
async fn another_service_refuses_an_ended_session_within_a_second() {
    let stage = Stage::new().await;
    let session = stage.join("alice").await;
    let id = session_id(&stage, &session);
    let url = format!("http://{}", stage.served.address);
    let channel = rpc::channel(&url, Some(stage.served.keys.signer("expense"))).unwrap();
    let liveness = identity::Liveness::new(channel);
    // It asks as the service that it is, also while it works for a user whose own session has ended.
    let mut context = rpc::Context::edge("request", std::time::Duration::from_secs(10));
    context.authorization = Some("Bearer of.no.use".to_owned());
    let check =
        async || rpc::context::scope(context.clone(), liveness.check(id)).await.map_err(|fault| fault.code());
    assert_eq!(check().await, Ok(()));
    stage.member(&session).logout(LogoutRequest {}).await.unwrap();
    stage.a_second_later().await;
    assert_eq!(check().await, Err(Code::AuthInvalid));
}
