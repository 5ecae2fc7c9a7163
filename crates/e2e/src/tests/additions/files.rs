//! Uploads: who sees what, and what a file is (contract sections 11, 15).

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};

use super::super::{
    face::{exactly, refused, refused_field, said},
    rights::PNG,
};
use crate::{client::Client, stage::Stage};

const UPLOADS: &str = "/api/uploads";
const MEGABYTE: usize = 1024 * 1024;

async fn upload(client: &Client, name: &str, file: &[u8]) -> Result<Value> {
    client.upload(UPLOADS, name, file.to_vec(), &[]).await?.data()
}

fn url(upload: &Value) -> &str {
    upload["url"].as_str().unwrap()
}

pub(super) async fn an_avatar_is_seen_by_everybody(stage: &Stage) -> Result<()> {
    let (me, other) = (stage.person("pictured", "有头像").await?, stage.person("onlooker", "看客").await?);
    let answer = me.upload(UPLOADS, "me.png", PNG.to_vec(), &[]).await?;
    let stored = said(&answer, "文件上传成功");
    exactly(&stored, "id url content_type size", "");
    assert_eq!((&stored["content_type"], &stored["size"]), (&json!("image/png"), &json!(PNG.len())));
    assert_eq!(me.get(url(&stored)).await?.status, 200, "his own");
    refused(&other.get(url(&stored)).await?, 404, "NOT_FOUND");

    let updated = me.put("/api/users/me", &json!({"avatar": url(&stored)})).await?.data()?;
    assert_eq!(updated["avatar"], stored["url"]);
    let seen = other.send(other.request(Method::GET, url(&stored))).await?;
    assert_eq!(seen.status, 200);
    for (header, value) in [
        ("content-type", "image/png"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'"),
    ] {
        let found = seen.headers.get(header).and_then(|found| found.to_str().ok()).unwrap_or_default();
        assert!(found.starts_with(value), "{header}: {found}");
    }
    assert_eq!(stage.nobody()?.get(url(&stored)).await?.status, 401);
    let shown = other.get("/api/users/search?q=pictured").await?.data()?;
    assert_eq!(shown[0]["avatar"], stored["url"], "others find it: {shown}");

    // Replaced, it is an avatar no more.
    me.put("/api/users/me", &json!({"avatar": ""})).await?.data()?;
    refused(&other.get(url(&stored)).await?, 404, "NOT_FOUND");
    let paper = upload(&me, "x.pdf", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n").await?;
    for avatar in [url(&paper), "/api/uploads/999", "javascript:alert(1)", "http://example.com/x.png", "x"] {
        let answer = me.put("/api/users/me", &json!({"avatar": avatar})).await?;
        refused_field(&answer, 400, "VALIDATION_ERROR", "avatar");
    }
    Ok(())
}

pub(super) async fn a_receipt_is_seen_by_its_room(stage: &Stage) -> Result<()> {
    let (payer, mate) = (stage.person("shopper", "买家").await?, stage.person("flatmate", "室友").await?);
    let stranger = stage.person("not_in_it", "外人").await?;
    let room = payer.post("/api/rooms", &json!({"name": "收据", "description": ""})).await?.data()?;
    let members = format!("/api/rooms/{}/members", room["id"]);
    payer.post(&members, &json!({"user_id": mate.user_id, "role": "member"})).await?.data()?;
    let receipt = upload(&payer, "receipt.png", PNG).await?;
    refused(&mate.get(url(&receipt)).await?, 404, "NOT_FOUND");
    let expense = json!({"title": "菜", "amount": 10, "category": "food", "description": "", "date": "2026-01-01",
        "room_id": room["id"], "split_type": "equal", "receipts": [receipt["id"]]});
    let expense = payer.post("/api/expenses", &expense).await?.data()?;
    assert_eq!(expense["receipts"], json!([receipt["id"]]));
    assert_eq!(mate.get(url(&receipt)).await?.status, 200);
    refused(&stranger.get(url(&receipt)).await?, 404, "NOT_FOUND");
    refused(&stage.admin().await?.get(url(&receipt)).await?, 404, "NOT_FOUND");

    // Taken off the expense it is private again.
    let path = format!("/api/expenses/{}", expense["id"]);
    payer.put(&path, &json!({"receipts": []})).await?.data()?;
    refused(&mate.get(url(&receipt)).await?, 404, "NOT_FOUND");
    let many: Vec<_> = (0..11).map(|_| receipt["id"].clone()).collect();
    let answer = payer.put(&path, &json!({"receipts": many})).await?;
    refused_field(&answer, 400, "VALIDATION_ERROR", "receipts");
    Ok(())
}

/// Whatever a client calls a file: its first bytes say what it is.
pub(super) async fn files_are_known_by_their_content(stage: &Stage) -> Result<()> {
    let me = stage.person("uploader", "上传").await?;
    let files: [(&str, &[u8], &str); 5] = [
        ("picture.txt", PNG, "image/png"),
        ("../../etc/passwd", PNG, "image/png"),
        ("x.png", b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xd9", "image/jpeg"),
        (
            "x",
            b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0",
            "image/webp",
        ),
        ("x.html", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n", "application/pdf"),
    ];
    for (name, file, content_type) in files {
        let stored = upload(&me, name, file).await?;
        assert_eq!(stored["content_type"], content_type, "{name}");
        let seen = me.get(url(&stored)).await?;
        assert_eq!(seen.headers["content-type"], content_type, "{name}");
    }
    for file in [
        &b""[..],
        b"<html><script>alert(1)</script>",
        b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        b"GIF89a\x01\0\x01\0\0\0\0;",
        b"MZ\x90\0\x03\0\0\0",
        b"\x7fELF\x02\x01\x01\0",
        b"PK\x03\x04\x14\0\0\0",
        b"just words",
    ] {
        let answer = me.upload(UPLOADS, "picture.png", file.to_vec(), &[]).await?;
        refused_field(&answer, 400, "VALIDATION_ERROR", "file");
    }
    let padded = |bytes: usize| [PNG, &vec![0; bytes - PNG.len()]].concat();
    assert_eq!(upload(&me, "x.png", &padded(5 * MEGABYTE)).await?["size"], 5 * MEGABYTE);
    let answer = me.upload(UPLOADS, "x.png", padded(5 * MEGABYTE + 1), &[]).await?;
    refused(&answer, 413, "PAYLOAD_TOO_LARGE");
    let field = me.upload(UPLOADS, "x.png", PNG.to_vec(), &[("owner", "1".to_owned())]).await?;
    refused_field(&field, 400, "VALIDATION_ERROR", "owner");
    let answer = me.post(UPLOADS, &json!({"file": "x"})).await?;
    refused_field(&answer, 400, "VALIDATION_ERROR", "content-type");
    Ok(())
}
