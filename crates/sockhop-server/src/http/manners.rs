//! Headers that every answer has: what a browser may do with it, and which pages may read it.

use hyper::HeaderMap;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL,
    CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, StatusCode};

use super::answer::{self, Answer};
use super::origin::Caller;
use super::route::Route;

/// What every answer has, unless it says otherwise itself. What people wrote is never a page: it is
/// not guessed to be one, and could do nothing if it were.
const USUAL: [(HeaderName, &str); 6] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
    (VARY, "Accept, Origin"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Adds them.
pub(super) fn put(answer: &mut Answer, caller: Caller<'_>) {
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        return;
    }
    let headers = answer.headers_mut();
    for (name, value) in USUAL {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if let Caller::Allowed(origin) = caller
        && let Ok(origin) = HeaderValue::from_str(origin)
    {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("Location, WWW-Authenticate"),
        );
    }
}

/// The answer to `OPTIONS`: what can be done there, and, to a page of another origin that asks
/// beforehand, what it may send.
pub(super) fn options(route: &Route, asked: &HeaderMap, caller: Caller<'_>) -> Answer {
    const PRIVATE_ASKED: &str = "access-control-request-private-network";
    const PRIVATE_ALLOWED: &str = "access-control-allow-private-network";
    let allowed = HeaderValue::from_static(route.allowed());
    let mut answer = answer::empty(StatusCode::NO_CONTENT);
    let headers = answer.headers_mut();
    headers.insert(ALLOW, allowed.clone());
    if let Caller::Allowed(_) = caller {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, allowed);
        let sent = "X-Nick, X-Ephemeral, Authorization, Content-Type, Last-Event-ID";
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(sent));
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        if asked.contains_key(PRIVATE_ASKED) {
            headers.insert(PRIVATE_ALLOWED, HeaderValue::from_static("true"));
        }
    }
    answer
}

/// Says what can be done instead.
pub(super) fn put_allowed(answer: &mut Answer, route: &Route) {
    let allowed = HeaderValue::from_static(route.allowed());
    answer.headers_mut().insert(ALLOW, allowed);
}

/// Whether a request with `method` wants no more than the headers of its answer.
pub(super) fn wants_body(method: &Method) -> bool {
    *method != Method::HEAD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobodys_words_become_a_page() {
        let mut answer = answer::whole(StatusCode::OK, answer::TEXT, "<script>");
        put(&mut answer, Caller::Own);
        let headers = answer.headers();
        assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(
            headers[CONTENT_SECURITY_POLICY],
            "default-src 'none'; sandbox"
        );
        assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
    }

    #[test]
    fn only_pages_that_are_allowed_are_told_so() {
        let (room, asked) = (Route::Room("lobby".to_owned()), HeaderMap::new());
        let own = options(&room, &asked, Caller::Own);
        assert_eq!(own.headers()[ALLOW], "GET, HEAD, POST, PUT, OPTIONS");
        assert!(!own.headers().contains_key(ACCESS_CONTROL_ALLOW_METHODS));
        let page = Caller::Allowed("https://team.example");
        let mut answer = options(&room, &asked, page);
        put(&mut answer, page);
        assert_eq!(
            answer.headers()[ACCESS_CONTROL_ALLOW_ORIGIN],
            "https://team.example"
        );
        assert!(answer.headers().contains_key(ACCESS_CONTROL_ALLOW_METHODS));
        assert_eq!(answer.headers()[VARY], "Accept, Origin");
    }
}
