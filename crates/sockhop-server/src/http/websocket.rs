//! `/-/ws`: the handshake of a WebSocket (RFC 6455, 4.2). What follows it is not HTTP.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hyper::header::{
    CONNECTION, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::{StatusCode, Version};
use sockhop_proto::{Code, Refusal};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::accept::Form;
use super::answer::{self, Answer};

/// The one version there is.
const VERSION: &str = "13";

/// Answers a handshake: with 101 if the connection is to be a WebSocket from now on.
pub(super) fn shake_hands(version: Version, headers: &HeaderMap, form: Form) -> Answer {
    match accept_key(version, headers) {
        Ok(key) => accepted(&key),
        Err(wrong) => refused(wrong, form),
    }
}

/// What is wrong with a handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    /// It is none.
    NoUpgrade,
    Version,
    Key,
}

fn accept_key(version: Version, headers: &HeaderMap) -> Result<String, Wrong> {
    let upgrades = version == Version::HTTP_11
        && lists(headers, &UPGRADE, "websocket")
        && lists(headers, &CONNECTION, "upgrade");
    if !upgrades {
        return Err(Wrong::NoUpgrade);
    }
    if only(headers, &SEC_WEBSOCKET_VERSION) != Some(VERSION.as_bytes()) {
        return Err(Wrong::Version);
    }
    let key = only(headers, &SEC_WEBSOCKET_KEY).ok_or(Wrong::Key)?;
    match BASE64.decode(key) {
        Ok(nonce) if nonce.len() == 16 => Ok(derive_accept_key(key)),
        _ => Err(Wrong::Key),
    }
}

fn accepted(key: &str) -> Answer {
    let mut answer = answer::empty(StatusCode::SWITCHING_PROTOCOLS);
    let headers = answer.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    let key = HeaderValue::from_str(key).expect("base64 is ASCII");
    headers.insert(SEC_WEBSOCKET_ACCEPT, key);
    answer
}

fn refused(wrong: Wrong, form: Form) -> Answer {
    let refusal = match wrong {
        Wrong::NoUpgrade => Refusal::new(Code::BadMessage, "this is where WebSockets connect")
            .hint("open ws://HOST/-/ws with a WebSocket client; / is the page"),
        Wrong::Version => Refusal::new(
            Code::BadMessage,
            "this hub speaks version 13 of WebSocket alone",
        ),
        Wrong::Key => Refusal::new(
            Code::BadMessage,
            "Sec-WebSocket-Key is not 16 bytes of base64",
        ),
    };
    let mut answer = answer::refused(refusal, form);
    if wrong != Wrong::Key {
        *answer.status_mut() = StatusCode::UPGRADE_REQUIRED;
        let headers = answer.headers_mut();
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static(VERSION));
    }
    answer
}

/// Whether a header that is a list names `word`.
fn lists(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| item.trim().eq_ignore_ascii_case(word))
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value.as_bytes()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 6455, 1.3.
    fn handshake() -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (UPGRADE, "websocket"),
            (CONNECTION, "keep-alive, Upgrade"),
            (SEC_WEBSOCKET_VERSION, "13"),
            (SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers
    }

    fn shaken(headers: &HeaderMap) -> (u16, HeaderMap) {
        let answer = shake_hands(Version::HTTP_11, headers, Form::Lines);
        (answer.status().as_u16(), answer.headers().clone())
    }

    #[test]
    fn a_handshake_is_taken() {
        let (status, headers) = shaken(&handshake());
        assert_eq!(status, 101);
        assert_eq!(
            headers[SEC_WEBSOCKET_ACCEPT],
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
        assert_eq!(headers[UPGRADE], "websocket");
    }

    #[test]
    fn what_is_missing_is_said() {
        for (name, value, status) in [
            (UPGRADE, None, 426),
            (UPGRADE, Some("h2c"), 426),
            (CONNECTION, Some("keep-alive"), 426),
            (SEC_WEBSOCKET_VERSION, Some("8"), 426),
            (SEC_WEBSOCKET_VERSION, None, 426),
            (SEC_WEBSOCKET_KEY, None, 400),
            (SEC_WEBSOCKET_KEY, Some("c2hvcnQ="), 400),
            (SEC_WEBSOCKET_KEY, Some("!"), 400),
        ] {
            let mut headers = handshake();
            headers.remove(&name);
            if let Some(value) = value {
                headers.insert(&name, HeaderValue::from_static(value));
            }
            let (answered, headers) = shaken(&headers);
            assert_eq!(answered, status, "{name}: {value:?}");
            let version = headers.get(SEC_WEBSOCKET_VERSION);
            assert_eq!(version.is_some(), status == 426, "{name}: {value:?}");
        }
        let mut twice = handshake();
        twice.append(
            SEC_WEBSOCKET_KEY,
            HeaderValue::from_static("dGhlIHNhbXBsZSBub25jZQ=="),
        );
        assert_eq!(shaken(&twice).0, 400);
        let old = shake_hands(Version::HTTP_10, &handshake(), Form::Lines);
        assert_eq!(old.status(), 426);
    }
}
