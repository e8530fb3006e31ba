//! Making an address this program's own. The only place that binds a listening socket.

use std::io;
use std::net::SocketAddr;
#[cfg(unix)]
use std::path::{Path, PathBuf};

use socket2::{Domain, Socket, Type};
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::net::{TcpListener, UdpSocket};

/// Connections the system holds for us until we accept them. It may hold fewer.
pub const BACKLOG: u16 = 1024;
/// Bytes of datagrams the system holds for us until we read them.
const DATAGRAMS_BYTES: usize = 1 << 20;

/// Listens for TCP connections to `address`.
///
/// # Errors
/// What the system says.
pub fn bind_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // A server that restarts takes its port back from connections that are still closing. (On
    // Windows the option means something else, and this goes without saying.)
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    reach_both(&socket, address);
    socket.bind(&address.into())?;
    socket.listen(BACKLOG.into())?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}

/// Receives datagrams sent to `address`.
///
/// # Errors
/// What the system says.
pub fn bind_udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, None)?;
    // A wish: the system may grant less.
    let _ = socket.set_recv_buffer_size(DATAGRAMS_BYTES);
    reach_both(&socket, address);
    socket.bind(&address.into())?;
    socket.set_nonblocking(true)?;
    UdpSocket::from_std(socket.into())
}

/// `[::]` stands for IPv4 as well, on every system alike.
fn reach_both(socket: &Socket, address: SocketAddr) {
    if address.is_ipv6() && address.ip().is_unspecified() {
        // One without IPv4 is none the worse.
        let _ = socket.set_only_v6(false);
    }
}

/// A Unix socket's file, removed when this is dropped, unless another has taken its place.
#[cfg(unix)]
#[derive(Debug)]
pub struct UnixPath {
    path: PathBuf,
    made: Option<FileId>,
}

/// What tells a file from another of the same name.
#[cfg(unix)]
type FileId = (u64, u64);

#[cfg(unix)]
impl UnixPath {
    fn new(path: &Path) -> Self {
        let made = file_id(path);
        let path = path.to_owned();
        Self { path, made }
    }

    /// Where it is.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        &self.path
    }
}

#[cfg(unix)]
impl Drop for UnixPath {
    fn drop(&mut self) {
        if self.made.is_some() && self.made == file_id(&self.path) {
            // Somebody may just have removed it.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(unix)]
fn file_id(path: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;

    let file = std::fs::symlink_metadata(path).ok()?;
    Some((file.dev(), file.ino()))
}

/// Listens on the Unix socket `path`, taking over the file that a program which was killed has left
/// behind.
///
/// # Errors
/// What the system says; `AddrInUse` also where a file is in the way that is no socket.
#[cfg(unix)]
pub fn bind_unix(path: &Path) -> io::Result<(UnixListener, UnixPath)> {
    let listener = match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_dead(path) => {
            std::fs::remove_file(path)?;
            UnixListener::bind(path)?
        }
        bound => bound?,
    };
    Ok((listener, UnixPath::new(path)))
}

/// Whether `path` is a socket nobody listens on any more.
#[cfg(unix)]
fn is_dead(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;

    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    is_socket && is_refused(path)
}

#[cfg(unix)]
fn is_refused(path: &Path) -> bool {
    let Ok(knock) = Socket::new(Domain::UNIX, Type::STREAM, None) else {
        return false;
    };
    // One whose queue is full is alive, and must not make us wait.
    let connected = knock
        .set_nonblocking(true)
        .and_then(|()| knock.connect(&socket2::SockAddr::unix(path)?));
    connected.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}
