//! Other spellings of a path, other methods, and headers that ask for other methods or paths open nothing.

use anyhow::Result;
use reqwest::Method;
use serde_json::json;

use super::{
    super::face::refused,
    cast::{Cast, Things},
};

/// Ways to write a path that some server or proxy might take for the same.
fn spellings(path: &str) -> Vec<String> {
    let (head, tail) = path.rsplit_once('/').unwrap_or(("", path));
    vec![
        format!("{path}/"),
        format!("{path}//"),
        format!("/{path}"),
        format!("{head}//{tail}"),
        path.to_uppercase(),
        path.replacen("/api/", "/API/", 1),
        format!("{head}%2F{tail}"),
        format!("{head}/%2e/{tail}"),
        format!("{head};x/{tail}"),
        format!("{path};x"),
        format!("{path};.json"),
        format!("{path}%20"),
        format!("{path}%00"),
        format!("{path}.json"),
    ]
}

pub(super) async fn no_spelling_of_a_path_opens_a_door(cast: &Cast) -> Result<()> {
    let Things { room, expense, .. } = &cast.things;
    let guarded = [
        "/api/users/me".to_owned(),
        format!("/api/rooms/{room}"),
        format!("/api/expenses/{expense}"),
        "/api/stats/system".to_owned(),
        "/api/admin/users".to_owned(),
    ];
    for path in &guarded {
        for spelling in spellings(path) {
            for client in [&cast.nobody, &cast.stranger, &cast.operator, &cast.owner] {
                let answer = client.get(&spelling).await?;
                // A spelling that is taken for the path itself must have the path's own rights.
                let same = client.get(path).await?;
                let is_refused = (400..500).contains(&answer.status);
                assert!(is_refused || answer.status == same.status, "{spelling}: {}", answer.text);
            }
            let answer = cast.nobody.get(&spelling).await?;
            assert!((400..500).contains(&answer.status), "{spelling}: {}", answer.text);
            assert!(answer.body["data"].is_null(), "{spelling}: {}", answer.text);
        }
    }
    heads_and_options_tell_no_more(cast).await?;
    headers_override_nothing(cast).await
}

/// `HEAD` has the rights of `GET`; `OPTIONS` and methods that a path does not know tell nothing.
async fn heads_and_options_tell_no_more(cast: &Cast) -> Result<()> {
    let room = format!("/api/rooms/{}", cast.things.room);
    for (client, status) in [(&cast.nobody, 401), (&cast.stranger, 404), (&cast.owner, 200)] {
        let head = client.send(client.request(Method::HEAD, &room)).await?;
        assert_eq!((head.status, head.text.as_str()), (status, ""));
    }
    for client in [&cast.nobody, &cast.stranger, &cast.owner] {
        for method in [Method::OPTIONS, Method::TRACE, Method::PATCH, Method::from_bytes(b"PROPFIND")?] {
            let answer = client.send(client.request(method.clone(), &room)).await?;
            assert!(answer.body["data"].is_null(), "{method}: {}", answer.text);
            if method != Method::OPTIONS {
                refused(&answer, 405, "METHOD_NOT_ALLOWED");
            }
        }
    }
    Ok(())
}

/// Neither a header nor a parameter turns one request into another.
async fn headers_override_nothing(cast: &Cast) -> Result<()> {
    let path = format!("/api/expenses/{}", cast.things.expense);
    for header in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
        let request = cast.owner.request(Method::POST, &path).header(header, "DELETE").json(&json!({}));
        refused(&cast.owner.send(request).await?, 405, "METHOD_NOT_ALLOWED");
        let request = cast.owner.request(Method::GET, &path).header(header, "DELETE");
        assert_eq!(cast.owner.send(request).await?.status, 200);
    }
    cast.owner.get(&format!("{path}?_method=DELETE")).await?;
    for header in ["X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Forwarded-Host"] {
        let request = cast.member.request(Method::GET, "/api/users/me").header(header, "/api/stats/system");
        let answer = cast.member.send(request).await?;
        assert_eq!(answer.body["data"]["username"], "member", "{}", answer.text);
    }
    assert_eq!(cast.owner.get(&path).await?.status, 200, "still there");
    Ok(())
}
