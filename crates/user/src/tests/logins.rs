//! Logging in, and failing to.

use chrono::Duration;
use fault::{Code, Fault};
use futures::future::join_all;
use proto::user::v1::{CheckPasswordRequest, LoginRequest};

use super::stage::{PASSWORD, Stage, client, code, credentials, refusal};

/// Tries a password from an address.
async fn attempt(stage: &Stage, username: &str, password: &str, address: &str) -> Result<(), Fault> {
    let visitor = stage.served.nobody().with("x-client-address", address);
    let request = LoginRequest { username: username.to_owned(), password: password.to_owned() };
    client(&visitor).login(request).await.map(|_| ()).map_err(Fault::from)
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_look_the_same() {
    let stage = Stage::new().await;
    stage.register("alice").await;
    let wrong = attempt(&stage, "alice", "wrong password", "1").await.unwrap_err();
    let unknown = attempt(&stage, "nobody", "wrong password", "1").await.unwrap_err();
    assert_eq!(wrong.code(), Code::AuthInvalid);
    assert_eq!(wrong, unknown);
}

#[tokio::test]
async fn a_login_gives_two_hours() {
    let stage = Stage::new().await;
    let session = stage.join("alice").await;
    assert_eq!(session.expires_in_seconds, 7_200);
}

#[tokio::test]
async fn after_ten_wrong_passwords_the_address_waits_fifteen_minutes() {
    let stage = Stage::new().await;
    stage.register("alice").await;
    for _ in 0..10 {
        assert_eq!(attempt(&stage, "alice", "wrong", "1").await.unwrap_err().code(), Code::AuthInvalid);
    }
    let fault = attempt(&stage, "ALICE", PASSWORD, "1").await.unwrap_err();
    assert_eq!((fault.code(), fault.retry_after_seconds()), (Code::RateLimitExceeded, Some(901)));
    stage.clock.advance(Duration::minutes(15));
    assert!(attempt(&stage, "alice", PASSWORD, "1").await.is_ok());
}

#[tokio::test]
async fn the_owner_gets_in_from_elsewhere_while_somebody_guesses() {
    let stage = Stage::new().await;
    stage.register("alice").await;
    for _ in 0..12 {
        assert!(attempt(&stage, "alice", "wrong", "1").await.is_err());
    }
    assert!(attempt(&stage, "alice", PASSWORD, "2").await.is_ok());
}

#[tokio::test]
async fn an_unknown_name_is_slowed_down_like_a_known_one() {
    let stage = Stage::new().await;
    for _ in 0..10 {
        assert_eq!(attempt(&stage, "nobody", "wrong", "1").await.unwrap_err().code(), Code::AuthInvalid);
    }
    assert_eq!(attempt(&stage, "nobody", "wrong", "1").await.unwrap_err().code(), Code::RateLimitExceeded);
}

#[tokio::test]
async fn the_right_password_forgets_the_wrong_ones() {
    let stage = Stage::new().await;
    stage.register("alice").await;
    for _ in 0..2 {
        for _ in 0..9 {
            assert!(attempt(&stage, "alice", "wrong", "1").await.is_err());
        }
        assert!(attempt(&stage, "alice", PASSWORD, "1").await.is_ok());
    }
}

#[tokio::test]
async fn guesses_at_once_do_not_slip_past_the_count() {
    let stage = Stage::new().await;
    stage.register("alice").await;
    let guesses = join_all((0..40).map(|_| attempt(&stage, "alice", "wrong", "1"))).await;
    let tried =
        guesses.iter().filter(|guess| guess.as_ref().unwrap_err().code() == Code::AuthInvalid).count();
    assert!((10..=12).contains(&tried), "{tried} guesses were compared");
}

#[tokio::test]
async fn a_name_typed_at_the_login_is_not_stored_in_the_clear() {
    let stage = Stage::new().await;
    assert!(attempt(&stage, "my secret password", "x", "1").await.is_err());
    let mut conn = stage.db.acquire().await.unwrap();
    let row =
        sqlx::query!("select account_hash, address from login_failure").fetch_one(&mut *conn).await.unwrap();
    assert_eq!(row.account_hash.len(), 32);
    assert_eq!(row.address, "1");
}

#[tokio::test]
async fn a_password_typed_in_another_form_is_the_same_password() {
    let stage = Stage::new().await;
    let mut request = super::stage::registration("alice");
    request.password = "pa\u{308}sswort 1".to_owned();
    assert_eq!(code(stage.nobody().register(request).await), None);
    assert!(attempt(&stage, "alice", "p\u{e4}sswort 1", "1").await.is_ok());
}

#[tokio::test]
async fn a_disabled_user_cannot_log_in() {
    let stage = Stage::new().await;
    let user = stage.register("alice").await;
    let admin = stage.admin("root").await;
    let request = proto::user::v1::SetDisabledRequest { user_id: user.id, disabled: true };
    stage.member(&admin).set_disabled(request).await.unwrap();
    let fault = refusal(stage.nobody().login(credentials("alice")).await);
    assert_eq!((fault.code(), fault.detail()), (Code::AuthInvalid, "the account is disabled"));
}

#[tokio::test]
async fn the_wallet_asks_for_a_user_whether_his_password_is_right() {
    let stage = Stage::new().await;
    let alice = stage.join("alice").await;
    let ask = |password: &str| CheckPasswordRequest { password: password.to_owned() };
    let wallet = stage.visitor(&alice).with("x-service-authorization", &stage.served.keys.service("wallet"));
    let mut wallet = client(&wallet);
    assert!(wallet.check_password(ask(PASSWORD)).await.unwrap().into_inner().is_right);
    for _ in 0..10 {
        assert!(!wallet.check_password(ask("a guess")).await.unwrap().into_inner().is_right);
    }
    assert_eq!(refusal(wallet.check_password(ask(PASSWORD)).await).code(), Code::RateLimitExceeded);
    let mut alone = stage.member(&alice);
    assert_eq!(code(alone.check_password(ask(PASSWORD)).await), Some(Code::Forbidden));
    let mut nobody = stage.service("wallet");
    assert_eq!(code(nobody.check_password(ask(PASSWORD)).await), Some(Code::AuthRequired));
}
