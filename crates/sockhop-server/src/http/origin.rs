//! Which web pages may speak to the hub. A browser sends whatever page it shows to whatever address
//! that page names, also to one that only it can reach; so the hub looks at where a request says it
//! comes from (and, in `host`, at the name it was called by).

use std::str::FromStr;

use sockhop_proto::{Code, Refusal};

use super::host::name;

/// A page's origin that may speak to the hub beside the hub's own page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowOrigin {
    /// Every page.
    Any,
    /// Pages of one origin, in lower case: `https://example.org`.
    Only(Box<str>),
}

/// Why an origin is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an origin such as https://example.org or http://10.0.0.7:8080, nor *")]
pub struct AllowOriginError(String);

impl FromStr for AllowOrigin {
    type Err = AllowOriginError;

    fn from_str(text: &str) -> Result<Self, AllowOriginError> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let host = authority(text).filter(|host| {
            let plain = |byte: u8| byte.is_ascii_graphic() && !b"/?#@\\,;'\"<>".contains(&byte);
            !host.is_empty() && host.bytes().all(plain)
        });
        match host {
            Some(_) => Ok(Self::Only(text.to_ascii_lowercase().into())),
            None => Err(AllowOriginError(text.to_owned())),
        }
    }
}

impl AllowOrigin {
    fn allows(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(only) => same(only, origin),
        }
    }

    /// Whether such pages may call the hub by the name in `host`.
    pub(super) fn names(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(only) => authority(only).is_some_and(|own| name(own) == name(host)),
        }
    }
}

/// What sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller<'a> {
    /// No page of anybody else's.
    Own,
    /// A page of this origin, which is allowed and wants to hear so.
    Allowed(&'a str),
}

/// What a browser says of the page that a request is from. Others say nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sender<'a> {
    /// `Origin`: left out where a page merely shows what it names, as in `<img src="…">`.
    pub(super) origin: Option<&'a str>,
    /// `Sec-Fetch-Site` and `Sec-Fetch-Mode` (W3C Fetch Metadata): sent all the same.
    pub(super) site: Option<&'a str>,
    pub(super) mode: Option<&'a str>,
}

impl Sender<'_> {
    /// Whether it is part of a page of somebody else's; following a link from there is not.
    fn is_foreign_part(&self) -> bool {
        matches!(self.site, Some("cross-site" | "same-site")) && self.mode != Some("navigate")
    }
}

/// Judges a request by its `sender` and the `host` it was sent to.
///
/// # Errors
/// A page that may not speak here.
pub(super) fn judge<'a>(
    sender: Sender<'a>,
    host: Option<&str>,
    allowed: &[AllowOrigin],
) -> Result<Caller<'a>, Refusal> {
    let Some(origin) = sender.origin else {
        if sender.is_foreign_part() && !allowed.contains(&AllowOrigin::Any) {
            return Err(foreign("another site"));
        }
        return Ok(Caller::Own);
    };
    let own = host.is_some_and(|host| {
        ["http://", "https://"].iter().any(|scheme| {
            let own = format!("{scheme}{host}");
            same(&own, origin)
        })
    });
    if own {
        return Ok(Caller::Own);
    }
    if allowed.iter().any(|allowed| allowed.allows(origin)) {
        return Ok(Caller::Allowed(origin));
    }
    let shown: String = origin.chars().take(100).collect();
    Err(foreign(&shown))
}

fn foreign(whose: &str) -> Refusal {
    let words = format!("a page of {whose} may not speak to this hub");
    Refusal::new(Code::ForeignOrigin, words)
        .hint("--allow-origin names the pages that may, beside the hub's own")
}

/// The host and port of an origin.
fn authority(origin: &str) -> Option<&str> {
    let (scheme, authority) = origin.split_once("://")?;
    let known = ["http", "https"]
        .iter()
        .any(|own| scheme.eq_ignore_ascii_case(own));
    known.then_some(authority)
}

