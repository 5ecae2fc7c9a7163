//! The description of the dorm face in OpenAPI 3.1, made of the code.
//!
//! Paths, bodies and parameters come from the handlers; here is what is the same for all of them: the head, who
//! may call (from `access`), the refusals.

use fault::Code;
use http::Method;
use utoipa::{
    PartialSchema as _, ToSchema as _,
    openapi::{
        ComponentsBuilder, ContactBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathItem,
        Ref, RefOr, Response, ResponseBuilder, Tag,
        path::{Operation, ParameterBuilder, ParameterIn},
        security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
        server::ServerBuilder,
        tag::TagBuilder,
    },
};

use crate::{
    access::{self, Who},
    problem::{Problem, ProblemBody},
};

const SCHEME: &str = "bearer";
const ABOUT: &str = "\
Shared expenses of a flat: users, rooms, expenses, bills, balances, statistics, live events.

* Messages are Chinese; `Accept-Language: en` gives English. Codes never change.
* Amounts are numbers with exactly two decimals; input may also be text. No exponent, no separators.
* `Idempotency-Key` (1 to 255 printable ASCII characters) is honoured on every POST: the same key and body give the \
first answer again with `Idempotent-Replayed: true`.
* 100 requests a minute per user, else per address: `X-RateLimit-Limit`, `-Remaining`, `-Reset`, `Retry-After`.
* Live events: a WebSocket at `/ws` (or the root of port 3000). Send `{\"type\":\"auth\",\"token\":\"…\"}` within 10 s, \
then `{\"type\":\"subscribe\",\"events\":[\"expenses\",\"bills\"]}`; after a break \
`{\"type\":\"resume\",\"room_id\":1,\"after_seq\":41}`. Frames hold at most 64 KiB. `seq` counts all events of a room; who \
subscribes to some topics sees holes where the others were. Close codes: 1008 not admitted, 1009 frame too large, \
1012 restarting, 1013 reader too slow or too many sockets.";
const TAGS: [(&str, &str); 12] = [
    ("auth", "Registering, logging in and out"),
    ("users", "The user himself and others"),
    ("rooms", "Rooms, members, invites"),
    ("expenses", "Expenses and their shares, import"),
    ("balances", "Who owes whom, and settling it"),
    ("bills", "Bills: several expenses for review and payment"),
    ("disputes", "Disputes of one share"),
    ("stats", "Statistics"),
    ("uploads", "Avatars and receipts"),
    ("notifications", "What a user should know"),
    ("tasks", "Scheduled tasks around payments, for administrators"),
    ("admin", "Accounts and the audit trail, for administrators"),
];
/// Refusals that every route may answer with.
const EVERYWHERE: [(Code, &str); 4] = [
    (Code::ValidationError, "The request breaks a rule; `error` names the field and the rule."),
    (Code::RateLimitExceeded, "Too many requests in a minute."),
    (Code::InternalError, "A mistake of ours; `request_id` names it in our logs."),
    (Code::ServiceUnavailable, "Something needed is away; try again after `Retry-After` seconds."),
];
const WITH_TOKEN: (Code, &str) = (Code::AuthRequired, "No token, or one that is not valid or has expired.");
const FOR_OPERATORS: (Code, &str) = (Code::Forbidden, "Only for administrators.");
const ON_OBJECTS: [(Code, &str); 2] = [
    (Code::Forbidden, "The caller may know of the object and may not do this."),
    (Code::NotFound, "There is no such object, or none that the caller may see."),
];
const ON_WRITES: [(Code, &str); 3] = [
    (Code::StateConflict, "The state of the object forbids it, or there is such an entry already."),
    (Code::IdempotencyConflict, "The idempotency key belongs to another request."),
    (Code::PayloadTooLarge, "The body is too large."),
];

/// Completes what the routes say of themselves.
pub(crate) fn describe(routes: OpenApi) -> OpenApi {
    let mut api = head();
    api.merge(routes);
    for (path, item) in &mut api.paths.paths {
        for (method, operation) in operations(item) {
            complete(&method, path, operation);
        }
    }
    api
}

fn head() -> OpenApi {
    let info = InfoBuilder::new()
        .title("dormpay: dorm face")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .contact(Some(ContactBuilder::new().name(Some("dormpay")).build()))
        .build();
    let scheme = SecurityScheme::Http(
        Http::builder()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("The `token` of `POST /api/auth/login`."))
            .build(),
    );
    let components = ComponentsBuilder::new()
        .schema(ProblemBody::name(), ProblemBody::schema())
        .security_scheme(SCHEME, scheme)
        .build();
    let tag = |(name, about): (&str, &str)| -> Tag {
        TagBuilder::new().name(name).description(Some(about)).build()
    };
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .servers(Some([ServerBuilder::new().url("/").description(Some("this gateway")).build()]))
        .tags(Some(TAGS.map(tag)))
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

fn complete(method: &Method, path: &str, operation: &mut Operation) {
    let who = access::row(method, path);
    let mut refusals = EVERYWHERE.to_vec();
    if who != Some(Who::Anyone) {
        operation.security = Some(vec![SecurityRequirement::new(SCHEME, Vec::<String>::new())]);
        refusals.push(WITH_TOKEN);
    }
    if path.contains('{') {
        refusals.extend(ON_OBJECTS);
    } else if who == Some(Who::Operator) {
        refusals.push(FOR_OPERATORS);
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
        operation.responses.responses.entry(Problem::status_text(code)).or_insert(RefOr::T(refusal(about)));
    }
}

fn refusal(about: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemBody::name()))).build();
    ResponseBuilder::new().description(about).content("application/json", content).build()
}
