//! Accounts and rooms as printed (000-E01 to E10).

use anyhow::Result;
use serde_json::json;

use super::super::face::{done, exactly, listing, read, refused, refused_field, row, said};
use crate::{client::Client, stage::PASSWORD};

/// 000-E01 to E04.
pub(super) async fn accounts(nobody: &Client, prefix: &str) -> Result<()> {
    let username = format!("{prefix}_testuser");
    let body = json!({"username": username, "email": format!("{prefix}@example.com"), "password": PASSWORD,
        "full_name": "测试用户"});
    let answer = nobody.post("/api/auth/register", &body).await?;
    let account = said(&answer, "用户注册成功");
    exactly(&account, "id username email full_name role created_at", "");
    assert_eq!((&account["role"], &account["username"]), (&json!("user"), &json!(username)));
    assert!(account["id"].is_i64());
    refused(&nobody.post("/api/auth/register", &body).await?, 409, "DUPLICATE_ENTRY");

    let login = json!({"username": username, "password": PASSWORD});
    let session = said(&nobody.post("/api/auth/login", &login).await?, "登录成功");
    exactly(&session, "token user", "refresh_token expires_in");
    exactly(&session["user"], "id username email full_name role", "");
    assert_eq!(session["expires_in"], 120 * 60);
    let wrong = json!({"username": username, "password": "not the password"});
    refused(&nobody.post("/api/auth/login", &wrong).await?, 401, "AUTH_INVALID");

    let me = nobody.login(&username, PASSWORD).await?;
    assert_eq!(read(&me.get("/api/users/me").await?), account, "shown as it was registered");
    let change = json!({"email": format!("{prefix}_updated@example.com"), "full_name": "更新后的用户名",
        "avatar": "https://example.com/avatar.png"});
    let updated = said(&me.put("/api/users/me", &change).await?, "用户信息更新成功");
    exactly(&updated, "id username email full_name role avatar updated_at", "");
    for name in ["email", "full_name", "avatar"] {
        assert_eq!(updated[name], change[name], "{updated}");
    }
    let shown = read(&me.get("/api/users/me").await?);
    exactly(&shown, "id username email full_name role created_at", "avatar");
    Ok(())
}

/// 000-E05 to E10.
pub(super) async fn rooms(nobody: &Client, prefix: &str) -> Result<()> {
    let (owner, mate) = (format!("{prefix}_owner"), format!("{prefix}_mate"));
    for username in [&owner, &mate] {
        nobody.register(username, "测试用户").await?;
    }
    let (owner, mate) = (nobody.login(&owner, PASSWORD).await?, nobody.login(&mate, PASSWORD).await?);

    let body = json!({"name": "101寝室", "description": "这是一个测试寝室"});
    let room = said(&owner.post("/api/rooms", &body).await?, "寝室创建成功");
    exactly(&room, "id name description creator_id created_at", "");
    assert_eq!((&room["name"], &room["creator_id"]), (&json!("101寝室"), &json!(owner.user_id)));
    let path = format!("/api/rooms/{}", room["id"]);

    let member = json!({"user_id": mate.user_id, "role": "member"});
    let added = said(&owner.post(&format!("{path}/members"), &member).await?, "成员添加成功");
    exactly(&added, "room_id user_id role joined_at", "");
    assert_eq!((&added["room_id"], &added["role"]), (&room["id"], &json!("member")));
    refused(&owner.post(&format!("{path}/members"), &member).await?, 409, "DUPLICATE_ENTRY");
    let unknown = json!({"user_id": 1, "role": "member"});
    refused_field(
        &owner.post(&format!("{path}/members"), &unknown).await?,
        400,
        "VALIDATION_ERROR",
        "user_id",
    );

    let answer = owner.get("/api/rooms").await?;
    let rooms = listing(&answer);
    assert_eq!(answer.body["pagination"], json!({"page": 1, "limit": 10, "total": 1, "totalPages": 1}));
    exactly(&rooms[0], "id name description creator_id created_at members", "owner_id");
    exactly(&rooms[0]["members"][0], "user_id username full_name role", "");
    assert_eq!(row(&rooms[0]["members"], "user_id", owner.user_id)["role"], "admin");

    let shown = read(&mate.get(&path).await?);
    exactly(&shown, "id name description creator_id created_at members", "owner_id");
    for member in shown["members"].as_array().unwrap() {
        exactly(member, "user_id username full_name role joined_at", "");
    }

    let change = json!({"name": "更新后的寝室名称", "description": "更新后的寝室描述"});
    let updated = said(&owner.put(&path, &change).await?, "寝室信息更新成功");
    exactly(&updated, "id name description updated_at", "");
    assert_eq!(updated["name"], "更新后的寝室名称");

    done(&owner.delete(&format!("{path}/members/{}", mate.user_id)).await?, "成员移除成功");
    refused(&mate.get(&path).await?, 404, "NOT_FOUND");
    Ok(())
}
