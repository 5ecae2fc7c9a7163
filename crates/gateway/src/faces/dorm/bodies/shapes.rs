//! Small shapes that several bodies use: printed instants, optional texts, pages, people.
//!
//! What other faces print in the same way lives one room up, in `faces::shapes`.

use std::collections::BTreeMap;

use proto::{page::v1::Request, user::v1::Profile};
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{Object, ObjectBuilder, schema::Type},
};

pub(crate) use crate::faces::shapes::{amount, amount_input_schema, amount_schema, text};
use crate::{extract::values, faces::shapes};

/// Which page is asked for (000-B04).
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageQuery {
    /// Page, from 1.
    #[serde(default = "values::first_page", deserialize_with = "values::page_number")]
    #[param(minimum = 1, default = 1, value_type = Option<i32>)]
    page: i32,
    /// Rows on a page, 1 to 100.
    #[serde(default = "values::usual_page_size", deserialize_with = "values::page_size")]
    #[param(minimum = 1, maximum = 100, default = 10, value_type = Option<i32>)]
    limit: i32,
}

impl PageQuery {
    /// Asks a service for the page.
    pub(crate) fn request(self) -> Option<Request> {
        page(self.page, self.limit)
    }
}

/// Asks a service for a page.
#[expect(clippy::unnecessary_wraps, reason = "a message field is optional on the wire")]
pub(crate) const fn page(number: i32, size: i32) -> Option<Request> {
    Some(Request { number, size })
}

/// A person beside an id.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({"id": 1, "username": "testuser", "full_name": "测试用户"}))]
pub(crate) struct Person {
    id: i64,
    username: String,
    full_name: String,
    /// Address of a picture; left out when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<String>,
}

impl From<Profile> for Person {
    fn from(profile: Profile) -> Self {
        Self {
            id: profile.id,
            username: profile.username,
            full_name: profile.full_name,
            avatar: text(profile.avatar),
        }
    }
}

/// The people named in one answer, by id.
#[derive(Clone, Debug, Default)]
pub(crate) struct People(BTreeMap<i64, Person>);

impl People {
    /// Takes what the user service knows.
    pub(crate) fn new(profiles: Vec<Profile>) -> Self {
        Self(profiles.into_iter().map(|profile| (profile.id, profile.into())).collect())
    }

    /// Names a user; one whom the user service does not know has empty names.
    pub(crate) fn person(&self, id: i64) -> Person {
        self.0.get(&id).cloned().unwrap_or_else(|| Person {
            id,
            username: String::new(),
            full_name: String::new(),
            avatar: None,
        })
    }

    /// Gives user name and full name.
    pub(crate) fn names(&self, id: i64) -> (String, String) {
        let person = self.person(id);
        (person.username, person.full_name)
    }
}

/// Prints an instant as the document does; the moment zero when a service left it out.
pub(crate) fn instant(at: Option<prost_types::Timestamp>) -> String {
    clock::format_instant(shapes::instant(at).unwrap_or_default())
}

/// Prints an instant that may be missing.
pub(crate) fn given_instant(at: Option<prost_types::Timestamp>) -> Option<String> {
    shapes::instant(at).map(clock::format_instant)
}

/// Leaves out an id that says "nobody" or "nothing".
pub(crate) fn given(id: i64) -> Option<i64> {
    (id != 0).then_some(id)
}

/// Describes a percentage with two decimals.
pub(crate) fn percentage_schema() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Number)
        .description(Some("A percentage with at most two decimals, 0 to 100."))
        .examples([serde_json::json!(33.34)])
        .build()
}
