//! A stream of bytes to somebody, whatever carries it: TCP, a Unix socket, or TLS.
//!
//! It knows nothing of messages, and asks nobody who is at the other end. `shutdown` ends this
//! side's half and leaves the other as it is; over TLS that says goodbye first, as TLS wants it.
//! What is written over TLS is on its way only once it is flushed.

mod halves;

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio_rustls::TlsStream;

use crate::tls::Tap;

pub use halves::{ReadStream, WriteStream};

/// How long a TCP connection is idle before the system asks whether the other side is still there.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(30);
/// How long it then waits for an answer before it asks again.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);

/// How much may be taken for writing that is not on its way yet.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNSENT_BYTES: u32 = 128 << 10;

/// See the module.
#[derive(Debug)]
pub enum Stream {
    /// Plain TCP.
    Tcp(TcpStream),
    /// A Unix socket.
    #[cfg(unix)]
    Unix(UnixStream),
    /// TLS over TCP, from either side.
    Tls(Box<TlsStream<Tap>>),
}

impl Stream {
    /// This side's address, where it has one.
    #[must_use]
    pub fn local_address(&self) -> Option<SocketAddr> {
        self.as_tcp()?.local_addr().ok()
    }

    /// The TCP connection underneath, if there is one.
    #[must_use]
    pub fn as_tcp(&self) -> Option<&TcpStream> {
        match self {
            Self::Tcp(stream) => Some(stream),
            #[cfg(unix)]
            Self::Unix(_) => None,
            Self::Tls(stream) => Some(stream.get_ref().0.as_tcp()),
        }
    }

    /// Splits it into a half that reads and one that writes, for two places of one task or for two
    /// tasks. TCP and Unix sockets do this without a lock.
    #[must_use]
    pub fn into_split(self) -> (ReadStream, WriteStream) {
        halves::split(self)
    }
}

/// Makes a TCP connection fit for messages: small ones go out at once, and a link that has died is
/// found although nobody says anything on it.
pub(crate) fn prepare(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let keepalive = TcpKeepalive::new()
        .with_time(KEEPALIVE_AFTER)
        .with_interval(KEEPALIVE_INTERVAL);
    // So that a slow reader is seen to read: otherwise megabytes go out at once, or nothing does.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = socket.set_tcp_notsent_lowat(UNSENT_BYTES);
    // A stream that does not know how is none the worse.
    let _ = socket.set_tcp_nodelay(true);
    let _ = socket.set_tcp_keepalive(&keepalive);
}

macro_rules! whichever {
    ($self:ident, $stream:ident => $call:expr) => {
        match $self.get_mut() {
            Stream::Tcp($stream) => $call,
            #[cfg(unix)]
            Stream::Unix($stream) => $call,
            Stream::Tls($stream) => $call,
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        whichever!(self, stream => Pin::new(stream).poll_read(cx, buf))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        whichever!(self, stream => Pin::new(stream).poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        whichever!(self, stream => Pin::new(stream).poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tcp(stream) => stream.is_write_vectored(),
            #[cfg(unix)]
            Self::Unix(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        whichever!(self, stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        whichever!(self, stream => Pin::new(stream).poll_shutdown(cx))
    }
}
