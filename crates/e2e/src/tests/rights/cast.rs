//! Everybody and everything the stories about rights need.

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};

use super::super::face::row;
use crate::{
    client::{Answer, Client},
    stage::{PASSWORD, Stage},
};

/// The ids of a room and what is in it.
#[derive(Clone, Debug)]
pub(super) struct Things {
    pub(super) room: i64,
    /// Paid by the owner.
    pub(super) expense: i64,
    /// The admin's share of the expense.
    pub(super) split: i64,
    /// Of the owner, waiting for its review.
    pub(super) bill: i64,
    /// Of the owner, approved by the admin.
    pub(super) approved: i64,
    /// The admin's share of the approved bill.
    pub(super) bill_split: i64,
    /// Between admin and owner.
    pub(super) dispute: i64,
    /// From admin to owner.
    pub(super) settlement: i64,
    /// A receipt of the expense.
    pub(super) receipt: i64,
    /// Of the owner.
    pub(super) notification: i64,
}

/// The people, by what they are to the room.
pub(super) struct Cast {
    pub(super) nobody: Client,
    pub(super) owner: Client,
    /// A second admin of the room.
    pub(super) admin: Client,
    pub(super) member: Client,
    /// Was a member until a moment ago.
    pub(super) ex_member: Client,
    /// Owner of another room.
    pub(super) stranger: Client,
    /// Plain member of the other room.
    pub(super) other: Client,
    /// Administrator of the platform, member of nothing.
    pub(super) operator: Client,
    /// Logged in before his account was shut.
    pub(super) disabled: Client,
    pub(super) things: Things,
    /// The other room's.
    pub(super) foreign: Things,
}

/// A request without its author.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<Value>,
}

impl Ask {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), body: None }
    }

    pub(super) fn delete(path: impl Into<String>) -> Self {
        Self { method: Method::DELETE, path: path.into(), body: None }
    }

    pub(super) fn post(path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::POST, path: path.into(), body: Some(body) }
    }

    pub(super) fn put(path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::PUT, path: path.into(), body: Some(body) }
    }

    /// Sends it in somebody's name.
    pub(super) async fn by(&self, client: &Client) -> Result<Answer> {
        let request = client.request(self.method.clone(), &self.path);
        let request = match &self.body {
            Some(body) => request.json(body),
            None => request,
        };
        client.send(request).await
    }
}

/// The smallest file that is a png.
pub(in crate::tests) const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82";

impl Cast {
    pub(super) async fn gather(stage: &Stage) -> Result<Self> {
        let nobody = stage.nobody()?;
        let names = ["owner", "admin2", "member", "ex_member", "stranger", "other", "disabled"];
        let mut people = Vec::new();
        for name in names {
            nobody.register(name, &format!("{name}的全名")).await?;
            people.push(nobody.login(name, PASSWORD).await?);
        }
        let Ok([owner, admin, member, ex_member, stranger, other, disabled]) =
            <[Client; 7]>::try_from(people)
        else {
            panic!("seven names")
        };
        let things = furnish(&owner, &admin, &[&member, &ex_member]).await?;
        let foreign = furnish(&stranger, &other, &[]).await?;
        let operator = stage.admin().await?;
        let path = format!("/api/admin/users/{}/status", disabled.user_id);
        operator.put(&path, &json!({"disabled": true})).await?.data()?;
        let path = format!("/api/rooms/{}/members/{}", things.room, ex_member.user_id);
        owner.delete(&path).await?.data()?;
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
        Ok(Self {
            nobody,
            owner,
            admin,
            member,
            ex_member,
            stranger,
            other,
            operator,
            disabled,
            things,
            foreign,
        })
    }

    /// Everything the stories try to change, as its owners see it.
    pub(super) async fn state(&self) -> Result<Vec<Value>> {
        let mut seen = Vec::new();
        for (client, things) in [(&self.owner, &self.things), (&self.stranger, &self.foreign)] {
            let Things { room, expense, bill, .. } = things;
            for path in [
                format!("/api/rooms/{room}"),
                format!("/api/rooms/{room}/balances"),
                format!("/api/rooms/{room}/disputes"),
                format!("/api/rooms/{room}/settlements"),
                format!("/api/expenses/{expense}"),
                format!("/api/expenses?room_id={room}"),
                format!("/api/bills/{bill}"),
                format!("/api/bills?room_id={room}"),
                "/api/users/me".to_owned(),
            ] {
                seen.push(client.get(&path).await?.data()?);
            }
        }
        let task = self.operator.get("/api/payment-optimization/task-status").await?.data()?;
        seen.push(task["payment_reminder"]["success_count"].clone());
        Ok(seen)
    }
}

/// A room with an expense, a bill, a dispute, a settlement, a receipt and a notification.
async fn furnish(owner: &Client, admin: &Client, members: &[&Client]) -> Result<Things> {
    let room = owner.post("/api/rooms", &json!({"name": "房间", "description": ""})).await?.data()?;
    let room = id(&room);
    let add = format!("/api/rooms/{room}/members");
    owner.post(&add, &json!({"user_id": admin.user_id, "role": "admin"})).await?.data()?;
    for member in members {
        owner.post(&add, &json!({"user_id": member.user_id, "role": "member"})).await?.data()?;
    }
    let receipt = id(&owner.upload("/api/uploads", "receipt.png", PNG.to_vec(), &[]).await?.data()?);
    let people = json!([{"user_id": owner.user_id}, {"user_id": admin.user_id}]);
    let expense = json!({"title": "费用", "amount": 100, "category": "food", "description": "", "room_id": room,
        "date": "2026-01-01", "split_type": "equal", "paid_by": owner.user_id, "splits": people,
        "receipts": [receipt]});
    let told = owner.post("/api/expenses", &expense).await?.data()?;
    let (expense, split) = (id(&told), id(row(&told["splits"], "user_id", admin.user_id)));
    let bill = json!({"title": "账单", "description": "", "due_date": "2099-01-01", "room_id": room,
        "items": [{"expense_id": expense, "amount": 25}], "split_type": "equal", "splits": people});
    let pending = id(&owner.post("/api/bills", &bill).await?.data()?);
    let approved = owner.post("/api/bills", &bill).await?.data()?;
    let (approved, bill_split) = (id(&approved), id(row(&approved["splits"], "user_id", admin.user_id)));
    let review = json!({"status": "approved", "review_comment": ""});
    admin.post(&format!("/api/bills/{approved}/review"), &review).await?.data()?;
    let dispute = json!({"split_id": split, "reason": "没有吃"});
    let dispute = admin.post(&format!("/api/expenses/{expense}/disputes"), &dispute).await?.data()?;
    let settlement = json!({"from_user_id": admin.user_id, "to_user_id": owner.user_id, "amount": 1});
    let settlement = admin.post(&format!("/api/rooms/{room}/settlements"), &settlement).await?.data()?;
    let notification = notification(owner).await?;
    Ok(Things {
        room,
        expense,
        split,
        bill: pending,
        approved,
        bill_split,
        dispute: id(&dispute),
        settlement: id(&settlement),
        receipt,
        notification,
    })
}

/// The owner hears of the dispute; that may take a moment.
async fn notification(owner: &Client) -> Result<i64> {
    for _ in 0..100 {
        let rows = owner.get("/api/notifications").await?.data()?;
        if let Some(row) = rows.as_array().and_then(|rows| rows.first()) {
            return Ok(id(row));
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no notification of the dispute")
}

pub(super) fn id(value: &Value) -> i64 {
    value["id"].as_i64().unwrap_or_else(|| panic!("no id: {value}"))
}
