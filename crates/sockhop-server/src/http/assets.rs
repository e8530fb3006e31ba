//! The web page and its parts, as they were when the hub was built: nothing is read at run time.

use std::borrow::Cow;
use std::fmt::Write as _;

use bytes::Bytes;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH,
};
use hyper::{StatusCode, Uri};
use rust_embed::{EmbeddedFile, RustEmbed};
use sockhop_proto::Refusal;

use super::answer::{self, Answer};
use super::route::no_such_page;

#[derive(RustEmbed)]
#[folder = "page/"]
struct Page;

/// The page, which looks at its own address to know what to show. It may speak to `host`, by which
/// it was asked for, and to nobody else.
pub(super) fn page(host: Option<&str>, headers: &HeaderMap) -> Result<Answer, Refusal> {
    let mut answer = asset("index.html", headers)?;
    let policy = HeaderValue::try_from(policy(host)).expect("a host that is one is ASCII");
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    Ok(answer)
}

/// Scripts, styles and pictures from the hub alone, and no page around it. Older browsers do not
/// count WebSockets as `'self'`.
fn policy(host: Option<&str>) -> String {
    let sockets = match host.filter(|host| is_host(host)) {
        Some(host) => format!(" ws://{host} wss://{host}"),
        None => String::new(),
    };
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'{sockets}; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

/// Whether `host` can stand in a policy, and mean itself there.
fn is_host(host: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    host.bytes().all(plain) && host.parse::<Uri>().is_ok()
}

/// A part of the page; nothing, if the client has it already.
///
/// # Errors
/// There is none of that name.
pub(super) fn asset(name: &str, headers: &HeaderMap) -> Result<Answer, Refusal> {
    let file = Page::get(name).ok_or_else(|| no_such_page(&format!("/-/assets/{name}")))?;
    let tag = tag(&file);
    let known = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .any(|value| value.to_str().is_ok_and(|value| names(value, &tag)));
    let mut answer = if known {
        answer::empty(StatusCode::NOT_MODIFIED)
    } else {
        let bytes = match file.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => bytes.into(),
        };
        answer::whole(StatusCode::OK, media_type(name), bytes)
    };
    let headers = answer.headers_mut();
    let tag = HeaderValue::try_from(tag).expect("hex in quotes");
    headers.insert(ETAG, tag);
    // Kept, but asked for each time: the hub may be a newer one by then.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(answer)
}

fn tag(file: &EmbeddedFile) -> String {
    let mut tag = String::from("\"");
    for byte in &file.metadata.sha256_hash()[..8] {
        // Writing to a String cannot fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag + "\""
}

/// Whether `If-None-Match: value` names `tag` (RFC 9110, 13.1.2).
fn names(value: &str, tag: &str) -> bool {
    let mut tags = value.split(',').map(str::trim);
    tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("webmanifest") => "application/manifest+json",
        Some("json") => answer::JSON,
        Some("png") => "image/png",
        _ => answer::TEXT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_the_page_is_inside_and_nothing_else() {
        let names: Vec<_> = Page::iter().collect();
        for name in [
            "index.html",
            "icon.svg",
            "manifest.webmanifest",
            "main.js",
            "style.css",
        ] {
            assert!(names.iter().any(|known| known == name), "{name}");
        }
        let bytes: usize = names
            .iter()
            .filter_map(|name| Page::get(name))
            .map(|f| f.data.len())
            .sum();
        assert!(bytes < 1 << 20, "{bytes}");
        for outside in ["../Cargo.toml", "/etc/passwd", "", "nothing.js", "room"] {
            assert!(asset(outside, &HeaderMap::new()).is_err(), "{outside}");
        }
    }

    #[test]
    fn what_is_known_is_not_sent_again() {
        let mut headers = HeaderMap::new();
        let fresh = asset("index.html", &headers).unwrap();
        assert_eq!(fresh.status(), StatusCode::OK);
        let tag = fresh.headers()[ETAG].clone();
        headers.insert(IF_NONE_MATCH, tag.clone());
        let again = asset("index.html", &headers).unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers()[ETAG], tag);
        assert!(
            names("\"a\", W/\"b\"", "\"b\"") && names("*", "\"b\"") && !names("\"a\"", "\"b\"")
        );
    }

    #[test]
    fn the_page_speaks_to_its_hub_alone() {
        let hub = policy(Some("10.0.0.7:1337"));
        assert!(
            hub.contains("connect-src 'self' ws://10.0.0.7:1337 wss://10.0.0.7:1337; "),
            "{hub}"
        );
        for bad in ["a b", "a;script-src *", "*", "é", "'self'", "a/b"] {
            assert!(policy(Some(bad)).contains("connect-src 'self'; "), "{bad}");
        }
    }
}
