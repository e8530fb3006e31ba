//! What to listen on, written as a URL, and the listeners behind it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use sockhop_net::fault::Cause;
use sockhop_net::listener::{UnixPath, bind_tcp, bind_udp, bind_unix};
use sockhop_net::{Endpoint, Fault, Place};
use sockhop_proto::Protocol;
use sockhop_proto::frame::FRAME;
use sockhop_proto::json::JSON;
use sockhop_proto::text::TEXT;
use tokio::net::{TcpListener, UdpSocket, UnixListener};

/// The port of a hub.
pub const PORT: u16 = 1337;

/// What is spoken on a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoken {
    /// Whatever a client's first bytes tell.
    Any,
    /// This protocol.
    One(&'static Protocol),
    /// HTTP, and WebSocket by upgrade.
    Http,
}

impl Spoken {
    /// Every one of them with its word, which is also the scheme of its URLs.
    const ALL: [(&'static str, Self); 5] = [
        ("any", Self::Any),
        ("text", Self::One(&TEXT)),
        ("json", Self::One(&JSON)),
        ("frame", Self::One(&FRAME)),
        ("http", Self::Http),
    ];

    fn from_word(word: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == word);
        found.map(|(_, spoken)| *spoken)
    }
}

impl fmt::Display for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "any",
            Self::One(protocol) => protocol.name,
            Self::Http => "http",
        })
    }
}

/// One place to listen: `any://127.0.0.1:1337`, `text://`, `json://`, `frame://`, `http://`,
/// `udp://`, or `unix:PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenUrl {
    /// TCP.
    Tcp(Spoken, SocketAddr),
    /// Datagrams.
    Udp(SocketAddr),
    /// A Unix socket, where the first bytes tell the protocol.
    Unix(PathBuf),
}

/// Why a listen URL is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListenUrlError {
    /// A scheme that is not among these.
    #[error(
        "{0:?} does not start with any://, text://, json://, frame://, http://, udp:// or unix:"
    )]
    Scheme(String),
    /// A scheme that a later Sockhop will know.
    #[error("{0}:// is not spoken by this version of sockhop")]
    NotYet(String),
    /// Not `IP:PORT`.
    #[error(
        "{0:?} is not ADDRESS:PORT, such as 127.0.0.1:1337, 0.0.0.0:1337 (every network) or [::]:1337"
    )]
    Address(String),
    /// `unix:` and nothing behind it.
    #[error("unix: needs a path, such as unix:/tmp/sockhop.sock")]
    Path,
}

impl FromStr for ListenUrl {
    type Err = ListenUrlError;

    fn from_str(url: &str) -> Result<Self, ListenUrlError> {
        if let Some(path) = url.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path {
                "" => Err(ListenUrlError::Path),
                path => Ok(Self::Unix(path.into())),
            };
        }
        let scheme_error = || ListenUrlError::Scheme(url.to_owned());
        let (scheme, address) = url.split_once("://").ok_or_else(scheme_error)?;
        let address = || {
            address
                .parse()
                .map_err(|_| ListenUrlError::Address(address.to_owned()))
        };
        match scheme {
            "udp" => Ok(Self::Udp(address()?)),
            "tls+any" | "mqtt" | "irc" => Err(ListenUrlError::NotYet(scheme.to_owned())),
            _ => {
                let spoken = Spoken::from_word(scheme).ok_or_else(scheme_error)?;
                Ok(Self::Tcp(spoken, address()?))
            }
        }
    }
}

