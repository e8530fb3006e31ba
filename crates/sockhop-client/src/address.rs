//! Where a hub is, as people write it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use sockhop_net::endpoint::parse_unix;
use sockhop_net::{Endpoint, EndpointError, Place};

/// The port of a hub.
pub const PORT: u16 = 1337;

/// The address of a hub: `PORT`, `HOST`, `HOST:PORT`, `[V6]:PORT`, `tcp://HOST:PORT` or
/// `unix:PATH`. What `sockhop serve` prints, `any://127.0.0.1:1337`, is understood too.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HubAddress {
    /// A machine, by name or address, and a port there.
    Tcp(Place),
    /// A Unix socket on this machine.
    Unix(PathBuf),
}

/// Why an address is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HubAddressError {
    /// Nothing at all, or no host before the colon.
    #[error(
        "{0:?} names no machine; an address looks like 192.168.1.20:1337, gs.local:1337 or just 1337"
    )]
    Host(String),
    /// Not a number from 1 to 65535.
    #[error("{0:?} is no port: a port is a number from 1 to 65535, and a hub's is usually 1337")]
    Port(String),
    /// A scheme that is not `tcp`.
    #[error("a hub cannot be reached by {0}://; write HOST:PORT, tcp://HOST:PORT or unix:PATH")]
    Scheme(String),
    /// `unix:` and nothing behind it.
    #[error("unix: needs a path, such as unix:/tmp/sockhop.sock")]
    Path,
}

impl Default for HubAddress {
    fn default() -> Self {
        Self::Tcp(Place::local(PORT))
    }
}

impl HubAddress {
    /// Whether it can only be on this machine.
    #[must_use]
    pub fn is_here(&self) -> bool {
        match self {
            Self::Unix(_) => true,
            Self::Tcp(place) => place.is_here(),
        }
    }

    /// Where that is, as any server is reached.
    pub(crate) fn endpoint(&self) -> Endpoint {
        match self {
            Self::Tcp(place) => Endpoint::Tcp(place.clone()),
            Self::Unix(path) => Endpoint::Unix(path.clone()),
        }
    }
}

impl FromStr for HubAddress {
    type Err = HubAddressError;

    fn from_str(text: &str) -> Result<Self, HubAddressError> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("unix:") {
            return parse_unix(path)
                .map(Self::Unix)
                .map_err(|_| HubAddressError::Path);
        }
        match text.split_once("://") {
            None => parse_place(text),
            Some(("tcp" | "any" | "frame", place)) => {
                parse_place(place.strip_suffix('/').unwrap_or(place))
            }
            Some((scheme, _)) => Err(HubAddressError::Scheme(scheme.to_owned())),
        }
    }
}

fn parse_place(text: &str) -> Result<HubAddress, HubAddressError> {
    let place = Place::parse(text, Some(PORT)).map_err(|error| match error {
        EndpointError::Port(port) => HubAddressError::Port(port),
        EndpointError::NoPort(_) => HubAddressError::Port(String::new()),
        _ => HubAddressError::Host(text.to_owned()),
    })?;
    match place.port {
        0 => Err(HubAddressError::Port("0".to_owned())),
        _ => Ok(HubAddress::Tcp(place)),
    }
}

impl fmt::Display for HubAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(place) => write!(f, "{place}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        for (text, read) in [
            ("1337", "127.0.0.1:1337"),
            ("gs.local", "gs.local:1337"),
            ("gs.local:4000", "gs.local:4000"),
            ("192.168.1.20", "192.168.1.20:1337"),
            ("::1", "[::1]:1337"),
            ("[::1]", "[::1]:1337"),
            ("[fe80::1%eth0]:9", "[fe80::1%eth0]:9"),
            ("tcp://gs:1", "gs:1"),
            ("any://127.0.0.1:1337", "127.0.0.1:1337"),
            ("unix:/tmp/x", "unix:/tmp/x"),
            ("unix:///tmp/x", "unix:/tmp/x"),
        ] {
            let address: HubAddress = text.parse().unwrap();
            assert_eq!(address.to_string(), read);
            assert_eq!(read.parse(), Ok(address), "what is shown can be typed");
        }
    }

    #[test]
    fn what_is_none_says_why() {
        let error = |text: &str| text.parse::<HubAddress>().unwrap_err();
        assert_eq!(error(""), HubAddressError::Host(String::new()));
        assert_eq!(error(":1"), HubAddressError::Host(":1".into()));
        assert_eq!(error("a/b:1"), HubAddressError::Host("a/b:1".into()));
        assert_eq!(error("gs:0"), HubAddressError::Port("0".into()));
        assert_eq!(error("99999"), HubAddressError::Port("99999".into()));
        assert_eq!(error("gs:"), HubAddressError::Port(String::new()));
        assert_eq!(error("gs:http"), HubAddressError::Port("http".into()));
        assert_eq!(error("http://gs"), HubAddressError::Scheme("http".into()));
        assert_eq!(error("unix:"), HubAddressError::Path);
    }

    #[test]
    fn here_is_this_machine_alone() {
        let here = |text: &str| text.parse::<HubAddress>().unwrap().is_here();
        assert!(here("1337") && here("localhost") && here("[::1]:1") && here("unix:/x"));
        assert!(!here("192.168.1.20") && !here("gs.local"));
    }
}
