//! The values of a request's headers.

use hyper::HeaderMap;
use hyper::header::HeaderName;
use sockhop_proto::{Code, Refusal};

/// The value of a header that may be there once, and is text.
pub(super) fn only<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| bad_header(name)),
        (Some(_), Some(_)) => Err(bad_header(name)),
    }
}

/// The first value of a header, if it is text.
pub(super) fn first<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// All of them that are text.
pub(super) fn values<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).iter();
    values.filter_map(|value| value.to_str().ok())
}

/// What is said of one that is not as it must be.
pub(super) fn bad_header(name: &HeaderName) -> Refusal {
    let words = format!("the request needs one `{name}` header, in plain text");
    Refusal::new(Code::BadMessage, words)
}

#[cfg(test)]
mod tests {
    use hyper::header::ORIGIN;

    use super::*;

    #[test]
    fn what_may_be_there_once_is() {
        let mut headers = HeaderMap::new();
        assert_eq!(only(&headers, &ORIGIN), Ok(None));
        headers.append(ORIGIN, "http://a".parse().unwrap());
        assert_eq!(only(&headers, &ORIGIN), Ok(Some("http://a")));
        headers.append(ORIGIN, "http://b".parse().unwrap());
        assert!(only(&headers, &ORIGIN).is_err());
    }
}
