//! How stored things look in the contract.
//!
//! Only forms change here. The rule not to be broken: no password hash and no token passes through.

use host::timestamp;
use identity::Role;
use prost::Message as _;
use proto::user::v1::{self as wire, NotificationFacts};

use crate::{
    domain::permission,
    store::{accounts::Account, directory::Profile, notifications::Row, uploads::Upload},
};

pub(crate) const fn role(role: Role) -> wire::Role {
    match role {
        Role::User => wire::Role::User,
        Role::Admin => wire::Role::Admin,
    }
}

pub(crate) fn user(account: Account) -> wire::User {
    wire::User {
        id: account.id,
        username: account.username,
        email: account.email,
        full_name: account.full_name,
        role: role(account.role).into(),
        permissions: permission::held(account.role, &account.permissions),
        avatar: account.avatar,
        disabled: account.disabled,
        created_at: Some(timestamp(account.created_at)),
        updated_at: Some(timestamp(account.updated_at)),
    }
}

pub(crate) fn profile(profile: Profile) -> wire::Profile {
    wire::Profile {
        id: profile.id,
        username: profile.username,
        full_name: profile.full_name,
        avatar: profile.avatar,
    }
}

pub(crate) fn notification(row: Row) -> wire::Notification {
    wire::Notification {
        id: row.id,
        r#type: row.kind,
        title: row.title,
        body: row.body,
        // Facts that an older version wrote may not be readable; title and body still are.
        facts: Some(NotificationFacts::decode(row.facts.as_slice()).unwrap_or_default()),
        is_read: row.read_at.is_some(),
        created_at: Some(timestamp(row.created_at)),
    }
}

pub(crate) fn upload(upload: Upload) -> wire::UploadInfo {
    wire::UploadInfo {
        id: upload.id,
        owner_id: upload.owner_id,
        content_type: upload.content_type,
        size_bytes: upload.size_bytes,
        is_avatar: upload.is_avatar,
        created_at: Some(timestamp(upload.created_at)),
    }
}