/// Whether two origins are one: without regard to case, and with a scheme's own port left out.
fn same(one: &str, other: &str) -> bool {
    fn plain(origin: &str) -> String {
        let origin = origin.to_ascii_lowercase();
        let port = match origin.split_once("://") {
            Some(("http", _)) => ":80",
            Some(("https", _)) => ":443",
            _ => return origin,
        };
        origin.strip_suffix(port).unwrap_or(&origin).to_owned()
    }
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(origins: &[&str]) -> Vec<AllowOrigin> {
        origins
            .iter()
            .map(|origin| origin.parse().unwrap())
            .collect()
    }

    fn from(origin: &str) -> Sender<'_> {
        Sender {
            origin: Some(origin),
            ..Sender::default()
        }
    }

    fn judged<'a>(origin: &'a str, host: &str, allowed: &[&str]) -> Result<Caller<'a>, Code> {
        judge(from(origin), Some(host), &allow(allowed)).map_err(|refusal| refusal.code)
    }

    #[test]
    fn the_hubs_own_page_speaks_freely() {
        assert_eq!(judge(Sender::default(), None, &[]), Ok(Caller::Own));
        for (origin, host) in [
            ("http://127.0.0.1:1337", "127.0.0.1:1337"),
            ("http://[::1]:1337", "[::1]:1337"),
            ("https://hub.example", "hub.example"),
            ("http://Hub.Local", "hub.local:80"),
            ("https://hub.local", "hub.local:443"),
        ] {
            assert_eq!(judged(origin, host, &[]), Ok(Caller::Own), "{origin}");
        }
    }

    #[test]
    fn other_pages_do_not_unless_allowed() {
        for (origin, host) in [
            ("http://evil.example", "127.0.0.1:1337"),
            ("http://127.0.0.1:8080", "127.0.0.1:1337"),
            ("http://127.0.0.1", "127.0.0.1:1337"),
            ("http://127.0.0.1:1337.evil.example", "127.0.0.1:1337"),
            ("null", "127.0.0.1:1337"),
            ("ftp://127.0.0.1:1337", "127.0.0.1:1337"),
            ("127.0.0.1:1337", "127.0.0.1:1337"),
            ("", "127.0.0.1:1337"),
        ] {
            assert_eq!(
                judged(origin, host, &[]),
                Err(Code::ForeignOrigin),
                "{origin}"
            );
            let allowed = judged(origin, host, &["https://other.example", "*"]);
            assert_eq!(allowed, Ok(Caller::Allowed(origin)));
        }
        let (page, hub) = ("https://Team.Example", "10.0.0.7:1337");
        let allowed = judged(page, hub, &["https://team.example:443"]);
        assert_eq!(allowed, Ok(Caller::Allowed(page)));
        for near in [
            "http://team.example",
            "https://team.example:8443",
            "https://ateam.example",
        ] {
            let judged = judged(near, hub, &["https://team.example"]);
            assert_eq!(judged, Err(Code::ForeignOrigin), "{near}");
        }
        assert!(
            judge(from("http://x"), None, &[]).is_err(),
            "nothing to be the same as"
        );
    }

    #[test]
    fn what_a_foreign_page_merely_shows_is_foreign_too() {
        let judged = |site, mode, allowed: &[&str]| {
            let (site, mode) = (Some(site), Some(mode));
            let sender = Sender {
                site,
                mode,
                ..Sender::default()
            };
            judge(sender, Some("127.0.0.1:1337"), &allow(allowed)).map_err(|refusal| refusal.code)
        };
        for site in ["cross-site", "same-site"] {
            assert_eq!(judged(site, "no-cors", &[]), Err(Code::ForeignOrigin));
            assert_eq!(judged(site, "navigate", &[]), Ok(Caller::Own), "a link");
            assert_eq!(judged(site, "no-cors", &["*"]), Ok(Caller::Own));
        }
        assert_eq!(judged("same-origin", "cors", &[]), Ok(Caller::Own));
        assert_eq!(judged("none", "navigate", &[]), Ok(Caller::Own), "typed");
    }

    #[test]
    fn origins_are_origins() {
        for good in [
            "*",
            "https://example.org",
            "http://10.0.0.7:8080",
            "http://[::1]:3000",
        ] {
            assert!(good.parse::<AllowOrigin>().is_ok(), "{good}");
        }
        for bad in [
            "example.org",
            "https://",
            "https://a/b",
            "https://a b",
            "ws://a",
            "null",
            "",
        ] {
            assert!(bad.parse::<AllowOrigin>().is_err(), "{bad}");
        }
    }
}
