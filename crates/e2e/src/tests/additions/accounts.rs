//! Refresh, logout, passwords, search (contract section 7).

use anyhow::Result;
use serde_json::{Value, json};

use super::{
    super::face::{done, exactly, read, refused, refused_field, said},
    ends_within_a_second,
};
use crate::{
    client::Client,
    stage::{PASSWORD, Stage},
};

const LOGIN: &str = "/api/auth/login";
const REFRESH: &str = "/api/auth/refresh";

/// A new login: the tokens as printed, and a client with them.
async fn session(nobody: &Client, username: &str) -> Result<(Value, Client)> {
    let body = json!({"username": username, "password": PASSWORD});
    let tokens = nobody.post(LOGIN, &body).await?.data()?;
    let client = nobody.with_token(tokens["token"].as_str().unwrap());
    Ok((tokens, client))
}

fn refresh_of(tokens: &Value) -> Value {
    json!({"refresh_token": tokens["refresh_token"]})
}

pub(super) async fn a_refresh_token_works_once_and_its_theft_ends_the_family(stage: &Stage) -> Result<()> {
    let nobody = stage.nobody()?;
    nobody.register("refresher", "刷新").await?;
    let (first, _) = session(&nobody, "refresher").await?;
    let (_, elsewhere) = session(&nobody, "refresher").await?;

    let second = said(&nobody.post(REFRESH, &refresh_of(&first)).await?, "令牌刷新成功");
    exactly(&second, "token user refresh_token expires_in", "");
    exactly(&second["user"], "id username email full_name role", "");
    assert_ne!(second["refresh_token"], first["refresh_token"], "it rotates");
    let fresh = nobody.with_token(second["token"].as_str().unwrap());
    assert_eq!(fresh.get("/api/users/me").await?.data()?["username"], "refresher");

    refused(&nobody.post(REFRESH, &refresh_of(&first)).await?, 401, "AUTH_INVALID");
    ends_within_a_second(&fresh).await?;
    let heir = nobody.post(REFRESH, &refresh_of(&second)).await?;
    assert_eq!(heir.status, 401, "the newer one died with the family: {}", heir.text);
    assert_eq!(elsewhere.get("/api/users/me").await?.status, 200, "another login is another family");
    for token in ["", "garbage", first["token"].as_str().unwrap()] {
        let answer = nobody.post(REFRESH, &json!({"refresh_token": token})).await?;
        refused(&answer, 401, "AUTH_INVALID");
    }
    Ok(())
}

pub(super) async fn a_logout_ends_its_own_session_alone(stage: &Stage) -> Result<()> {
    let nobody = stage.nobody()?;
    nobody.register("leaver", "退出").await?;
    let (tokens, client) = session(&nobody, "leaver").await?;
    let (_, elsewhere) = session(&nobody, "leaver").await?;
    done(&client.post("/api/auth/logout", &json!({})).await?, "退出登录成功");
    ends_within_a_second(&client).await?;
    assert_eq!(nobody.post(REFRESH, &refresh_of(&tokens)).await?.status, 401);
    assert_eq!(elsewhere.get("/api/users/me").await?.status, 200);
    // The document's clients send no body where there is nothing to say.
    let empty = elsewhere.request(reqwest::Method::POST, "/api/auth/logout");
    done(&elsewhere.send(empty).await?, "退出登录成功");
    Ok(())
}

pub(super) async fn a_changed_password_ends_every_session(stage: &Stage) -> Result<()> {
    const PATH: &str = "/api/users/me/password";
    const NEW: &str = "another-horse-battery";
    let nobody = stage.nobody()?;
    nobody.register("changer", "改密码").await?;
    let (tokens, client) = session(&nobody, "changer").await?;
    let (_, elsewhere) = session(&nobody, "changer").await?;
    for (old, new, field) in [
        ("wrong-password", NEW, "old_password"),
        (PASSWORD, "short", "new_password"),
        (PASSWORD, "", "new_password"),
    ] {
        let body = json!({"old_password": old, "new_password": new});
        refused_field(&client.put(PATH, &body).await?, 400, "VALIDATION_ERROR", field);
    }
    let body = json!({"old_password": PASSWORD, "new_password": NEW});
    done(&client.put(PATH, &body).await?, "密码修改成功");
    ends_within_a_second(&client).await?;
    refused(&elsewhere.get("/api/users/me").await?, 401, "AUTH_INVALID");
    assert_eq!(nobody.post(REFRESH, &refresh_of(&tokens)).await?.status, 401);
    let old = json!({"username": "changer", "password": PASSWORD});
    refused(&nobody.post(LOGIN, &old).await?, 401, "AUTH_INVALID");
    nobody.login("changer", NEW).await?;
    Ok(())
}

pub(super) async fn people_are_found_by_name(stage: &Stage) -> Result<()> {
    let nobody = stage.nobody()?;
    nobody.register("findable_one", "张三").await?;
    nobody.register("findable_two", "张四").await?;
    let me = nobody.login("findable_one", PASSWORD).await?;
    let names = async |query: &str| -> Result<Vec<String>> {
        let found = read(&me.get(&format!("/api/users/search?q={query}")).await?);
        let rows = found.as_array().unwrap();
        for row in rows {
            exactly(row, "id username full_name", "");
        }
        Ok(rows.iter().map(|row| row["username"].as_str().unwrap().to_owned()).collect())
    };
    let mut both = names("findable").await?;
    both.sort();
    assert_eq!(both, ["findable_one", "findable_two"]);
    assert_eq!(names("张四").await?, ["findable_two"]);
    assert_eq!(names("findable_two%40example.com").await?, ["findable_two"]);
    assert_eq!(names("two%40example.com").await?, Vec::<String>::new(), "no piece of an address");
    assert_eq!(names("find%25").await?, Vec::<String>::new(), "no wildcards");
    for query in ["", "?q=", "?q=a", "?q=ab&limit=51", "?q=ab&limit=0", "?q=ab&role=admin"] {
        let answer = me.get(&format!("/api/users/search{query}")).await?;
        refused(&answer, 400, "VALIDATION_ERROR");
    }
    Ok(())
}
