//! The name the hub is called by.

use std::net::IpAddr;

use hyper::Version;
use hyper::header::HOST;
use hyper::http::request::Parts;
use hyper::http::uri::Authority;
use sockhop_proto::{Code, Refusal};

use super::headers::{bad_header, only};
use super::origin::AllowOrigin;

/// The name the hub was called by (RFC 9112, 3.2): there is one, but for the oldest clients.
pub(super) fn of(request: &Parts) -> Result<Option<&str>, Refusal> {
    let header = only(&request.headers, &HOST)?;
    if header.is_none() && request.version == Version::HTTP_11 {
        return Err(bad_header(&HOST));
    }
    let named = request.uri.authority().map(Authority::as_str);
    match named.or(header) {
        Some(host) if !is_host(host) => Err(bad_header(&HOST)),
        host => Ok(host),
    }
}

/// A name or address, with a port or without; nobody's user name in front.
fn is_host(host: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%:[]".contains(&byte);
    host.bytes().all(plain) && host.parse::<Authority>().is_ok()
}

/// Judges the name a request was sent to, where nothing but reaching the hub lets a client in. A
/// foreign page could give its own name the hub's address, and would then count as the hub's own; but
/// not a name that nobody else can own.
///
/// # Errors
/// A name that anybody might own.
pub(super) fn check(host: Option<&str>, allowed: &[AllowOrigin]) -> Result<(), Refusal> {
    let Some(host) = host else {
        return Ok(());
    };
    if is_near(&name(host)) || allowed.iter().any(|allowed| allowed.names(host)) {
        return Ok(());
    }
    let shown: String = host.chars().take(100).collect();
    let words = format!("{shown} may be anybody's name for this hub");
    Err(Refusal::new(Code::UnknownHost, words)
        .hint("use its address or localhost; --allow-origin http://NAME allows a name"))
}

/// A name that no stranger can own: an address, one without dots, or one below a private suffix.
fn is_near(name: &str) -> bool {
    const SUFFIXES: [&str; 6] = [
        ".localhost",
        ".local",
        ".lan",
        ".home",
        ".internal",
        ".home.arpa",
    ];
    name.parse::<IpAddr>().is_ok()
        || !name.contains('.')
        || SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

/// A host's name, without its port, the brackets of an IPv6 address, and the dot of a full name.
pub(super) fn name(host: &str) -> String {
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(v6),
        None => host.split(':').next().unwrap_or(host),
    };
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn allow(origin: &str) -> [AllowOrigin; 1] {
        [origin.parse().expect("an origin, or all of them")]
    }

    fn called(host: Option<&str>, uri: &str) -> Result<Option<String>, Code> {
        let mut request = Request::builder().uri(uri);
        if let Some(host) = host {
            request = request.header(HOST, host);
        }
        let (request, ()) = request.body(()).unwrap().into_parts();
        let host = of(&request).map_err(|refusal| refusal.code)?;
        Ok(host.map(str::to_owned))
    }

    #[test]
    fn a_hub_is_called_by_one_name() {
        for good in ["hub", "10.0.0.7:1337", "[::1]:1337", "hub.local", "a-b_c"] {
            assert_eq!(called(Some(good), "/"), Ok(Some(good.to_owned())));
        }
        for bad in [
            "a b",
            "a;script-src *",
            "*",
            "'self'",
            "a/b",
            "ann@hub",
            "a,b",
            "",
        ] {
            assert_eq!(called(Some(bad), "/"), Err(Code::BadMessage), "{bad}");
        }
        assert_eq!(called(None, "/"), Err(Code::BadMessage));
        let whole = called(Some("hub"), "http://evil.example/x");
        assert_eq!(whole, Ok(Some("evil.example".to_owned())));
    }

    #[test]
    fn names_that_strangers_could_own_are_not_this_machines() {
        for near in [
            "127.0.0.1:1337",
            "10.0.0.7",
            "[::1]:1337",
            "localhost:1337",
            "LOCALHOST.",
            "hub",
            "hub.local:1337",
            "hub.localhost",
            "hub.home.arpa",
        ] {
            assert!(check(Some(near), &[]).is_ok(), "{near}");
        }
        for far in [
            "evil.example:1337",
            "127.0.0.1.evil.example",
            "hub.local.evil.example.",
        ] {
            let refused = check(Some(far), &[]).unwrap_err();
            assert_eq!(refused.code, Code::UnknownHost, "{far}");
            assert!(check(Some(far), &allow("*")).is_ok());
        }
        let allowed = allow("https://hub.example");
        assert!(check(Some("hub.example:1337"), &allowed).is_ok());
        assert!(check(None, &[]).is_ok(), "HTTP/1.0 knows no names");
    }
}
