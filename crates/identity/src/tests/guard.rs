//! The guard at the door, over every sort of caller.

use fault::Code;
use http::{HeaderMap, HeaderValue};

use super::still;
use crate::{Allow, Guard, SERVICE_AUTHORIZATION, Table, testing::Keys};

const TABLE: Table =
    &[("/s/Open", Allow::Anyone), ("/s/Mine", Allow::User), ("/s/Peer", Allow::Service(&["bill"]))];

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
        .collect()
}

async fn code(guard: &Guard, method: &str, pairs: &[(&'static str, &str)]) -> Option<Code> {
    guard.admit(method, &headers(pairs)).await.err().map(|fault| fault.code())
}

#[tokio::test]
async fn a_method_without_a_row_is_refused_to_everybody() {
    let keys = Keys::new(&still());
    let guard = keys.guard(TABLE);
    let admin = keys.admin(1);
    for pairs in [vec![], vec![("authorization", admin.as_str())]] {
        assert_eq!(code(&guard, "/s/Unknown", &pairs).await, Some(Code::Forbidden));
    }
}

#[tokio::test]
async fn health_and_reflection_are_open() {
    let guard = Keys::new(&still()).guard(&[]);
    for method in
        ["/grpc.health.v1.Health/Check", "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"]
    {
        assert_eq!(code(&guard, method, &[]).await, None);
    }
}

#[tokio::test]
async fn user_and_service_come_with_one_request() {
    let keys = Keys::new(&still());
    let (user, bill) = (keys.user(7), keys.service("bill"));
    let both = headers(&[("authorization", &user), (SERVICE_AUTHORIZATION, &bill)]);
    let caller = keys.guard(TABLE).admit("/s/Mine", &both).await.unwrap();
    assert_eq!((caller.user.unwrap().id, caller.via.unwrap().as_str()), (7, "bill"));
}

#[tokio::test]
async fn a_user_token_does_not_open_a_method_of_services() {
    let keys = Keys::new(&still());
    let (guard, user, gateway) = (keys.guard(TABLE), keys.user(7), keys.service("gateway"));
    assert_eq!(code(&guard, "/s/Peer", &[("authorization", &user)]).await, Some(Code::Forbidden));
    assert_eq!(code(&guard, "/s/Peer", &[(SERVICE_AUTHORIZATION, &user)]).await, Some(Code::AuthInvalid));
    assert_eq!(code(&guard, "/s/Peer", &[(SERVICE_AUTHORIZATION, &gateway)]).await, Some(Code::Forbidden));
    assert_eq!(code(&guard, "/s/Peer", &[]).await, Some(Code::AuthRequired));
}

#[tokio::test]
async fn a_worthless_token_changes_nothing_where_none_is_needed() {
    let keys = Keys::new(&still());
    let guard = keys.guard(TABLE);
    let caller = guard.admit("/s/Open", &headers(&[("authorization", "Bearer x.y.z")])).await.unwrap();
    assert_eq!(caller, crate::Caller::default());
    assert_eq!(code(&guard, "/s/Mine", &[("authorization", "Bearer x.y.z")]).await, Some(Code::AuthInvalid));
}

#[tokio::test]
async fn a_header_that_is_no_bearer_token_is_refused() {
    let keys = Keys::new(&still());
    let (guard, user) = (keys.guard(TABLE), keys.user(7));
    for value in ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", user.trim_start_matches("Bearer ")] {
        assert_eq!(
            code(&guard, "/s/Mine", &[("authorization", value)]).await,
            Some(Code::AuthInvalid),
            "{value}"
        );
    }
    let mut twice = headers(&[("authorization", &user)]);
    twice.append("authorization", HeaderValue::from_str(&user).unwrap());
    assert_eq!(guard.admit("/s/Mine", &twice).await.unwrap_err().code(), Code::AuthInvalid);
}
