//! Payment passwords: set, changed, reset, guessed, locked, encrypted.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use fault::Code;
use futures::future::join_all;
use host::timestamp;
use proto::wallet::v1::{
    GetPaymentPasswordRequest, GetPaymentPasswordResponse, GetPublicKeyRequest, ResetPaymentPasswordRequest,
    SetPaymentPasswordRequest,
};
use rsa::{Oaep, RsaPublicKey, pkcs8::DecodePublicKey as _, rand_core::OsRng};

use super::{ANNA, BEN, LOGIN_SECRET, SECRET, Stage, client, fault, refused_for, stage};
use crate::passwords;

async fn standing(stage: &Stage) -> GetPaymentPasswordResponse {
    let request = GetPaymentPasswordRequest { user_id: ANNA };
    stage.of(ANNA).get_payment_password(request).await.unwrap().into_inner()
}

fn change(old: &str, new: &str) -> SetPaymentPasswordRequest {
    SetPaymentPasswordRequest { user_id: ANNA, old_password: old.to_owned(), new_password: new.to_owned() }
}

fn reset(login: &str, new: &str) -> ResetPaymentPasswordRequest {
    ResetPaymentPasswordRequest {
        user_id: ANNA,
        login_password: login.to_owned(),
        new_password: new.to_owned(),
    }
}

#[tokio::test]
async fn a_password_is_set_once_and_changed_with_the_old_one() {
    let stage = Stage::rich_anna(1_000).await;
    assert!(standing(&stage).await.is_set);
    let mut anna = stage.of(ANNA);
    let fault_of = async |request| fault(stage.of(ANNA).set_payment_password(request).await);
    assert_eq!(refused_for(&fault_of(change("", "lake-77")).await), (Code::ValidationError, "old_password"));
    let wrong = fault_of(change("lake-77", "lake-78")).await;
    assert_eq!(refused_for(&wrong), (Code::PaymentPasswordError, "payment_password"));
    anna.set_payment_password(change(SECRET, "lake-77")).await.unwrap();
    assert_eq!(stage.give(1, SECRET).await.unwrap_err().code(), Code::PaymentPasswordError);
    stage.give(1, "lake-77").await.unwrap();
}

#[tokio::test]
async fn a_password_that_was_right_a_moment_ago_is_wrong_once_it_is_changed() {
    let stage = Stage::rich_anna(1_000).await;
    stage.give(1, SECRET).await.unwrap();
    stage.of(ANNA).set_payment_password(change(SECRET, "lake-77")).await.unwrap();
    let fault = stage.give(1, SECRET).await.unwrap_err();
    assert_eq!(fault.code(), Code::PaymentPasswordError);
    assert!(fault.detail().contains("tries left"), "{fault}");
}

#[tokio::test]
async fn nobody_sets_a_password_for_somebody_else() {
    let stage = stage().await;
    let request = SetPaymentPasswordRequest { user_id: BEN, ..change("", "lake-77") };
    for mut client in [stage.of(ANNA), stage.admin()] {
        assert_eq!(fault(client.set_payment_password(request.clone()).await).code(), Code::Forbidden);
        let reset = ResetPaymentPasswordRequest { user_id: BEN, ..reset(LOGIN_SECRET, "lake-77") };
        assert_eq!(fault(client.reset_payment_password(reset).await).code(), Code::Forbidden);
        let asked = GetPaymentPasswordRequest { user_id: BEN };
        assert_eq!(fault(client.get_payment_password(asked).await).code(), Code::Forbidden);
    }
}

#[tokio::test]
async fn without_a_password_nothing_that_needs_one_is_done() {
    let stage = stage().await;
    stage.fund(ANNA, 1_000).await;
    assert!(!standing(&stage).await.is_set);
    let fault = stage.give(1, SECRET).await.unwrap_err();
    assert_eq!(refused_for(&fault), (Code::PaymentPasswordError, "payment_password"));
    assert!(fault.detail().contains("not set"), "{fault}");
}

#[tokio::test]
async fn five_wrong_ones_lock_it_for_fifteen_minutes() {
    let stage = Stage::rich_anna(1_000).await;
    for left in (1..=4).rev() {
        let fault = stage.give(1, "wrong-0").await.unwrap_err();
        assert!(fault.detail().ends_with(&left.to_string()), "{fault}");
    }
    let locking = stage.give(1, "wrong-0").await.unwrap_err();
    assert!(locking.detail().contains("locked"), "{locking}");
    let until = stage.clock.now() + TimeDelta::minutes(15);
    assert_eq!(standing(&stage).await.locked_until, Some(timestamp(until)));
    let right = stage.give(1, SECRET).await.unwrap_err();
    assert_eq!((right.code(), right.retry_after_seconds()), (Code::PaymentPasswordError, Some(901)));
    stage.clock.advance(TimeDelta::minutes(15));
    assert_eq!(standing(&stage).await.locked_until, None);
    stage.give(1, SECRET).await.unwrap();
    stage.give(1, "wrong-0").await.unwrap_err();
    assert_eq!(standing(&stage).await.locked_until, None, "a lock that is over begins a new count");
}

