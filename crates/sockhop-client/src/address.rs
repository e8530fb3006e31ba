//! Where a hub is, as people write it.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;
use std::str::FromStr;

/// The port of a hub.
pub const PORT: u16 = 1337;

/// The address of a hub: `PORT`, `HOST`, `HOST:PORT`, `[V6]:PORT`, `tcp://HOST:PORT` or
/// `unix:PATH`. What `sockhop serve` prints, `any://127.0.0.1:1337`, is understood too.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HubAddress {
    /// A machine, by name or address, and a port there.
    Tcp {
        /// A name or an IP address, without brackets.
        host: String,
        /// The port.
        port: u16,
    },
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
        Self::local(PORT)
    }
}

impl HubAddress {
    fn local(port: u16) -> Self {
        Self::Tcp {
            host: "127.0.0.1".to_owned(),
            port,
        }
    }

    /// Whether it can only be on this machine.
    #[must_use]
    pub fn is_here(&self) -> bool {
        match self {
            Self::Unix(_) => true,
            Self::Tcp { host, .. } => {
                let address = host.parse::<IpAddr>();
                host == "localhost" || address.is_ok_and(|address| address.is_loopback())
            }
        }
    }
}

impl FromStr for HubAddress {
    type Err = HubAddressError;

    fn from_str(text: &str) -> Result<Self, HubAddressError> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path {
                "" => Err(HubAddressError::Path),
                path => Ok(Self::Unix(path.into())),
            };
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

fn parse_place(place: &str) -> Result<HubAddress, HubAddressError> {
    let nobody = || HubAddressError::Host(place.to_owned());
    if !place.is_empty() && place.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(HubAddress::local(parse_port(place)?));
    }
    // A bare IPv6 address has colons of its own.
    let (host, port) = if let Some(rest) = place.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or_else(nobody)?;
        host.parse::<Ipv6Addr>().map_err(|_| nobody())?;
        match port {
            "" => (host, None),
            port => (host, Some(port.strip_prefix(':').ok_or_else(nobody)?)),
        }
    } else if place.parse::<Ipv6Addr>().is_ok() {
        (place, None)
    } else {
        match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        }
    };
    if host.is_empty() || host.contains(['/', ' ', '@']) {
        return Err(nobody());
    }
    Ok(HubAddress::Tcp {
        host: host.to_owned(),
        port: port.map_or(Ok(PORT), parse_port)?,
    })
}

fn parse_port(port: &str) -> Result<u16, HubAddressError> {
    match port.parse() {
        Ok(0) | Err(_) => Err(HubAddressError::Port(port.to_owned())),
        Ok(port) => Ok(port),
    }
}

impl fmt::Display for HubAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
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
            ("[fe80::1]:9", "[fe80::1]:9"),
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
