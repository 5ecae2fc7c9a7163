//! The first administrator, and settings that must not pass.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use fault::Code;
use proto::user::v1::Role;
use settings::{Problems, Source};
use tokio_util::sync::CancellationToken;
use vault::Passwords;

use super::stage::{Stage, new_admin};
use crate::{
    Settings,
    files::{Files, Place},
    service::Service,
    workers::first_admin,
};

#[tokio::test]
async fn an_administrator_made_at_the_console_logs_in() {
    let stage = Stage::new().await;
    let session = stage.admin("root").await;
    assert_eq!(session.user.unwrap().role(), Role::Admin);
}

#[tokio::test]
async fn a_name_that_is_taken_is_left_as_it_is() {
    let stage = Stage::new().await;
    stage.register("root").await;
    let fault = crate::create_admin(&stage.db, &new_admin("root")).await.unwrap_err();
    assert_eq!((fault.code(), fault.field()), (Code::DuplicateEntry, Some("username")));
    assert_eq!(stage.login("root").await.user.unwrap().role(), Role::User);
}

#[tokio::test]
async fn two_starts_make_one_first_administrator() {
    let stage = Stage::new().await;
    let files = Files::at(&Place::Folder(stage.folder.clone())).unwrap();
    let key = &stage.served.keys.user;
    let life = std::time::Duration::from_hours(1);
    let service = Service::new(stage.db.clone(), key, life, files, chrono_tz::UTC).unwrap();
    let stop = CancellationToken::new();
    let starts =
        [(); 2].map(|()| tokio::spawn(first_admin::make(service.clone(), new_admin("root"), stop.clone())));
    let mut tries = 0;
    while stage.nobody().login(super::stage::credentials("root")).await.is_err() {
        tries += 1;
        assert!(tries < 9, "the administrator was not made");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    stop.cancel();
    for start in starts {
        start.await.unwrap();
    }
    let mut conn = stage.db.acquire().await.unwrap();
    let admins = sqlx::query_scalar!("select count(id) from account where role = 'admin'");
    assert_eq!(admins.fetch_one(&mut *conn).await.unwrap(), Some(1));
}

#[tokio::test]
async fn a_stored_password_is_an_argon2id_hash() {
    let hash = Passwords::new().unwrap().hash("correct horse".to_owned()).await.unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
}

fn read(pairs: &[(&str, &str)]) -> Result<Settings, Problems> {
    let folder = std::env::temp_dir().join("dormpay-user-settings");
    let given = [("DATABASE_URL", "postgres://localhost/"), ("DORMPAY_DATA_DIR", folder.to_str().unwrap())];
    Settings::read(&Source::from_pairs(given.into_iter().chain(pairs.iter().copied())))
}

fn problems(pairs: &[(&str, &str)]) -> String {
    read(pairs).err().map(|problems| problems.to_string()).unwrap_or_default()
}

#[test]
fn a_signing_key_that_nobody_believes_does_not_start() {
    let [one, two] = [[7; 32], [8; 32]].map(|seed| STANDARD.encode(seed));
    let believed = |private: &str| {
        let settings = read(&[("JWT_PRIVATE_KEY", private), ("JWT_PUBLIC_KEY", &public_key(&one))]);
        settings.unwrap().check_keys().is_ok()
    };
    assert!(believed(&one));
    assert!(!believed(&two));
}

/// The public half of a raw private key in base64.
fn public_key(private: &str) -> String {
    identity::PrivateKey::parse(private).unwrap().public().to_base64()
}

#[test]
fn production_without_a_signing_key_does_not_start() {
    let told = problems(&[("DORMPAY_PROFILE", "production")]);
    assert!(told.contains("JWT_PRIVATE_KEY") && told.contains("SERVICE_IDENTITY_KEY"), "{told}");
}

#[test]
fn a_first_administrator_needs_name_and_password() {
    assert!(problems(&[("BOOTSTRAP_ADMIN_USERNAME", "root")]).contains("BOOTSTRAP_ADMIN_PASSWORD"));
    assert!(problems(&[("BOOTSTRAP_ADMIN_PASSWORD", "secret")]).contains("BOOTSTRAP_ADMIN_USERNAME"));
    assert_eq!(problems(&[]), "");
}

#[test]
fn a_wrong_address_of_a_store_is_a_problem_that_repeats_no_secret() {
    for wrong in [
        "somewhere",
        "ftp://id:hush@store.test/bucket",
        "https://store.test/bucket",
        "https://id@store.test/bucket",
        "https://id:hush@store.test/",
        "https://id:hush@store.test/bucket?acl=public",
        "https://id:hush@store.test/bucket?region=",
    ] {
        let told = problems(&[("UPLOAD_STORE_URL", wrong)]);
        assert!(told.contains("UPLOAD_STORE_URL") && !told.contains("hush"), "{wrong}: {told}");
    }
    for right in [
        "https://id:a%2Fb%2Bc@store.test:9000/bucket",
        "http://id:hush@store.test/bucket/folder/inside?region=cn-hangzhou",
        "https://id:hush@bucket.store.test/folder?style=virtual",
    ] {
        assert_eq!(problems(&[("UPLOAD_STORE_URL", right)]), "", "{right}");
    }
}

#[test]
fn the_address_of_a_store_is_shown_masked() {
    let source = Source::from_pairs([("UPLOAD_STORE_URL", "https://id:hush@store.test/bucket")]);
    let entries = Settings::entries(&source);
    let entry = entries.iter().find(|entry| entry.name == "UPLOAD_STORE_URL").unwrap();
    assert!(entry.value.starts_with("***") && !entry.value.contains("hush"), "{}", entry.value);
}
