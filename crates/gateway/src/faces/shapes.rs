//! Small shapes that every face prints in the same way: amounts and their schemas, instants, texts that may be empty.
//!
//! Names and envelopes do not live here: they are what makes a face.

use chrono::{DateTime, Utc};
use money::Minor;
use utoipa::openapi::{
    Object, ObjectBuilder, OneOfBuilder, RefOr, Schema,
    schema::{KnownFormat, SchemaFormat, Type},
};

/// Reads an instant of a service; none when it is not set or none at all.
pub(crate) fn instant(at: Option<prost_types::Timestamp>) -> Option<DateTime<Utc>> {
    let at = at?;
    DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).ok()?)
}

/// Leaves out an empty text.
pub(crate) fn text(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// Gives the address from which the request comes; empty outside of one.
pub(crate) fn client_address() -> String {
    rpc::context::current().and_then(|context| context.client_address).unwrap_or_default()
}

/// Gives an amount.
pub(crate) const fn amount(minor: i64) -> Minor {
    Minor::new(minor)
}

/// Describes a printed amount: a number with exactly two decimals.
pub(crate) fn amount_schema() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Number)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Double)))
        .description(Some("An amount with exactly two decimals."))
        .examples([serde_json::json!(100.50)])
        .build()
}

/// Describes an amount that is read: a number or a text in plain decimal notation.
pub(crate) fn amount_input_schema() -> RefOr<Schema> {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(r"^(0|[1-9]\d{0,7})(\.\d{1,2})?$"))
        .build();
    let either = OneOfBuilder::new()
        .item(RefOr::T(Schema::Object(amount_schema())))
        .item(RefOr::T(Schema::Object(text)))
        .description(Some("Plain decimal notation, at most two decimals, at most 99999999.99."))
        .build();
    RefOr::T(Schema::OneOf(either))
}
