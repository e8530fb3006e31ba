//! The web page and its parts, as they were when the hub was built: nothing is read at run time.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Read as _;
use std::sync::{LazyLock, OnceLock};

use bytes::Bytes;
use flate2::Compression;
use flate2::bufread::GzEncoder;
use hyper::StatusCode;
use hyper::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ETAG, HeaderMap, HeaderValue,
    IF_NONE_MATCH, VARY,
};
use rust_embed::{EmbeddedFile, RustEmbed};
use sockhop_proto::Refusal;

use super::answer::{self, Answer};
use super::encoding::takes_gzip;
use super::route::no_such_page;

#[derive(RustEmbed)]
#[folder = "page/"]
struct Page;

/// The page, which looks at its own address to know what to show. It may speak to `host`, by which
/// it was asked for, and to nobody else.
///
/// # Errors
/// There is none, where the hub was built without.
pub(super) fn page(host: Option<&str>, headers: &HeaderMap) -> Result<Answer, Refusal> {
    let mut answer = asset("index.html", headers)?;
    let policy = HeaderValue::try_from(policy(host)).expect("a host that is one is ASCII");
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    Ok(answer)
}

/// Scripts, styles and pictures from the hub alone, and no page around it. Older browsers do not
/// count WebSockets as `'self'`.
fn policy(host: Option<&str>) -> String {
    let sockets = match host {
        Some(host) => format!(" ws://{host} wss://{host}"),
        None => String::new(),
    };
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'{sockets}; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

/// A part of the page; nothing, if the client has it already.
///
/// # Errors
/// There is none of that name.
pub(super) fn asset(name: &str, headers: &HeaderMap) -> Result<Answer, Refusal> {
    let file = Page::get(name).ok_or_else(|| no_such_page(&format!("/-/assets/{name}")))?;
    let packed = if takes_gzip(headers) {
        packed(name)
    } else {
        None
    };
    let tag = tag(&file, packed.is_some());
    let known = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .any(|value| value.to_str().is_ok_and(|value| names(value, &tag)));
    let mut answer = if known {
        answer::empty(StatusCode::NOT_MODIFIED)
    } else {
        let bytes = match (&packed, file.data) {
            (Some(packed), _) => packed.clone(),
            (None, Cow::Borrowed(bytes)) => Bytes::from_static(bytes),
            (None, Cow::Owned(bytes)) => bytes.into(),
        };
        answer::whole(StatusCode::OK, media_type(name), bytes)
    };
    let headers = answer.headers_mut();
    if packed.is_some() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    let tag = HeaderValue::try_from(tag).expect("hex in quotes");
    headers.insert(ETAG, tag);
    // Kept, but asked for each time: the hub may be a newer one by then.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let varying = HeaderValue::from_static("Accept, Accept-Encoding, Origin");
    headers.insert(VARY, varying);
    Ok(answer)
}

/// A part of the page as gzip, made when it is first asked for; none, where that makes it no shorter.
fn packed(name: &str) -> Option<Bytes> {
    static PACKED: LazyLock<HashMap<Cow<'static, str>, OnceLock<Option<Bytes>>>> =
        LazyLock::new(|| Page::iter().map(|name| (name, OnceLock::new())).collect());
    let packed = PACKED.get(name)?.get_or_init(|| {
        let plain = Page::get(name)?.data;
        let mut packed = Vec::new();
        let mut reader = GzEncoder::new(&*plain, Compression::best());
        reader.read_to_end(&mut packed).ok()?;
        (packed.len() < plain.len()).then(|| packed.into())
    });
    packed.clone()
}

/// A name for these very bytes.
fn tag(file: &EmbeddedFile, is_packed: bool) -> String {
    let mut tag = String::from("\"");
    for byte in &file.metadata.sha256_hash()[..8] {
        // Writing to a String cannot fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag + if is_packed { "-gz\"" } else { "\"" }
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
    use hyper::header::ACCEPT_ENCODING;

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
        for outside in ["../Cargo.toml", "/etc/passwd", "", "nothing.js", "room"] {
            assert!(asset(outside, &HeaderMap::new()).is_err(), "{outside}");
        }
    }

    #[test]
    fn what_is_packed_unpacks() {
        let mut sent = 0;
        for name in Page::iter() {
            let plain = Page::get(&name).unwrap().data;
            let Some(packed) = packed(&name) else {
                sent += plain.len();
                continue;
            };
            sent += packed.len();
            let mut unpacked = Vec::new();
            let mut reader = flate2::bufread::GzDecoder::new(&*packed);
            reader.read_to_end(&mut unpacked).unwrap();
            assert!(unpacked == *plain, "{name}");
        }
        assert!(sent < 200_000, "the whole page is {sent} bytes");
    }

    #[test]
    fn who_takes_gzip_gets_it() {
        let mut headers = HeaderMap::new();
        let plain = asset("index.html", &headers).unwrap();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        let packed = asset("index.html", &headers).unwrap();
        assert!(!plain.headers().contains_key(CONTENT_ENCODING));
        assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
        assert_ne!(plain.headers()[ETAG], packed.headers()[ETAG]);
        assert_eq!(plain.headers()[VARY], packed.headers()[VARY]);
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
        assert!(policy(None).contains("connect-src 'self'; "));
    }
}
