//! The access table, driven: every route with every caller, and no route without a row.

use std::collections::BTreeSet;

use clock::Clock;
use identity::{Role, Subject, testing::Keys};
use reqwest::Method;

use super::stage::{Reply, Stage, send};
use crate::{
    access::{TABLE, Who},
    callbacks,
    faces::{Face, admin, billing, checkout, dorm, payments},
};

const FACES: [Face; 5] = [Face::Dorm, Face::Payments, Face::Admin, Face::Checkout, Face::Billing];

/// Lists method and path of every route that is described.
fn described() -> BTreeSet<(String, String)> {
    let mut apis: Vec<_> = FACES.into_iter().map(callbacks::described).collect();
    let all = [dorm::routes(), payments::routes(), admin::routes(), checkout::routes(), billing::routes()];
    for routes in all.into_iter().chain([payments::sandbox_routes()]) {
        let (_, api) = routes.split_for_parts();
        apis.push(api);
    }
    let mut described = BTreeSet::new();
    for api in apis {
        let api = serde_json::to_value(api).unwrap();
        for (path, item) in api["paths"].as_object().unwrap() {
            let methods = item.as_object().unwrap().keys();
            described.extend(methods.map(|method| (method.to_uppercase(), path.clone())));
        }
    }
    described
}

fn rows() -> BTreeSet<(String, String)> {
    TABLE.iter().map(|(method, path, _)| (method.to_string(), (*path).to_owned())).collect()
}

fn concrete(path: &str) -> String {
    let path = path.replace("{userId}", "7").replace("{sid}", "8").replace("{id}", "6");
    let path = path.replace("{paymentId}", "5").replace("{refundId}", "4").replace("{channel}", "wechat");
    path.replace("{orderId}", "9").replace("{outTradeNo}", "ORD20250115001")
}

/// Whether a row wants a token; the stage is in the development profile.
fn is_closed(who: Who) -> bool {
    !matches!(who, Who::Anyone | Who::Provider | Who::Guest)
}

/// Claims a refusal in the envelope of the face to which the path belongs.
fn refused(reply: &Reply, path: &str, (status, code, message): (u16, &str, &str), detail: &str) {
    match Face::of_path(path) {
        Face::Dorm => reply.is_refused(status, code, detail),
        Face::Payments => reply.is_refused_in_payments(status, code, &format!("{message}: {detail}")),
        Face::Admin => reply.is_refused_in_admin(status, status, &format!("{message}: {detail}")),
        Face::Checkout => reply.is_refused_in_checkout(status, &format!("{message}: {detail}")),
        Face::Billing => reply.is_refused_in_billing(status, code, &format!("{message}: {detail}")),
    }
}

