//! Invites, leaving, ownership, roles, removal guarded by balances, deletion (contract sections 11, 15).

use anyhow::Result;
use serde_json::json;

use super::super::{
    face::{done, exactly, refused, refused_field, row, said},
    room::Room,
};
use crate::stage::Stage;

pub(super) async fn invites_bring_people_in(stage: &Stage) -> Result<()> {
    let owner = stage.person("host", "房东").await?;
    let (guest, late) = (stage.person("guest_one", "客一").await?, stage.person("guest_two", "客二").await?);
    let room = owner.post("/api/rooms", &json!({"name": "601", "description": ""})).await?.data()?;
    let path = format!("/api/rooms/{}", room["id"]);
    for (body, field) in [
        (json!({"expires_in_hours": 0}), "expires_in_hours"),
        (json!({"expires_in_hours": 100_000}), "expires_in_hours"),
        (json!({"max_uses": 0}), "max_uses"),
        (json!({"max_uses": "many"}), "max_uses"),
        (json!({"role": "admin"}), "role"),
    ] {
        let answer = owner.post(&format!("{path}/invites"), &body).await?;
        refused_field(&answer, 400, "VALIDATION_ERROR", field);
    }
    let terms = json!({"expires_in_hours": 1, "max_uses": 1});
    let invite = said(&owner.post(&format!("{path}/invites"), &terms).await?, "邀请码创建成功");
    exactly(&invite, "code expires_at max_uses", "");
    assert_eq!(invite["max_uses"], 1);

    let code = json!({"code": invite["code"]});
    let joined = said(&guest.post("/api/rooms/join", &code).await?, "加入寝室成功");
    exactly(&joined, "id name description creator_id created_at members", "owner_id");
    assert_eq!(row(&joined["members"], "user_id", guest.user_id)["role"], "member");
    refused(&late.post("/api/rooms/join", &code).await?, 409, "STATE_CONFLICT");
    for code in ["", "NOSUCHCO", "AAAAAAAAAAAAAAAA"] {
        let answer = late.post("/api/rooms/join", &json!({"code": code})).await?;
        assert!(matches!(answer.status, 400 | 404), "{}", answer.text);
    }
    let open = owner.post(&format!("{path}/invites"), &json!({})).await?.data()?;
    let open = json!({"code": open["code"]});
    refused(&guest.post("/api/rooms/join", &open).await?, 409, "DUPLICATE_ENTRY");
    said(&late.post("/api/rooms/join", &open).await?, "加入寝室成功");

    // Who was removed does not come back by an old invite; who left by himself may.
    owner.delete(&format!("{path}/members/{}", late.user_id)).await?;
    let again = late.post("/api/rooms/join", &open).await?;
    assert!((400..500).contains(&again.status), "{}", again.text);
    done(&guest.delete(&format!("{path}/members/{}", guest.user_id)).await?, "成员移除成功");
    said(&guest.post("/api/rooms/join", &open).await?, "加入寝室成功");
    Ok(())
}

pub(super) async fn roles_and_ownership_change_hands(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "owners").await?;
    let (owner, heir) = (room.admin(), &room.people[1]);
    let member = |client: &crate::client::Client| room.path(&format!("/members/{}", client.user_id));
    refused(&owner.put(&member(owner), &json!({"role": "member"})).await?, 409, "STATE_CONFLICT");
    let promoted = said(&owner.put(&member(heir), &json!({"role": "admin"})).await?, "成员角色更新成功");
    exactly(&promoted, "room_id user_id role joined_at", "");
    assert_eq!(promoted["role"], "admin");
    heir.put(&room.path(""), &json!({"name": "新名"})).await?.data()?;
    refused_field(
        &owner.put(&member(heir), &json!({"role": "owner"})).await?,
        400,
        "VALIDATION_ERROR",
        "role",
    );

    let stranger = json!({"user_id": 999});
    refused_field(&owner.post(&room.path("/transfer"), &stranger).await?, 400, "VALIDATION_ERROR", "user_id");
    let next = &room.people[2];
    let transfer = json!({"user_id": next.user_id});
    let handed = said(&owner.post(&room.path("/transfer"), &transfer).await?, "寝室所有权转让成功");
    assert_eq!((&handed["owner_id"], &handed["creator_id"]), (&json!(next.user_id), &json!(owner.user_id)));
    assert_eq!(row(&handed["members"], "user_id", next.user_id)["role"], "admin");
    refused(&owner.post(&room.path("/transfer"), &transfer).await?, 403, "FORBIDDEN");
    done(&owner.delete(&member(owner)).await?, "成员移除成功");
    refused(&owner.get(&room.path("")).await?, 404, "NOT_FOUND");
    done(&next.delete(&room.path("")).await?, "寝室删除成功");
    refused(&next.get(&room.path("")).await?, 404, "NOT_FOUND");
    Ok(())
}

pub(super) async fn nobody_goes_with_an_open_balance(stage: &Stage) -> Result<()> {
    let room = Room::of_other_four(stage, "guarded").await?;
    let (owner, debtor) = (room.admin(), &room.people[1]);
    let me = room.path(&format!("/members/{}", debtor.user_id));
    owner.post("/api/expenses", &room.expense("饭", "40.00")).await?.data()?;
    for client in [owner, debtor] {
        let answer = client.delete(&me).await?;
        refused(&answer, 409, "STATE_CONFLICT");
        assert!(answer.error().contains("10.00"), "says how much: {}", answer.text);
    }
    refused(&owner.delete(&room.path("")).await?, 409, "STATE_CONFLICT");
    assert_eq!(debtor.get(&room.path("")).await?.status, 200, "still in");
    debtor.post("/api/expenses", &room.expense("还在", "4.00")).await?.data()?;

    let paid = json!({"from_user_id": debtor.user_id, "to_user_id": owner.user_id, "amount": "11.00"});
    said(&debtor.post(&room.path("/settlements"), &paid).await?, "结算记录创建成功");
    done(&debtor.delete(&me).await?, "成员移除成功");
    // Names him no more, and he is not shared with any more.
    let mut named = room.expense("x", "4.00");
    named["paid_by"] = json!(debtor.user_id);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    refused_field(&owner.post("/api/expenses", &named).await?, 400, "VALIDATION_ERROR", "paid_by");
    let shared = owner.post("/api/expenses", &room.expense("三人", "3.00")).await?.data()?;
    assert_eq!(shared["splits"].as_array().unwrap().len(), 3, "{shared}");
    Ok(())
}
