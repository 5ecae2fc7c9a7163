//! The description of a face in OpenAPI 3.1, made of the code.
//!
//! Paths, bodies and parameters come from the handlers, the words of the head from the face's `about`; here is what
//! is the same for all of them: who may call (from `access`), the refusals.

use fault::Code;
use http::Method;
use utoipa::{
    PartialSchema as _,
    openapi::{
        ComponentsBuilder, ContactBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathItem,
        Ref, RefOr, Response, ResponseBuilder, Schema, Tag,
        path::{Operation, ParameterBuilder, ParameterIn},
        security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
        server::ServerBuilder,
        tag::TagBuilder,
    },
};

use crate::{
    access::{self, Who},
    problem::Problem,
};

const SCHEME: &str = "bearer";

/// What a face says of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    pub(crate) name: &'static str,
    /// Where the description is served.
    pub(crate) path: &'static str,
    pub(crate) text: &'static str,
    /// Tag and what it stands for.
    pub(crate) tags: &'static [(&'static str, &'static str)],
    /// Name and schema of the body of a refusal.
    pub(crate) refusal: fn() -> (String, RefOr<Schema>),
}

/// Refusals that every route may answer with.
const EVERYWHERE: [(Code, &str); 4] = [
    (Code::ValidationError, "The request breaks a rule; the answer names the field and the rule."),
    (Code::RateLimitExceeded, "Too many requests in a minute."),
    (Code::InternalError, "A mistake of ours; the id of the request names it in our logs."),
    (Code::ServiceUnavailable, "Something needed is away; try again after `Retry-After` seconds."),
];
const WITH_TOKEN: (Code, &str) = (Code::AuthRequired, "No token, or one that is not valid or has expired.");
const FOR_OPERATORS: (Code, &str) = (Code::Forbidden, "Only for administrators.");
const FOR_HOLDERS: (Code, &str) = (Code::Forbidden, "Only for holders of a permission, and administrators.");
const ON_OBJECTS: [(Code, &str); 2] = [
    (Code::Forbidden, "The caller may know of the object and may not do this."),
    (Code::NotFound, "There is no such object, or none that the caller may see."),
];
const ON_WRITES: [(Code, &str); 3] = [
    (Code::StateConflict, "The state of the object forbids it, or there is such an entry already."),
    (Code::IdempotencyConflict, "The idempotency key belongs to another request."),
    (Code::PayloadTooLarge, "The body is too large."),
];

/// Completes what the routes of a face say of themselves.
pub(crate) fn describe(about: &About, routes: OpenApi) -> OpenApi {
    let (refusal, schema) = (about.refusal)();
    let mut api = head(about, &refusal, schema);
    api.merge(routes);
    for (path, item) in &mut api.paths.paths {
        for (method, operation) in operations(item) {
            complete(&method, path, operation, &refusal);
        }
    }
    api
}

fn head(about: &About, refusal: &str, schema: RefOr<Schema>) -> OpenApi {
    let info = InfoBuilder::new()
        .title(format!("dormpay: {} face", about.name))
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(about.text))
        .contact(Some(ContactBuilder::new().name(Some("dormpay")).build()))
        .build();
    let scheme = SecurityScheme::Http(
        Http::builder()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("The `token` of `POST /api/auth/login`."))
            .build(),
    );
    let components = ComponentsBuilder::new().schema(refusal, schema).security_scheme(SCHEME, scheme).build();
    let tag = |(name, about): &(&str, &str)| -> Tag {
        TagBuilder::new().name(*name).description(Some(*about)).build()
    };
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .servers(Some([ServerBuilder::new().url("/").description(Some("this gateway")).build()]))
        .tags(Some(about.tags.iter().map(tag)))
        .build()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    [
        (Method::GET, &mut item.get),
        (Method::POST, &mut item.post),
        (Method::PUT, &mut item.put),
        (Method::DELETE, &mut item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn complete(method: &Method, path: &str, operation: &mut Operation, body: &str) {
    let who = access::row(method, path);
    if who == Some(Who::Provider) {
        return;
    }
    let mut refusals = EVERYWHERE.to_vec();
    if who != Some(Who::Anyone) {
        operation.security = Some(vec![SecurityRequirement::new(SCHEME, Vec::<String>::new())]);
        refusals.push(WITH_TOKEN);
    }
    if path.contains('{') {
        refusals.extend(ON_OBJECTS);
    } else {
        match who {
            Some(Who::Operator) => refusals.push(FOR_OPERATORS),
            Some(Who::PaymentReader | Who::PaymentWriter) => refusals.push(FOR_HOLDERS),
            Some(Who::Anyone | Who::Guest | Who::Member | Who::Provider) | None => {}
        }
    }
    if *method != Method::GET {
        refusals.extend(ON_WRITES);
    }
    if *method == Method::POST {
        let parameter = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .description(Some("Names this request, so that it takes effect once."))
            .schema(Some(String::schema()))
            .build();
        operation.parameters.get_or_insert_default().push(RefOr::T(parameter));
    }
    for (code, about) in refusals {
        operation
            .responses
            .responses
            .entry(Problem::status_text(code))
            .or_insert(RefOr::T(refusal(about, body)));
    }
}

fn refusal(about: &str, body: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(body))).build();
    ResponseBuilder::new().description(about).content("application/json", content).build()
}
