//! Who sends a request: a nick and a secret, from wherever clients can put them.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use percent_encoding::percent_decode;
use sockhop_proto::{Code, Refusal};

/// See the module.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Who {
    pub(super) nick: Option<String>,
    pub(super) secret: Option<String>,
}

/// Without the secret.
impl fmt::Debug for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Who")
            .field("nick", &self.nick)
            .finish_non_exhaustive()
    }
}

impl Who {
    /// Who a request with `headers` is from, whose address brought `secret`.
    ///
    /// # Errors
    /// A nick that is no text.
    pub(super) fn of(headers: &HeaderMap, secret: Option<String>) -> Result<Self, Refusal> {
        let mut who = Self { nick: None, secret };
        if let Some(authorization) = headers.get(AUTHORIZATION) {
            who.read_authorization(authorization.as_bytes());
        }
        if let Some(nick) = headers.get("x-nick") {
            // A header holds bytes: their UTF-8, or that percent-encoded.
            let nick = percent_decode(nick.as_bytes());
            let nick = nick.decode_utf8().map_err(|_| bad_nick())?;
            who.nick = Some(nick.into_owned());
        }
        Ok(who)
    }

    /// `Bearer SECRET`, or `Basic` with the secret as password and the nick as user (RFC 7617).
    /// What cannot be read brings nothing; where a secret is needed, it is then asked for.
    fn read_authorization(&mut self, authorization: &[u8]) {
        let authorization = String::from_utf8_lossy(authorization);
        let Some((scheme, credentials)) = authorization.split_once(' ') else {
            return;
        };
        let credentials = credentials.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            self.secret.get_or_insert_with(|| credentials.to_owned());
        } else if scheme.eq_ignore_ascii_case("basic")
            && let Ok(pair) = BASE64.decode(credentials)
            && let Cow::Borrowed(pair) = String::from_utf8_lossy(&pair)
            && let Some((user, password)) = pair.split_once(':')
        {
            self.secret.get_or_insert_with(|| password.to_owned());
            self.nick = Some(user.to_owned()).filter(|user| !user.is_empty());
        }
    }
}

fn bad_nick() -> Refusal {
    Refusal::new(Code::BadNick, "the nick in X-Nick is not UTF-8")
        .hint("percent-encode the bytes of its UTF-8: é is %C3%A9")
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn who(headers: &[(&'static str, &[u8])], secret: Option<&str>) -> Result<Who, Code> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_bytes(value).unwrap());
        }
        Who::of(&map, secret.map(str::to_owned)).map_err(|refusal| refusal.code)
    }

    fn expected(nick: Option<&str>, secret: Option<&str>) -> Result<Who, Code> {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Ok(Who {
            nick: own(nick),
            secret: own(secret),
        })
    }

    #[test]
    fn nicks_come_in_a_header() {
        assert_eq!(who(&[], None), expected(None, None));
        assert_eq!(
            who(&[("x-nick", b"ann")], None),
            expected(Some("ann"), None)
        );
        for jose in [&b"jos\xc3\xa9"[..], b"jos%C3%A9"] {
            assert_eq!(who(&[("x-nick", jose)], None), expected(Some("josé"), None));
        }
        assert_eq!(who(&[("x-nick", b"jos\xe9")], None), Err(Code::BadNick));
    }

    #[test]
    fn secrets_come_in_three_ways() {
        let word = expected(None, Some("word"));
        assert_eq!(who(&[], Some("word")), word);
        assert_eq!(who(&[("authorization", b"Bearer word")], None), word);
        assert_eq!(who(&[("authorization", b"bearer  word ")], None), word);
        // ":word", then "ann:word"
        assert_eq!(who(&[("authorization", b"Basic OndvcmQ=")], None), word);
        let ann = expected(Some("ann"), Some("word"));
        assert_eq!(who(&[("authorization", b"basic YW5uOndvcmQ=")], None), ann);
        // The address wins, and X-Nick over the user.
        let basic = ("authorization", &b"Basic YW5uOndvcmQ="[..]);
        assert_eq!(
            who(&[basic, ("x-nick", b"bob")], Some("other")),
            expected(Some("bob"), Some("other"))
        );
    }

    #[test]
    fn what_cannot_be_read_brings_nothing() {
        for bad in [
            &b"Bearer"[..],
            b"Digest x",
            b"Basic !!",
            b"Basic YQ==",
            b"\xff\xff",
        ] {
            assert_eq!(who(&[("authorization", bad)], None), expected(None, None));
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let shown = format!("{:?}", who(&[("x-nick", b"ann")], Some("word")));
        assert!(shown.contains("ann") && !shown.contains("word"), "{shown}");
    }
}