#[tokio::test]
async fn a_right_one_in_between_sets_the_count_back() {
    let stage = Stage::rich_anna(1_000).await;
    for password in ["wrong-0", "wrong-1", "wrong-2", "wrong-3", SECRET, "wrong-4"] {
        let _ = stage.give(1, password).await;
    }
    assert_eq!(standing(&stage).await.locked_until, None);
}

#[tokio::test]
async fn a_lock_stops_a_password_that_was_right_a_moment_ago() {
    let stage = Stage::rich_anna(1_000).await;
    stage.give(1, SECRET).await.unwrap();
    for _ in 0..5 {
        stage.give(1, "wrong-0").await.unwrap_err();
    }
    assert_eq!(stage.give(1, SECRET).await.unwrap_err().code(), Code::PaymentPasswordError);
}

#[tokio::test]
async fn guesses_made_at_once_are_five_at_most() {
    let stage = Stage::rich_anna(1_000).await;
    let guesses = (0..12).map(|n| {
        let stage = &stage;
        async move { stage.give(1, &format!("guess-{n}")).await.unwrap_err() }
    });
    let faults = join_all(guesses).await;
    let compared = faults.iter().filter(|fault| fault.detail().contains("tries left")).count();
    assert_eq!(compared, 4, "{faults:?}");
    assert!(faults.iter().all(|fault| fault.code() == Code::PaymentPasswordError), "{faults:?}");
}

#[tokio::test]
async fn the_right_one_at_once_many_times_locks_nobody_out() {
    let stage = Stage::rich_anna(1_000).await;
    let done = join_all((0..30).map(|_| stage.give(1, SECRET))).await;
    assert!(done.iter().all(Result::is_ok), "{done:?}");
}

#[tokio::test]
async fn who_forgot_it_resets_it_with_the_login_password_and_ends_the_lock() {
    let stage = Stage::rich_anna(1_000).await;
    for _ in 0..5 {
        stage.give(1, "wrong-0").await.unwrap_err();
    }
    let wrong = fault(stage.of(ANNA).reset_payment_password(reset("a guess", "lake-77")).await);
    assert_eq!(refused_for(&wrong), (Code::ValidationError, "login_password"));
    let mut anna = client(&stage.served.user(ANNA).key("reset"));
    anna.reset_payment_password(reset(LOGIN_SECRET, "lake-77")).await.unwrap();
    stage.give(1, "lake-77").await.unwrap();
    let again = anna.reset_payment_password(reset(LOGIN_SECRET, "lake-77")).await.unwrap();
    assert_eq!(again.metadata().get("idempotent-replayed").unwrap(), "true");
    let other = fault(anna.reset_payment_password(reset(LOGIN_SECRET, "lake-78")).await);
    assert_eq!(other.code(), Code::IdempotencyConflict);
}

#[tokio::test]
async fn passwords_come_encrypted_with_the_public_key() {
    let stage = Stage::rich_anna(1_000).await;
    let key =
        client(&stage.served.nobody()).get_public_key(GetPublicKeyRequest {}).await.unwrap().into_inner();
    let public = RsaPublicKey::from_public_key_der(&STANDARD.decode(&key.spki_base64).unwrap()).unwrap();
    let sealed = |text: &str| {
        let sealed = public.encrypt(&mut OsRng, Oaep::new::<rsa::sha2::Sha256>(), text.as_bytes()).unwrap();
        STANDARD.encode(sealed)
    };
    stage.give(1, &sealed(SECRET)).await.unwrap();
    stage.give(1, &sealed("river-43")).await.unwrap_err();
    let sha1 = public.encrypt(&mut OsRng, Oaep::new::<rsa::sha2::Sha512>(), SECRET.as_bytes()).unwrap();
    let other_padding = stage.give(1, &STANDARD.encode(sha1)).await.unwrap_err();
    assert_eq!(refused_for(&other_padding), (Code::ValidationError, "payment_password"));
    assert!(other_padding.detail().contains(&key.key_id), "{other_padding}");
}

#[test]
fn a_new_password_is_long_enough_and_not_too_plain() {
    for bad in ["", "12345", "111111", "123456", "654321", "abcdef", "a\u{7}bcdef", &"x".repeat(65)] {
        let fault = passwords::new(bad).unwrap_err();
        assert_eq!(refused_for(&fault), (Code::ValidationError, "new_password"), "{bad}");
    }
    for good in ["135790", "1234567891", "河流河流石头", "correct horse"] {
        assert!(passwords::new(good).is_ok(), "{good}");
    }
    assert_eq!(passwords::new("１３５７９０").unwrap(), "135790", "typed on another keyboard");
}

#[tokio::test]
async fn neither_a_password_nor_what_one_could_be_tried_on_lies_in_the_open() {
    let stage = Stage::rich_anna(1_000).await;
    let mut anna = client(&stage.served.user(ANNA).key("reset"));
    anna.reset_payment_password(reset(LOGIN_SECRET, "lake-77")).await.unwrap();
    let mut conn = stage.test_db.owner().await;
    let hash = sqlx::query_scalar!("select hash from payment_password").fetch_one(&mut conn).await.unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    let audit = sqlx::query_scalar!(r#"select row_to_json(audit)::text as "text!" from audit"#);
    let audit = audit.fetch_all(&mut conn).await.unwrap();
    assert_eq!(audit.len(), 2);
    assert!(audit.iter().all(|row| !row.contains("lake") && !row.contains("river")), "{audit:?}");
}
