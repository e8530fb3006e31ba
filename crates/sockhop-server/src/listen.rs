//! What to listen on, written as a URL, and the listeners behind it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use socket2::{Domain, Socket, Type};
use sockhop_proto::Protocol;
use sockhop_proto::frame::FRAME;
use sockhop_proto::json::JSON;
use sockhop_proto::text::TEXT;
use tokio::net::{TcpListener, UdpSocket, UnixListener};

/// The port of a hub.
pub const PORT: u16 = 1337;

/// Connections the system holds for us until we accept them.
const BACKLOG: i32 = 1024;
/// Bytes of datagrams the system holds for us until we read them.
const DATAGRAMS_BYTES: usize = 1 << 20;

/// One place to listen: `any://127.0.0.1:1337`, `text://`, `json://`, `frame://`, `udp://`, or
/// `unix:PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenUrl {
    /// TCP, where the first bytes tell the protocol, or one is given.
    Tcp(Option<&'static Protocol>, SocketAddr),
    /// Datagrams.
    Udp(SocketAddr),
    /// A Unix socket, where the first bytes tell the protocol.
    Unix(PathBuf),
}

/// Why a listen URL is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListenUrlError {
    /// A scheme that is not among these.
    #[error("{0:?} does not start with any://, text://, json://, frame://, udp:// or unix:")]
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
            "any" => Ok(Self::Tcp(None, address()?)),
            "text" => Ok(Self::Tcp(Some(&TEXT), address()?)),
            "json" => Ok(Self::Tcp(Some(&JSON), address()?)),
            "frame" => Ok(Self::Tcp(Some(&FRAME), address()?)),
            "udp" => Ok(Self::Udp(address()?)),
            "http" | "tls+any" | "mqtt" | "irc" => Err(ListenUrlError::NotYet(scheme.to_owned())),
            _ => Err(scheme_error()),
        }
    }
}

impl fmt::Display for ListenUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(None, address) => write!(f, "any://{address}"),
            Self::Tcp(Some(protocol), address) => write!(f, "{}://{address}", protocol.name),
            Self::Udp(address) => write!(f, "udp://{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Something that listens, bound but not yet accepting.
#[derive(Debug)]
pub enum Listener {
    /// See [`ListenUrl::Tcp`].
    Tcp(Option<&'static Protocol>, TcpListener),
    /// See [`ListenUrl::Udp`].
    Udp(UdpSocket),
    /// See [`ListenUrl::Unix`]. The socket's file is removed when this is dropped.
    Unix(UnixListener, UnixPath),
}

/// A socket's file, removed when dropped.
#[derive(Debug)]
pub struct UnixPath(PathBuf);

impl Drop for UnixPath {
    fn drop(&mut self) {
        // Somebody may have removed it already.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Why it is not possible to listen, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another program has the port.
    #[error(
        "{url} is taken: another program, perhaps another hub, listens there. Stop it, or choose another port: --listen any://127.0.0.1:0 takes a free one"
    )]
    InUse {
        /// Where.
        url: ListenUrl,
    },
    /// The port needs privilege.
    #[error(
        "{url} needs privilege: ports below 1024 are for the administrator. Choose a port from 1024 on, such as 1337"
    )]
    Privileged {
        /// Where.
        url: ListenUrl,
    },
    /// The address is not one of this machine's.
    #[error(
        "{url} is not an address of this machine. 127.0.0.1 is always one; 0.0.0.0 stands for all of them"
    )]
    NotOurs {
        /// Where.
        url: ListenUrl,
    },
    /// The folder of a Unix socket is not there, or may not be written.
    #[error("{url} cannot be made: {}", match_unix(source))]
    Unix {
        /// Where.
        url: ListenUrl,
        /// What the system said.
        source: io::Error,
    },
    /// Anything else.
    #[error("{url} cannot be listened on: {}", source.kind())]
    Other {
        /// Where.
        url: ListenUrl,
        /// What the system said.
        source: io::Error,
    },
}

fn match_unix(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::NotFound => "its folder is not there",
        io::ErrorKind::PermissionDenied => "its folder may not be written",
        io::ErrorKind::AddrInUse => "a file of that name is there, and something listens on it",
        io::ErrorKind::InvalidInput => "the path is too long for a socket (about 100 bytes)",
        _ => "the system refuses",
    }
}

impl ListenUrl {
    /// Binds. Must be called within a runtime.
    ///
    /// # Errors
    /// Why it is not possible.
    pub fn bind(&self) -> Result<Listener, ListenError> {
        let bound = match self {
            Self::Tcp(protocol, address) => {
                tcp(*address).map(|listener| Listener::Tcp(*protocol, listener))
            }
            Self::Udp(address) => udp(*address).map(Listener::Udp),
            Self::Unix(path) => {
                unix(path).map(|listener| Listener::Unix(listener, UnixPath(path.clone())))
            }
        };
        bound.map_err(|source| self.error(source))
    }

    fn error(&self, source: io::Error) -> ListenError {
        let url = self.clone();
        match (self, source.kind()) {
            (Self::Unix(_), _) => ListenError::Unix { url, source },
            (_, io::ErrorKind::AddrInUse) => ListenError::InUse { url },
            (_, io::ErrorKind::PermissionDenied) => ListenError::Privileged { url },
            (_, io::ErrorKind::AddrNotAvailable) => ListenError::NotOurs { url },
            _ => ListenError::Other { url, source },
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
            Self::Tcp(protocol, listener) => ListenUrl::Tcp(*protocol, listener.local_addr()?),
            Self::Udp(socket) => ListenUrl::Udp(socket.local_addr()?),
            Self::Unix(_, path) => ListenUrl::Unix(path.0.clone()),
        })
    }
}

fn tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // A hub that restarts takes its port back from connections that are still closing.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}

fn udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, None)?;
    // A wish: the system may grant less.
    let _ = socket.set_recv_buffer_size(DATAGRAMS_BYTES);
    socket.bind(&address.into())?;
    socket.set_nonblocking(true)?;
    UdpSocket::from_std(socket.into())
}

/// Binds `path`, taking over the file a hub that was killed has left behind.
fn unix(path: &Path) -> io::Result<UnixListener> {
    match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            match std::os::unix::net::UnixStream::connect(path) {
                Err(refused) if refused.kind() == io::ErrorKind::ConnectionRefused => {
                    std::fs::remove_file(path)?;
                    UnixListener::bind(path)
                }
                _ => Err(error),
            }
        }
        bound => bound,
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
            error("http://127.0.0.1:1"),
            ListenUrlError::NotYet("http".into())
        );
        assert_eq!(
            error("any://localhost"),
            ListenUrlError::Address("localhost".into())
        );
        assert_eq!(error("unix:"), ListenUrlError::Path);
    }
}
