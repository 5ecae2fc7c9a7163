//! Accounts: made once, shown, changed.

use fault::Code;
use futures::future::join_all;
use proto::user::v1::{GetMeRequest, RegisterRequest, Role, UpdateMeRequest};

use super::stage::{Stage, code, refusal, registration};

#[tokio::test]
async fn a_new_user_is_an_ordinary_one_and_sees_himself() {
    let stage = Stage::new().await;
    let user = stage.register("Alice").await;
    assert_eq!((user.username.as_str(), user.role(), user.permissions.len()), ("Alice", Role::User, 0));
    let session = stage.login("alice").await;
    let me = stage.member(&session).get_me(GetMeRequest {}).await.unwrap().into_inner().user.unwrap();
    assert_eq!(me, user);
}

#[tokio::test]
async fn a_name_is_taken_however_it_is_written() {
    let stage = Stage::new().await;
    stage.register("Alice").await;
    for username in ["alice", "ALICE", "Ａｌｉｃｅ"] {
        let again = RegisterRequest { email: "other@example.com".to_owned(), ..registration(username) };
        let fault = refusal(stage.nobody().register(again).await);
        assert_eq!((fault.code(), fault.field()), (Code::DuplicateEntry, Some("username")), "{username}");
    }
}

#[tokio::test]
async fn an_address_is_taken_whatever_its_case() {
    let stage = Stage::new().await;
    stage.register("alice").await;
    let again = RegisterRequest { email: "Alice@Example.COM".to_owned(), ..registration("bob") };
    let fault = refusal(stage.nobody().register(again).await);
    assert_eq!((fault.code(), fault.field()), (Code::DuplicateEntry, Some("email")));
}

#[tokio::test]
async fn of_many_who_want_one_name_at_once_one_gets_it() {
    let stage = Stage::new().await;
    let tries = (0..12).map(|number| {
        let mut client = stage.nobody();
        let wanted = RegisterRequest { email: format!("{number}@example.com"), ..registration("wanted") };
        async move { code(client.register(wanted).await) }
    });
    let mut outcomes = join_all(tries).await;
    outcomes.sort();
    let mut expected = vec![Some(Code::DuplicateEntry); 12];
    expected[0] = None;
    assert_eq!(outcomes, expected);
}

#[tokio::test]
async fn bad_input_names_its_field_and_leaves_nothing() {
    let stage = Stage::new().await;
    let good = registration("alice");
    let with = |change: fn(&mut RegisterRequest)| {
        let mut request = good.clone();
        change(&mut request);
        request
    };
    let bad = [
        ("username", with(|request| request.username = "ab".to_owned())),
        ("username", with(|request| request.username = "a".repeat(33))),
        ("username", with(|request| request.username = "al ice".to_owned())),
        ("username", with(|request| request.username = "al\u{200b}ice".to_owned())),
        ("username", with(|request| request.username = "al\u{7}ice".to_owned())),
        ("email", with(|request| request.email = "alice".to_owned())),
        ("email", with(|request| request.email = "alice@host".to_owned())),
        ("email", with(|request| request.email = "Alice <alice@example.com>".to_owned())),
        ("password", with(|request| request.password = "short 7".to_owned())),
        ("password", with(|request| request.password = "a".repeat(129))),
        ("full_name", with(|request| request.full_name = "   ".to_owned())),
        ("full_name", with(|request| request.full_name = "a".repeat(101))),
        ("full_name", with(|request| request.full_name = "a\nb".to_owned())),
    ];
    for (field, request) in bad {
        let shown = format!("{request:?}");
        let fault = refusal(stage.nobody().register(request).await);
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some(field)), "{shown}");
    }
    assert_eq!(code(stage.nobody().register(good).await), None);
}

#[tokio::test]
async fn a_user_changes_what_he_names_and_keeps_the_rest() {
    let stage = Stage::new().await;
    let session = stage.join("alice").await;
    stage.clock.advance(chrono::Duration::seconds(5));
    let change = UpdateMeRequest { full_name: Some(" 新名字 ".to_owned()), ..UpdateMeRequest::default() };
    let user = stage.member(&session).update_me(change).await.unwrap().into_inner().user.unwrap();
    assert_eq!((user.full_name.as_str(), user.email.as_str()), ("新名字", "alice@example.com"));
    assert!(user.updated_at.unwrap().seconds > user.created_at.unwrap().seconds);
}

#[tokio::test]
async fn an_address_of_somebody_else_cannot_be_taken_later() {
    let stage = Stage::new().await;
    stage.register("alice").await;
    let bob = stage.join("bob").await;
    let change =
        UpdateMeRequest { email: Some("ALICE@example.com".to_owned()), ..UpdateMeRequest::default() };
    let fault = refusal(stage.member(&bob).update_me(change).await);
    assert_eq!((fault.code(), fault.field()), (Code::DuplicateEntry, Some("email")));
}

#[tokio::test]
async fn an_avatar_is_an_https_address_or_nothing() {
    let stage = Stage::new().await;
    let session = stage.join("alice").await;
    let set = async |avatar: &str| {
        let change = UpdateMeRequest { avatar: Some(avatar.to_owned()), ..UpdateMeRequest::default() };
        stage.member(&session).update_me(change).await
    };
    let bad =
        ["http://example.com/a.png", "javascript:alert(1)", "data:image/png;base64,AAAA", "/etc/passwd"];
    for avatar in
        bad.into_iter().chain(["https://a:b@example.com/", "/api/uploads/007", "/api/uploads/1/../2"])
    {
        assert_eq!(refusal(set(avatar).await).field(), Some("avatar"), "{avatar}");
    }
    let user = set("https://example.com/a.png").await.unwrap().into_inner().user.unwrap();
    assert_eq!(user.avatar, "https://example.com/a.png");
    assert_eq!(set("").await.unwrap().into_inner().user.unwrap().avatar, "");
}
