//! Roles, permissions, disabling, and what is written about it.

use fault::Code;
use proto::{
    audit::v1::{ListEntriesRequest, audit_service_client::AuditServiceClient},
    user::v1::{
        GetMeRequest, ListUsersRequest, RefreshRequest, Role, Session, SetDisabledRequest, SetRoleRequest,
    },
};

use super::stage::{Stage, code, refusal};

fn id(session: &Session) -> i64 {
    session.user.as_ref().unwrap().id
}

fn rights(session: &Session, role: Role, permissions: &[&str]) -> SetRoleRequest {
    let permissions = permissions.iter().map(|name| (*name).to_owned()).collect();
    SetRoleRequest { user_id: id(session), role: role.into(), permissions }
}

#[tokio::test]
async fn an_administrator_gives_permissions_and_holds_all_himself() {
    let stage = Stage::new().await;
    let (admin, alice) = (stage.admin("root").await, stage.join("alice").await);
    assert_eq!(admin.user.clone().unwrap().permissions, ["payment:read", "payment:write"]);
    let given =
        stage.member(&admin).set_role(rights(&alice, Role::User, &["payment:read", "payment:read"])).await;
    assert_eq!(given.unwrap().into_inner().user.unwrap().permissions, ["payment:read"]);
    let token = stage.login("alice").await.access_token;
    let user = stage.served.keys.verifier().verify(&token).unwrap().user;
    assert!(user.has("payment:read") && !user.has("payment:write"));
}

#[tokio::test]
async fn an_unknown_permission_or_role_is_refused() {
    let stage = Stage::new().await;
    let (admin, alice) = (stage.admin("root").await, stage.join("alice").await);
    let mut client = stage.member(&admin);
    let fault = refusal(client.set_role(rights(&alice, Role::User, &["payment:read", "root"])).await);
    assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some("permissions[1]")));
    let fault = refusal(client.set_role(rights(&alice, Role::Unspecified, &[])).await);
    assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some("role")));
    let nobody = SetRoleRequest { user_id: 12, role: Role::User.into(), permissions: Vec::new() };
    assert_eq!(code(client.set_role(nobody).await), Some(Code::NotFound));
}

#[tokio::test]
async fn new_rights_need_a_new_token_and_the_old_one_stays_dead() {
    let stage = Stage::new().await;
    let (root, helper) = (stage.admin("root").await, stage.admin("helper").await);
    let list = async |session: &Session| {
        let page = Some(proto::page::v1::Request { number: 1, size: 10 });
        code(stage.member(session).list_users(ListUsersRequest { page, query: String::new() }).await)
    };
    assert_eq!(list(&helper).await, None);
    stage.member(&root).set_role(rights(&helper, Role::User, &[])).await.unwrap();
    stage.a_second_later().await;
    assert_eq!(list(&helper).await, Some(Code::AuthInvalid));
    let request = RefreshRequest { refresh_token: helper.refresh_token.clone() };
    let renewed = stage.nobody().refresh(request).await.unwrap().into_inner().session.unwrap();
    assert_eq!(code(stage.member(&renewed).get_me(GetMeRequest {}).await), None);
    assert_eq!(list(&renewed).await, Some(Code::Forbidden));
    assert_eq!(list(&helper).await, Some(Code::AuthInvalid));
}

#[tokio::test]
async fn a_stolen_token_of_the_old_rights_still_ends_the_family() {
    let stage = Stage::new().await;
    let (root, alice) = (stage.admin("root").await, stage.join("alice").await);
    stage.member(&root).set_role(rights(&alice, Role::User, &["payment:read"])).await.unwrap();
    let refresh =
        async |token: &str| stage.nobody().refresh(RefreshRequest { refresh_token: token.to_owned() }).await;
    let renewed = refresh(&alice.refresh_token).await.unwrap().into_inner().session.unwrap();
    assert_eq!(code(refresh(&alice.refresh_token).await), Some(Code::AuthInvalid));
    assert_eq!(code(stage.member(&renewed).get_me(GetMeRequest {}).await), Some(Code::AuthInvalid));
}

#[tokio::test]
async fn the_last_active_administrator_remains_one() {
    let stage = Stage::new().await;
    let (root, helper) = (stage.admin("root").await, stage.admin("helper").await);
    let mut client = stage.member(&root);
    client.set_disabled(SetDisabledRequest { user_id: id(&helper), disabled: true }).await.unwrap();
    let demoted = client.set_role(rights(&root, Role::User, &[])).await;
    assert_eq!(code(demoted), Some(Code::StateConflict));
    let disabled = client.set_disabled(SetDisabledRequest { user_id: id(&root), disabled: true }).await;
    assert_eq!(code(disabled), Some(Code::StateConflict));
}

#[tokio::test]
async fn two_administrators_who_remove_each_other_leave_one() {
    let stage = Stage::new().await;
    for round in 0..5 {
        let (one, two) =
            (stage.admin(&format!("one{round}")).await, stage.admin(&format!("two{round}")).await);
        // Only these two are left of all administrators.
        let mut conn = stage.db.acquire().await.unwrap();
        sqlx::query!("update account set role = 'user' where id <> $1 and id <> $2", id(&one), id(&two))
            .execute(&mut *conn)
            .await
            .unwrap();
        let (mut first, mut second) = (stage.member(&one), stage.member(&two));
        let (demoted, disabled) = tokio::join!(
            first.set_role(rights(&two, Role::User, &[])),
            second.set_disabled(SetDisabledRequest { user_id: id(&one), disabled: true }),
        );
        assert_eq!([demoted.is_ok(), disabled.is_ok()].into_iter().filter(|ok| *ok).count(), 1);
        let active =
            sqlx::query_scalar!("select count(id) from account where role = 'admin' and not disabled");
        assert_eq!(active.fetch_one(&mut *conn).await.unwrap(), Some(1));
    }
}

#[tokio::test]
async fn an_act_is_written_down_with_before_and_after() {
    let stage = Stage::new().await;
    let (root, alice) = (stage.admin("root").await, stage.join("alice").await);
    let visitor = stage.visitor(&root).with("x-client-address", "192.0.2.7");
    let mut client = super::stage::client(&visitor);
    client.set_role(rights(&alice, Role::Admin, &[])).await.unwrap();
    // The same again is no act.
    client.set_role(rights(&alice, Role::Admin, &[])).await.unwrap();
    let request = ListEntriesRequest {
        action: "user.role_changed".to_owned(),
        limit: 10,
        ..ListEntriesRequest::default()
    };
    let entries =
        AuditServiceClient::new(visitor.line()).list_entries(request).await.unwrap().into_inner().entries;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].actor, format!("user:{}", id(&root)));
    assert_eq!(entries[0].subject, format!("user:{}", id(&alice)));
    assert!(entries[0].before_json.contains(r#""role":"user""#), "{}", entries[0].before_json);
    assert!(entries[0].after_json.contains(r#""role":"admin""#));
    assert_eq!(entries[0].client_address, "192.0.2.7");
}
