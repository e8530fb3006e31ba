//! Where a socket is, as people write it: `5000`, `gs.local:5000`, `udp://[::1]:5000`, `unix:/tmp/x`.
//!
//! Written the same way for listening and for connecting, and shown as it can be typed again.
//! Nothing is looked up here: whether a host exists is found out when it is dialled.

mod error;
mod place;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

pub use error::EndpointError;
pub use place::Place;

/// Where a socket is, and what is spoken on it: `PORT`, `HOST:PORT`, `[V6]:PORT`, one of those after
/// `tcp://`, `udp://` or `tls://`, `ws://HOST[:PORT][/PATH]`, `wss://` likewise, or `unix:PATH`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// A stream of bytes.
    Tcp(Place),
    /// Datagrams.
    Udp(Place),
    /// A stream of bytes that nobody in between can read.
    Tls(Place),
    /// Messages, begun as HTTP.
    WebSocket {
        /// Over TLS: `wss://`.
        secure: bool,
        /// Where.
        place: Place,
        /// What is asked for there, with its leading `/`.
        path: String,
    },
    /// A stream of bytes within this machine: a socket that has a file's name.
    Unix(PathBuf),
}

impl Endpoint {
    /// Its host and port, unless it is a Unix socket.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Tcp(place) | Self::Udp(place) | Self::Tls(place) => Some(place),
            Self::WebSocket { place, .. } => Some(place),
            Self::Unix(_) => None,
        }
    }

    /// Whether it can only be on this machine.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.place().is_none_or(Place::is_here)
    }

    /// The same kind of endpoint, at the address and port it really got. A Unix socket has neither.
    #[must_use]
    pub fn with_address(&self, address: SocketAddr) -> Self {
        let place = Place::from(address);
        match self {
            Self::Tcp(_) => Self::Tcp(place),
            Self::Udp(_) => Self::Udp(place),
            Self::Tls(_) => Self::Tls(place),
            Self::WebSocket { secure, path, .. } => Self::WebSocket {
                secure: *secure,
                place,
                path: path.clone(),
            },
            Self::Unix(path) => Self::Unix(path.clone()),
        }
    }

    /// What it starts with when it is written out: `tcp`, `udp`, `tls`, `ws`, `wss` or `unix`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        match self {
            Self::Tcp(_) => "tcp",
            Self::Udp(_) => "udp",
            Self::Tls(_) => "tls",
            Self::WebSocket { secure: false, .. } => "ws",
            Self::WebSocket { secure: true, .. } => "wss",
            Self::Unix(_) => "unix",
        }
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("unix:") {
            return parse_unix(path).map(Self::Unix);
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            if let Some((scheme, rest)) = text.split_once(':')
                && is_known(scheme)
            {
                return Err(EndpointError::Slashes {
                    scheme: scheme.to_owned(),
                    rest: rest.to_owned(),
                });
            }
            return Place::parse(text, None).map(Self::Tcp);
        };
        match scheme {
            "tcp" => parse_whole(rest).map(Self::Tcp),
            "udp" => parse_whole(rest).map(Self::Udp),
            "tls" => parse_whole(rest).map(Self::Tls),
            "ws" => parse_websocket(false, rest),
            "wss" => parse_websocket(true, rest),
            "http" | "https" => Err(EndpointError::Http {
                secure: scheme == "https",
                rest: rest.to_owned(),
            }),
            "any" | "text" | "json" | "frame" => Err(EndpointError::Hub {
                scheme: scheme.to_owned(),
                rest: rest.to_owned(),
            }),
            _ => Err(EndpointError::Scheme(scheme.to_owned())),
        }
    }
}

/// The path of `unix:PATH` or `unix://PATH`, from behind its first colon.
///
/// # Errors
/// When there is none.
pub fn parse_unix(path: &str) -> Result<PathBuf, EndpointError> {
    match path.strip_prefix("//").unwrap_or(path) {
        "" => Err(EndpointError::NoPath),
        path => Ok(path.into()),
    }
}

fn is_known(scheme: &str) -> bool {
    matches!(scheme, "tcp" | "udp" | "tls" | "ws" | "wss")
}

/// A place, and at most a slash behind it.
fn parse_whole(text: &str) -> Result<Place, EndpointError> {
    match text.split_once('/') {
        None => Place::parse(text, None),
        Some((place, "")) => Place::parse(place, None),
        Some((_, path)) => Err(EndpointError::Path(format!("/{path}"))),
    }
}

