//! The description of everything that is served over HTTP, for programs: OpenAPI 3.1.
//!
//! Owns what holds for all routes: the title, the ways to show who one is, the shape of refusals.
//! What one route takes and gives stands beside the route; a test asks the running server whether
//! it is true. The WebSocket is described in `PROTOCOL.md`.

use axum::{Json, Router, http::StatusCode, response::Response, routing::get};
use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::{
        Content, OpenApi as Description, PathItem, Ref, ResponseBuilder,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::rest::fresh;

/// Where the description is.
pub(crate) const PATH: &str = "/api/openapi.json";

/// How a refusal looks.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, written by `Refusal`")]
pub(crate) struct Problem {
    /// A stable code, for programs.
    #[schema(pattern = "^[a-z_]+$")]
    error: String,
    /// What happened and what to do next, for people; may change.
    details: String,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Hearth",
        description = "Voice rooms that you host yourself. Rooms, chat and direct messages are on \
                       the WebSocket at /ws, which PROTOCOL.md describes.",
        license(name = "MIT", identifier = "MIT"),
    ),
    components(schemas(Problem)),
    modifiers(&Proofs),
)]
struct Whole;

struct Proofs;

impl Modify for Proofs {
    fn modify(&self, whole: &mut Description) {
        let parts = whole.components.get_or_insert_default();
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The token of the WebSocket's `hello`"));
        parts.add_security_scheme("bearer", SecurityScheme::Http(bearer.build()));
        let cookie = ApiKeyValue::with_description(
            crate::blobs::COOKIE_NAME,
            "Set by PUT /api/blobs/cookie, for <audio>; plays sounds and does nothing else",
        );
        parts.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// What the description begins with.
pub(crate) fn beginning() -> Description {
    Whole::openapi()
}

/// Says of all operations so far that pages of foreign origins are refused (`origin::share`).
pub(crate) fn refuses_foreign(part: &mut Description) {
    refuses(part, StatusCode::FORBIDDEN, "A page of another origin");
}

/// Says of all operations so far that they may be refused, and why.
fn refuses(part: &mut Description, status: StatusCode, why: &str) {
    let refused = |with_body: bool| {
        let refused = ResponseBuilder::new().description(why);
        let problem = || Content::new(Some(Ref::from_schema_name("Problem")));
        if with_body { refused.content("application/json", problem()) } else { refused }.build()
    };
    for item in part.paths.paths.values_mut() {
        let PathItem { get, put, post, delete, patch, head, .. } = item;
        let bodies = [get, put, post, delete, patch].into_iter().map(|it| (it, true));
        for (operation, with_body) in bodies.chain([(head, false)]) {
            if let Some(operation) = operation {
                let responses = &mut operation.responses.responses;
                let described = responses.entry(status.as_str().to_owned());
                described.or_insert_with(|| refused(with_body).into());
            }
        }
    }
}

/// Serves the finished description. Every route is behind the rate of its address.
pub(crate) fn serve<S: Clone + Send + Sync + 'static>(mut whole: Description) -> Router<S> {
    refuses(&mut whole, StatusCode::TOO_MANY_REQUESTS, "Wait as Retry-After says");
    Router::new().route(PATH, get(async move || -> Response { fresh(Json(whole)) }))
}
