//! Who may call what, over every method and every sort of proof.

use fault::Code;
use proto::user::v1::{LogoutRequest, RefreshRequest};

use super::stage::{Stage, client, code, credentials};
use crate::access::{SERVICES, TABLE};

#[test]
fn every_method_has_its_row() {
    assert_eq!(identity::access::gaps(TABLE, SERVICES), Vec::<String>::new());
}

#[tokio::test]
async fn the_door_does_what_the_table_says() {
    let stage = Stage::new().await;
    // The visitors of the check are user 7 and administrator 1, in sessions of the same numbers.
    let mut conn = stage.db.acquire().await.unwrap();
    for (id, role) in [(7_i64, "user"), (1, "admin")] {
        let name = format!("visitor{id}");
        sqlx::query!(
            "insert into account (
                 id, username, username_key, email, email_key, full_name, full_name_key, password_hash, role,
                 created_at, updated_at
             )
             values ($1, $2, $2, $2, $2, $2, $2, '', $3, now(), now())",
            id,
            name,
            role,
        )
        .execute(&mut *conn)
        .await
        .unwrap();
        sqlx::query!(
            "insert into session (id, family_id, user_id, token_version, created_at, expires_at)
             values ($1, $1, $1, 1, now(), now() + interval '1 day')",
            id,
        )
        .execute(&mut *conn)
        .await
        .unwrap();
    }
    drop(conn);
    // A logout would end the session of those who come after it; the other two answer like the door themselves.
    let apart = ["/Logout", "/Login", "/Refresh"];
    let is_apart = |path: &str| apart.iter().any(|end| path.ends_with(end));
    let table: Vec<_> = TABLE.iter().copied().filter(|(path, _)| !is_apart(path)).collect();
    assert_eq!(table.len(), TABLE.len() - apart.len());
    let breaches = stage.served.access_breaches(Vec::leak(table), &stage.clock).await;
    assert_eq!(breaches, Vec::<String>::new());
}

#[tokio::test]
async fn a_worthless_token_keeps_nobody_from_logging_in_and_refreshing() {
    let stage = Stage::new().await;
    stage.register("alice").await;
    let dead = client(&stage.served.nobody().with("authorization", "Bearer a.b.c"));
    let session = dead.clone().login(credentials("alice")).await.unwrap().into_inner().session.unwrap();
    let request = RefreshRequest { refresh_token: session.refresh_token };
    assert_eq!(code(dead.clone().refresh(request).await), None);
}

#[tokio::test]
async fn a_logout_needs_a_living_session() {
    let stage = Stage::new().await;
    let session = stage.join("alice").await;
    assert_eq!(code(stage.nobody().logout(LogoutRequest {}).await), Some(Code::AuthRequired));
    assert_eq!(code(stage.service("gateway").logout(LogoutRequest {}).await), Some(Code::AuthRequired));
    assert_eq!(code(stage.member(&session).logout(LogoutRequest {}).await), None);
    stage.a_second_later().await;
    assert_eq!(code(stage.member(&session).logout(LogoutRequest {}).await), Some(Code::AuthInvalid));
}
