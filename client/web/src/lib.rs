//! The browser app, built by `build.rs` and carried inside the program.
//!
//! Owns the files and what HTTP must say about each: type, encoding, tag, how long it may be kept.
//! Never opens a socket or a file.

use std::borrow::Cow;

use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/dist"]
struct Dist;

/// One file as it is to be sent.
#[derive(Debug, Clone)]
pub struct File {
    /// The body.
    pub bytes: Cow<'static, [u8]>,
    /// `Content-Type`.
    pub mime: &'static str,
    /// `Content-Encoding`; `None` for the plain bytes.
    pub encoding: Option<&'static str>,
    /// `ETag`, quotes included. Differs between the encodings of a file (RFC 9110 §8.8.3).
    pub etag: String,
    /// The name carries a hash of the contents: it may be kept for ever. Anything else must be
    /// asked for again each time (`Cache-Control: no-cache`).
    pub immutable: bool,
}

/// The file at `path` of the site (`/` is the page), in the smallest form that the request's
/// `Accept-Encoding` takes. A response with several forms needs `Vary: Accept-Encoding`.
///
/// `None` if there is no such file; no `path`, however written, reaches anything else.
#[must_use]
pub fn file(path: &str, accept_encoding: Option<&str>) -> Option<File> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = if path.is_empty() { "index.html" } else { path };
    let mime = mime(path)?;
    let immutable = path.starts_with("assets/");
    for (encoding, ending) in [("br", ".br"), ("gzip", ".gz")] {
        if accept_encoding.is_some_and(|accepted| accepts(accepted, encoding))
            && let Some(packed) = Dist::get(&format!("{path}{ending}"))
        {
            let etag = etag(&packed);
            let encoding = Some(encoding);
            return Some(File { bytes: packed.data, mime, encoding, etag, immutable });
        }
    }
    let plain = Dist::get(path)?;
    let etag = etag(&plain);
    Some(File { bytes: plain.data, mime, encoding: None, etag, immutable })
}

/// The types that the app consists of. Endings that are not listed are not served.
fn mime(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit_once('.')?;
    Some(match ending {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        _ => return None,
    })
}

/// `Accept-Encoding` (RFC 9110 §12.5.3): named, or covered by `*`, and not with weight 0.
fn accepts(accept_encoding: &str, encoding: &str) -> bool {
    let mut any = false;
    for part in accept_encoding.split(',') {
        let (name, weight) = part.split_once(';').unwrap_or((part, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|q| q.trim().parse().ok());
        let taken = weight.unwrap_or(1.0_f32) > 0.0;
        if name.trim().eq_ignore_ascii_case(encoding) {
            return taken;
        }
        any |= name.trim() == "*" && taken;
    }
    any
}

fn etag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let head: [u8; 16] = std::array::from_fn(|i| hash[i]);
    format!("\"{:032x}\"", u128::from_be_bytes(head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_there_and_is_asked_for_each_time() {
        let page = file("/", None).unwrap();
        assert_eq!(page.mime, "text/html; charset=utf-8");
        assert!(!page.immutable);
        assert_eq!(page.encoding, None);
        assert!(std::str::from_utf8(&page.bytes).unwrap().contains("<!doctype html>"));
        assert_eq!(page.etag, file("index.html", None).unwrap().etag);
    }

    #[test]
    fn the_script_is_immutable_and_compressed() {
        let page = file("/", None).unwrap();
        let page = std::str::from_utf8(&page.bytes).unwrap();
        let script =
            page.split('"').find(|text| text.starts_with("/assets/") && text.ends_with(".js"));
        let script = script.unwrap();
        let plain = file(script, None).unwrap();
        let brotli = file(script, Some("gzip, deflate, br")).unwrap();
        let gzip = file(script, Some("gzip, br;q=0")).unwrap();
        assert!(plain.immutable && brotli.immutable);
        assert_eq!((brotli.encoding, gzip.encoding), (Some("br"), Some("gzip")));
        assert!(brotli.bytes.len() < gzip.bytes.len() && gzip.bytes.len() < plain.bytes.len());
        assert!(brotli.etag != plain.etag && gzip.etag != plain.etag);
        assert_eq!(brotli.mime, "text/javascript; charset=utf-8");
    }

    #[test]
    fn nothing_else_is_reached() {
        let paths =
            ["/nope.js", "//index.html", "/../Cargo.toml", "/assets/", "/assets/..", "/%2e"];
        for path in paths.iter().chain(&["/index.html.br", "/index.html/", "/\0", "/./index.html"])
        {
            assert!(file(path, Some("br")).is_none(), "{path}");
        }
    }

    #[test]
    fn weights_are_read() {
        assert!(accepts("gzip;q=0.5, br;q=1.0", "br"));
        assert!(accepts("*", "br"));
        assert!(accepts("BR", "br"));
        assert!(!accepts("br;q=0, *", "br"));
        assert!(!accepts("gzip", "br"));
        assert!(!accepts("*;q=0", "gzip"));
        assert!(!accepts("", "gzip"));
    }
}
