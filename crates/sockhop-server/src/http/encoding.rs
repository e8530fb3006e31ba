//! Whether a client takes what is compressed (RFC 9110, 12.5.3).

use hyper::HeaderMap;
use hyper::header::ACCEPT_ENCODING;

use super::accept::thousandths;

/// Whether it takes gzip, as all browsers do.
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    let mut any = false;
    let values = headers.get_all(ACCEPT_ENCODING).iter();
    for coding in values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
    {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let taken = match weight.trim().split_once('=') {
            Some((q, weight)) if q.eq_ignore_ascii_case("q") => {
                thousandths(weight).is_some_and(|weight| weight > 0)
            }
            _ => true,
        };
        match name.trim() {
            name if name.eq_ignore_ascii_case("gzip") => return taken,
            "*" => any = taken,
            _ => {}
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn gzip_is_for_those_who_take_it() {
        for (accepted, taken) in [
            ("gzip, deflate, br, zstd", true),
            ("br, GZIP;q=0.5", true),
            ("*", true),
            ("gzip;q=0, *", false),
            ("*;q=0", false),
            ("identity", false),
            ("gzip; q=x", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            assert_eq!(takes_gzip(&headers), taken, "{accepted}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
