//! The embedded browser app over HTTP.
//!
//! Owns caching, validation and encodings. Never opens a file: what is not in the program is 404.

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode, Uri,
        header::{
            ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE,
            ETAG, IF_NONE_MATCH, VARY,
        },
    },
    response::{IntoResponse, Response},
};
use hearth_web::File;

use crate::refusal::Refusal;

/// Everything that has no route of its own: a file of the app, or 404.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let Some(file) = hearth_web::file(uri.path(), accepted) else {
        let details = "there is nothing at this address";
        return Refusal::new(StatusCode::NOT_FOUND, "not_found", details).into_response();
    };
    if method != Method::GET && method != Method::HEAD {
        let details = "pages are only read";
        let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", details);
        return ([(ALLOW, HeaderValue::from_static("GET, HEAD"))], refusal).into_response();
    }
    let unchanged = is_unchanged(&headers, &file.etag);
    send(file, unchanged, method == Method::HEAD)
}

fn send(file: File, unchanged: bool, head: bool) -> Response {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    let cache = if file.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Ok(etag) = file.etag.parse() {
        headers.insert(ETAG, etag);
    }
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(file.mime));
    if let Some(encoding) = file.encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    if head {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(file.bytes.len()));
    } else {
        *response.body_mut() = Body::from(file.bytes);
    }
    response
}

/// Whether an `If-None-Match` names the tag; compared weakly (RFC 9110 §13.1.2).
pub(crate) fn is_unchanged(headers: &HeaderMap, etag: &str) -> bool {
    let tags = headers.get_all(IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
    let mut tags = tags.flat_map(|tags| tags.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}
