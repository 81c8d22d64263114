//! The description of everything that is served over HTTP, for programs: OpenAPI 3.1.
//!
//! Owns what holds for all routes: the title, the ways to show who one is, the shape of refusals.
//! What one route takes and gives stands beside the route; a test asks the running server whether
//! it is true. The WebSocket is described in `PROTOCOL.md`.

use axum::{Json, Router, response::Response, routing::get};
use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::{
        OpenApi as Description,
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

/// Serves the finished description.
pub(crate) fn serve<S: Clone + Send + Sync + 'static>(whole: Description) -> Router<S> {
    Router::new().route(PATH, get(async move || -> Response { fresh(Json(whole)) }))
}