impl fmt::Display for ListenUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(spoken, address) => write!(f, "{spoken}://{address}"),
            Self::Udp(address) => write!(f, "udp://{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Something that listens, bound but not yet accepting.
#[derive(Debug)]
pub enum Listener {
    /// See [`ListenUrl::Tcp`].
    Tcp(Spoken, TcpListener),
    /// See [`ListenUrl::Udp`].
    Udp(UdpSocket),
    /// See [`ListenUrl::Unix`]. The socket's file is removed when this is dropped.
    Unix(UnixListener, UnixPath),
}

/// Why it is not possible to listen, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}{}", and_try(url, fault))]
pub struct ListenError {
    url: ListenUrl,
    fault: Fault,
}

fn and_try(url: &ListenUrl, fault: &Fault) -> String {
    let Some(advice) = fault.advice() else {
        return String::new();
    };
    // A hub's usual port was taken without anybody writing it.
    let flag = match (url, fault.cause()) {
        (ListenUrl::Unix(_), _) => "",
        (_, Cause::InUse { .. } | Cause::Privileged { .. }) => {
            " The flag for another is `--listen any://127.0.0.1:PORT`."
        }
        _ => "",
    };
    format!(". {advice}{flag}")
}

impl ListenUrl {
    /// Binds. Must be called within a runtime.
    ///
    /// # Errors
    /// Why it is not possible.
    pub fn bind(&self) -> Result<Listener, ListenError> {
        let bound = match self {
            Self::Tcp(spoken, address) => {
                bind_tcp(*address).map(|listener| Listener::Tcp(*spoken, listener))
            }
            Self::Udp(address) => bind_udp(*address).map(Listener::Udp),
            Self::Unix(path) => {
                bind_unix(path).map(|(listener, path)| Listener::Unix(listener, path))
            }
        };
        bound.map_err(|error| {
            let url = self.clone();
            let fault = Fault::bind(&self.endpoint(), &error);
            ListenError { url, fault }
        })
    }

    /// What it is to the system, whatever is spoken there.
    fn endpoint(&self) -> Endpoint {
        match self {
            Self::Tcp(_, address) => Endpoint::Tcp(Place::from(*address)),
            Self::Udp(address) => Endpoint::Udp(Place::from(*address)),
            Self::Unix(path) => Endpoint::Unix(path.clone()),
        }
    }

    /// Whether what is for `other` comes here as well, so that both cannot be bound and one will do.
    /// Port 0 is another one each time.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let is_wider = |own: SocketAddr, other: SocketAddr| {
            // `[::]` stands for IPv4 as well.
            let is_every = own.ip().is_unspecified() && (own.is_ipv6() || other.is_ipv4());
            own.port() != 0 && own.port() == other.port() && (is_every || own == other)
        };
        match (self, other) {
            (Self::Tcp(spoken, own), Self::Tcp(others, other)) => {
                spoken == others && is_wider(*own, *other)
            }
            (Self::Udp(own), Self::Udp(other)) => is_wider(*own, *other),
            _ => self == other,
        }
    }

    /// Whether anyone beyond this machine could reach it.
    #[must_use]
    pub fn is_public(&self) -> bool {
        match self {
            Self::Tcp(_, address) | Self::Udp(address) => !address.ip().is_loopback(),
            Self::Unix(_) => false,
        }
    }
}

impl Listener {
    /// Where it listens; the port is the real one.
    ///
    /// # Errors
    /// What the system says.
    pub fn url(&self) -> io::Result<ListenUrl> {
        Ok(match self {
            Self::Tcp(spoken, listener) => ListenUrl::Tcp(*spoken, listener.local_addr()?),
            Self::Udp(socket) => ListenUrl::Udp(socket.local_addr()?),
            Self::Unix(_, path) => ListenUrl::Unix(path.as_path().to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_round_trip() {
        for url in [
            "any://127.0.0.1:1337",
            "text://[::1]:0",
            "json://0.0.0.0:1",
            "frame://127.0.0.1:2",
            "http://127.0.0.1:80",
            "udp://127.0.0.1:9",
            "unix:/tmp/x",
        ] {
            assert_eq!(url.parse::<ListenUrl>().unwrap().to_string(), url);
        }
    }

    #[test]
    fn wrong_urls_say_what_is_wrong() {
        let error = |url: &str| url.parse::<ListenUrl>().unwrap_err();
        assert_eq!(
            error("127.0.0.1:1337"),
            ListenUrlError::Scheme("127.0.0.1:1337".into())
        );
        assert_eq!(
            error("mqtt://127.0.0.1:1"),
            ListenUrlError::NotYet("mqtt".into())
        );
        assert_eq!(
            error("any://localhost"),
            ListenUrlError::Address("localhost".into())
        );
        assert_eq!(error("unix:"), ListenUrlError::Path);
    }

    #[test]
    fn what_is_on_every_address_covers_one() {
        let covers = |own: &str, other: &str| {
            let [own, other] = [own, other].map(|url| url.parse::<ListenUrl>().unwrap());
            own.covers(&other)
        };
        for (own, other) in [
            ("any://[::]:5", "any://0.0.0.0:5"),
            ("any://[::]:5", "any://[::1]:5"),
            ("udp://0.0.0.0:5", "udp://127.0.0.1:5"),
            ("udp://[::]:5", "udp://0.0.0.0:5"),
        ] {
            assert!(covers(own, own) && covers(own, other), "{own} {other}");
            assert!(!covers(other, own), "{other} {own}");
        }
        assert!(covers("unix:/tmp/x", "unix:/tmp/x"));
        for (own, other) in [
            ("any://[::]:5", "text://0.0.0.0:5"),
            ("any://[::]:5", "udp://0.0.0.0:5"),
            ("any://[::]:5", "any://0.0.0.0:6"),
            ("any://0.0.0.0:5", "any://[::1]:5"),
            ("any://0.0.0.0:0", "any://0.0.0.0:0"),
        ] {
            assert!(!covers(own, other), "{own} {other}");
        }
    }

    #[test]
    fn what_cannot_be_listened_on_says_what_to_try() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let _inside = runtime.enter();
        let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = format!("any://{}", holder.local_addr().unwrap());
        for (url, words) in [
            (&*taken, "has it already"),
            (&*taken, "--listen any://127.0.0.1:PORT"),
            (
                "udp://198.51.100.1:1337",
                "is not an address of this machine",
            ),
            ("unix:/nowhere/x", "mkdir -p /nowhere"),
        ] {
            let url: ListenUrl = url.parse().unwrap();
            let error = url.bind().unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
