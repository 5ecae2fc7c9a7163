//! Administrators: accounts, roles, permissions, shutting, the audit trail (contract sections 7, 11, 16).

use anyhow::Result;
use serde_json::{Value, json};

use super::{
    super::face::{exactly, listing, read, refused, refused_field, row, said},
    ends_within_a_second,
};
use crate::stage::{PASSWORD, Stage};

const ACCOUNT: &str = "id username email full_name role permissions disabled created_at updated_at";

pub(super) async fn administrators_manage_accounts(stage: &Stage) -> Result<()> {
    let (operator, nobody) = (stage.admin().await?, stage.nobody()?);
    let user = stage.person("promoted", "提拔").await?;
    let answer = operator.get("/api/admin/users?q=promoted&page=1&limit=5").await?;
    let rows = listing(&answer);
    exactly(&rows[0], ACCOUNT, "");
    assert_eq!((&rows[0]["role"], &rows[0]["disabled"]), (&json!("user"), &json!(false)));
    assert_eq!(answer.body["pagination"]["total"], 1);

    let path = format!("/api/admin/users/{}/role", user.user_id);
    let role = json!({"role": "admin", "permissions": ["payment:read"]});
    let changed = said(&operator.put(&path, &role).await?, "用户角色更新成功");
    exactly(&changed, ACCOUNT, "");
    let all = json!(["payment:read", "payment:write"]);
    assert_eq!((&changed["role"], &changed["permissions"]), (&json!("admin"), &all), "admin holds all");
    ends_within_a_second(&user).await?;
    let promoted = nobody.login("promoted", PASSWORD).await?;
    assert_eq!(promoted.get("/api/stats/system").await?.status, 200);
    for (body, field) in [
        (json!({"role": "root"}), "role"),
        (json!({"role": "user", "permissions": ["payment:steal"]}), "permissions"),
        (json!({"permissions": ["payment:read"]}), "role"),
        (json!({"role": "user", "username": "x"}), "username"),
    ] {
        refused_field(&operator.put(&path, &body).await?, 400, "VALIDATION_ERROR", field);
    }
    refused(&operator.put("/api/admin/users/999/role", &json!({"role": "user"})).await?, 404, "NOT_FOUND");

    let role = json!({"role": "user", "permissions": ["payment:read"]});
    let changed = said(&operator.put(&path, &role).await?, "用户角色更新成功");
    assert_eq!((&changed["role"], &changed["permissions"]), (&json!("user"), &json!(["payment:read"])));
    ends_within_a_second(&promoted).await?;
    let demoted = nobody.login("promoted", PASSWORD).await?;
    refused(&demoted.get("/api/stats/system").await?, 403, "FORBIDDEN");
    let own = format!("/api/admin/users/{}/role", operator.user_id);
    refused(&operator.put(&own, &json!({"role": "user"})).await?, 409, "STATE_CONFLICT");

    let path = format!("/api/admin/users/{}/status", user.user_id);
    let shut = said(&operator.put(&path, &json!({"disabled": true})).await?, "用户状态更新成功");
    assert_eq!(shut["disabled"], true);
    ends_within_a_second(&demoted).await?;
    let login = json!({"username": "promoted", "password": PASSWORD});
    refused(&nobody.post("/api/auth/login", &login).await?, 401, "AUTH_INVALID");
    operator.put(&path, &json!({"disabled": false})).await?.data()?;
    nobody.login("promoted", PASSWORD).await?;
    Ok(())
}

/// Who, what, before, after, when, from where: of users, rooms and money, over all services.
pub(super) async fn what_operators_did_is_written_down(stage: &Stage) -> Result<()> {
    let operator = stage.admin().await?;
    let (giver, taker) = (stage.person("giver", "给钱").await?, stage.person("taker", "收钱").await?);
    let room = giver.post("/api/rooms", &json!({"name": "留痕", "description": ""})).await?.data()?;
    let path = format!("/api/rooms/{}", room["id"]);
    let member = json!({"user_id": taker.user_id, "role": "member"});
    giver.post(&format!("{path}/members"), &member).await?.data()?;
    let handed = json!({"from_user_id": giver.user_id, "to_user_id": taker.user_id, "amount": "12.50"});
    let settlement = giver.post(&format!("{path}/settlements"), &handed).await?.data()?;
    let rows = read(&operator.get("/api/admin/audit?limit=100").await?);
    for entry in rows.as_array().unwrap() {
        exactly(entry, "id service at actor action subject before after client_address request_id", "");
    }
    let role = row(&rows, "action", "user.role_changed");
    assert_eq!(
        (&role["service"], &role["actor"]),
        (&json!("user"), &json!(format!("user:{}", operator.user_id)))
    );
    assert_eq!(role["after"]["role"], "user");
    assert_eq!(role["before"]["role"], "admin");
    assert_eq!(role["client_address"], "127.0.0.1");
    let of_giver = format!("/api/admin/audit?actor_id={}", giver.user_id);
    let acts = read(&operator.get(&of_giver).await?);
    let actor = format!("user:{}", giver.user_id);
    assert!(acts.as_array().unwrap().iter().all(|act| act["actor"] == actor), "{acts}");
    let moved = row(&acts, "action", "settlement.recorded");
    assert_eq!(moved["subject"], format!("settlement:{}", settlement["id"]));
    assert_eq!(
        (&moved["service"], &moved["after"]["amount_minor"]),
        (&json!("expense"), &json!(1250)),
        "{moved}"
    );
    let added = row(&acts, "action", "room.member_added");
    assert_eq!((&added["service"], &added["after"]["user_id"]), (&json!("room"), &json!(taker.user_id)));
    let only = read(&operator.get(&format!("{of_giver}&action=settlement.recorded")).await?);
    assert_eq!(only, json!([moved]));

    // Paged by time: what comes after the last row is older.
    let page = read(&operator.get("/api/admin/audit?limit=2").await?);
    let last = page[1]["at"].as_str().unwrap();
    let next = read(&operator.get(&format!("/api/admin/audit?limit=2&before={last}")).await?);
    let at = |rows: &Value, index: usize| rows[index]["at"].as_str().unwrap_or_default().to_owned();
    assert!(at(&next, 0) < at(&page, 1) && at(&page, 1) <= at(&page, 0), "{page} {next}");
    Ok(())
}