fn parse_websocket(secure: bool, text: &str) -> Result<Endpoint, EndpointError> {
    let (place, path) = match text.find(['/', '?']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    // It stands in the first line of a request, which ends at a space.
    if path.contains(|c: char| c == '#' || !c.is_ascii_graphic()) {
        return Err(EndpointError::BadPath(path.to_owned()));
    }
    let path = match path.strip_prefix('/') {
        Some(_) => path.to_owned(),
        None => format!("/{path}"),
    };
    let port = if secure { 443 } else { 80 };
    Ok(Endpoint::WebSocket {
        secure,
        place: Place::parse(place, Some(port))?,
        path,
    })
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(place) | Self::Udp(place) | Self::Tls(place) => {
                write!(f, "{}://{place}", self.scheme())
            }
            Self::WebSocket { place, path, .. } => write!(f, "{}://{place}{path}", self.scheme()),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_is_written_is_shown_as_it_can_be_typed(
            text in prop_oneof![
                "\\PC{0,40}",
                "((tcp|udp|tls|wss?)://)?(\\[?[0-9a-f:.%]{0,12}\\]?|[a-z.-]{0,8})(:[0-9]{0,6})?(/[a-z?]{0,4})?",
            ],
        ) {
            match text.parse::<Endpoint>() {
                Ok(endpoint) => prop_assert_eq!(endpoint.to_string().parse(), Ok(endpoint)),
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
    }

    #[test]
    fn endpoints_are_read_as_people_write_them() {
        for (text, read) in [
            ("5000", "tcp://127.0.0.1:5000"),
            (" 5000\n", "tcp://127.0.0.1:5000"),
            ("0", "tcp://127.0.0.1:0"),
            ("gs.local:5000", "tcp://gs.local:5000"),
            ("[::1]:5000", "tcp://[::1]:5000"),
            ("[fe80::1%wlan0]:5000", "tcp://[fe80::1%wlan0]:5000"),
            ("tcp://5000", "tcp://127.0.0.1:5000"),
            ("tcp://0.0.0.0:5000/", "tcp://0.0.0.0:5000"),
            ("udp://[::]:9", "udp://[::]:9"),
            ("tls://gs:443", "tls://gs:443"),
            ("ws://gs", "ws://gs:80/"),
            ("ws://8080", "ws://127.0.0.1:8080/"),
            ("ws://::1/x", "ws://[::1]:80/x"),
            ("wss://gs/-/ws?last=3", "wss://gs:443/-/ws?last=3"),
            ("wss://gs:1?a", "wss://gs:1/?a"),
            ("unix:/tmp/x", "unix:/tmp/x"),
            ("unix:///tmp/x", "unix:/tmp/x"),
            ("unix:x.sock", "unix:x.sock"),
        ] {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!(endpoint.to_string(), read);
            assert_eq!(read.parse(), Ok(endpoint), "what is shown can be typed");
        }
    }

    #[test]
    fn what_is_none_says_what_to_write() {
        for (text, words) in [
            ("", "\"\" names no machine"),
            (":5000", "0.0.0.0:5000"),
            ("*:5000", "0.0.0.0:5000"),
            ("gs", "gs:5000"),
            ("::1", "[::1]:5000"),
            ("::1:5000", "[::1]:5000"),
            ("[::1", "\"[::1\" names no machine"),
            ("[gs]:5000", "\"[gs]:5000\" names no machine"),
            ("gs:99999", "between, such as 5000"),
            ("99999", "between, such as 5000"),
            ("-1", "\"-1\" has no port"),
            ("gs:http", "\"http\" is no port"),
            ("gs:", "gs:5000"),
            ("a b:1", "names no machine"),
            ("me@gs:1", "names no machine"),
            ("tcp:5000", "tcp://5000"),
            ("tcp://gs:5000/x", "\"/x\""),
            ("http://gs/x", "`curl http://gs/x`"),
            ("https://gs", "wss://gs"),
            ("any://127.0.0.1:1337", "tcp://127.0.0.1:1337"),
            ("ssl://gs:1", "tls://"),
            ("gopher://gs:1", "gopher://"),
            ("ws://gs/a b", "%20"),
            ("unix:", "unix:/tmp/"),
        ] {
            let error = text.parse::<Endpoint>().unwrap_err().to_string();
            assert!(error.contains(words), "{text:?}: {error}");
        }
    }

    #[test]
    fn here_is_this_machine_alone() {
        let here = |text: &str| text.parse::<Endpoint>().unwrap().is_here();
        assert!(here("5000") && here("localhost:1") && here("udp://[::1]:1") && here("unix:/x"));
        assert!(here("127.3.2.1:1") && here("ws://a.localhost"));
        assert!(!here("192.168.1.20:1") && !here("gs.local:1") && !here("0.0.0.0:1"));
    }

    #[test]
    fn the_real_port_takes_the_place_of_the_one_asked_for() {
        let asked: Endpoint = "ws://localhost:0/x".parse().unwrap();
        let got = asked.with_address(([127, 0, 0, 1], 4711).into());
        assert_eq!(got.to_string(), "ws://127.0.0.1:4711/x");
        let unix: Endpoint = "unix:/tmp/x".parse().unwrap();
        assert_eq!(unix.with_address(([127, 0, 0, 1], 1).into()), unix);
    }
}