#[test]
fn every_route_has_one_row_and_every_row_a_route() {
    assert_eq!(rows(), described());
    assert_eq!(rows().len(), TABLE.len(), "a route has two rows");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_comes_in_without_a_token_unless_the_row_says_anyone() {
    let stage = Stage::new().await;
    for (method, path, _) in TABLE.iter().filter(|(_, _, who)| is_closed(*who)) {
        let reply = send(stage.request(method.clone(), &concrete(path))).await;
        let said = (401, "AUTH_REQUIRED", "需要认证");
        refused(&reply, path, said, "authorization: a bearer token is required");
        assert_eq!(reply.header("www-authenticate"), "Bearer");
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0, "a service was asked for somebody unknown");
    for (method, path, _) in TABLE.iter().filter(|(_, _, who)| !is_closed(*who)) {
        let reply = send(stage.request(method.clone(), &concrete(path))).await;
        assert_ne!(reply.status, 401, "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_ended_and_malformed_tokens_open_no_route() {
    let stage = Stage::new().await;
    stage.fakes.end_session(33);
    let forged = Keys::new(&Clock::system()).user(1);
    let tokens = [
        forged,
        stage.keys.user(33),
        stage.keys.service("gateway"),
        "Basic abc".to_owned(),
        "Bearer".to_owned(),
    ];
    for (method, path, who) in TABLE.iter().filter(|(_, _, who)| is_closed(*who) || *who == Who::Guest) {
        for token in &tokens {
            let request = stage.request(method.clone(), &concrete(path)).header("authorization", token);
            let reply = send(request).await;
            assert_eq!(reply.status, 401, "{path} {who:?}");
            assert!(reply.text.contains("认证无效"), "{path}: {}", reply.text);
        }
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_of_operators_are_forbidden_to_everybody_else() {
    let stage = Stage::new().await;
    for (method, path, _) in TABLE.iter().filter(|(_, _, who)| *who == Who::Operator) {
        let request = stage.request(method.clone(), &concrete(path));
        let reply = send(request.header("authorization", stage.keys.user(1))).await;
        refused(&reply, path, (403, "FORBIDDEN", "权限不足"), "only for administrators");
        let request = stage.request(method.clone(), &concrete(path));
        let reply = send(request.header("authorization", stage.keys.admin(2))).await;
        assert!(!matches!(reply.status, 401 | 403), "{method} {path}: {}", reply.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_production_a_guest_is_a_member() {
    let stage = Stage::in_production().await;
    for (method, path, _) in TABLE.iter().filter(|(_, _, who)| *who == Who::Guest) {
        let reply = send(stage.request(method.clone(), &concrete(path))).await;
        let said = (401, "AUTH_REQUIRED", "需要认证");
        refused(&reply, path, said, "authorization: a bearer token is required");
        let request = stage.request(method.clone(), &concrete(path));
        let reply = send(request.header("authorization", stage.keys.user(1))).await;
        assert!(!matches!(reply.status, 401 | 403 | 404 | 405), "{method} {path}: {}", reply.text);
    }
    assert!(TABLE.iter().any(|(_, _, who)| *who == Who::Guest));
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_of_a_permission_are_for_its_holders_and_administrators() {
    let stage = Stage::new().await;
    let holder = |permission: &str| {
        stage.keys.bearer(&Subject {
            user_id: 4,
            role: Role::User,
            permissions: vec![permission.to_owned()],
            session_id: 4,
            token_version: 1,
        })
    };
    let (read, write) = ("payment:read", "payment:write");
    for (who, held, other) in [(Who::PaymentReader, read, write), (Who::PaymentWriter, write, read)] {
        for (method, path, _) in TABLE.iter().filter(|(_, _, row)| *row == who) {
            for token in [stage.keys.user(1), holder(other)] {
                let request = stage.request(method.clone(), &concrete(path));
                let reply = send(request.header("authorization", token)).await;
                let detail = format!("this needs the permission {held}");
                refused(&reply, path, (403, "FORBIDDEN", "权限不足"), &detail);
            }
            for token in [stage.keys.admin(2), holder(held)] {
                let request = stage.request(method.clone(), &concrete(path));
                let reply = send(request.header("authorization", token)).await;
                assert!(!matches!(reply.status, 401 | 403 | 404 | 405), "{method} {path}: {}", reply.text);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn members_come_in_where_the_row_says_so() {
    let stage = Stage::new().await;
    for (method, path, _) in TABLE.iter().filter(|(_, _, who)| *who == Who::Member) {
        let request =
            stage.request(method.clone(), &concrete(path)).header("authorization", stage.keys.user(1));
        let reply = send(request).await;
        assert!(!matches!(reply.status, 401 | 403 | 404 | 405), "{method} {path}: {}", reply.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn services_hear_the_users_own_token_and_the_gateways_name() {
    let stage = Stage::new().await;
    let token = stage.keys.user(5);
    let request = stage.request(Method::GET, "/api/users/me").header("authorization", token.clone());
    send(request.header("x-user-id", "1").header("x-forwarded-for", "9.9.9.9").header("x-request-id", "r1"))
        .await;
    let calls = stage.fakes.calls("user.v1.UserService/GetMe");
    let header = |name: &str| calls[0].headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("authorization"), token);
    assert!(
        stage.keys.verifier().verify_service(&header("x-service-authorization")["Bearer ".len()..]).is_ok()
    );
    assert_eq!((header("x-request-id").as_str(), header("x-client-address").as_str()), ("r1", "127.0.0.1"));
    assert!(!calls[0].headers.contains_key("x-user-id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_is_never_passed_on() {
    let stage = Stage::new().await;
    stage.fakes.end_session(34);
    let body = r#"{"username":"ann","email":"a@b.cn","password":"12345678","full_name":"Ann"}"#;
    let request =
        stage.request(Method::POST, "/api/auth/register").header("authorization", stage.keys.user(34));
    let reply = send(request.header("content-type", "application/json").body(body)).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert!(!stage.fakes.calls("user.v1.UserService/Register")[0].headers.contains_key("authorization"));
}
