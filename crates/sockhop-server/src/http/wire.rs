//! The bytes under HTTP: what was read before it was known to be HTTP, then the socket's.
//!
//! A client that has said all it will may still be waiting for its answer, so the end of what it says
//! is not the end of the connection. But a follower's answer has no end: who says no more there has
//! gone, and is looked for while nothing is read.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::socket::Socket;

/// How much a follower may say, who has nothing to say.
const AHEAD_BYTES_MAX: usize = 16 << 10;

/// See the module.
#[derive(Debug)]
pub(super) struct Wire<'a> {
    ahead: BytesMut,
    socket: &'a mut Socket,
    following: Following,
}

/// Whether the answer on a wire is one without an end.
#[derive(Debug, Clone, Default)]
pub(super) struct Following(Arc<AtomicBool>);

/// An answer without an end, until this is dropped.
#[derive(Debug)]
pub(super) struct Endless(Arc<AtomicBool>);

impl Following {
    /// Begins such an answer.
    pub(super) fn begin(&self) -> Endless {
        self.0.store(true, Ordering::Relaxed);
        Endless(Arc::clone(&self.0))
    }

    fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl<'a> Wire<'a> {
    /// `first` was read from `socket` already.
    pub(super) fn new(first: &[u8], socket: &'a mut Socket, following: Following) -> Self {
        Self {
            ahead: first.into(),
            socket,
            following,
        }
    }

    /// What was read from the socket, and nobody has read again.
    pub(super) fn into_ahead(self) -> BytesMut {
        self.ahead
    }

    /// Finds out whether a follower is still there; if it is, its going wakes the task.
    fn poll_gone(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        loop {
            let mut bytes = [0; 1 << 10];
            let mut buf = ReadBuf::new(&mut bytes);
            match Pin::new(&mut *self.socket).poll_read(cx, &mut buf) {
                Poll::Pending => return Ok(()),
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Ready(Ok(())) if buf.filled().is_empty() => {
                    return Err(io::ErrorKind::BrokenPipe.into());
                }
                Poll::Ready(Ok(())) => self.ahead.extend_from_slice(buf.filled()),
            }
            if self.ahead.len() > AHEAD_BYTES_MAX {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
    }
}

impl AsyncRead for Wire<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            return Pin::new(&mut *self.socket).poll_read(cx, buf);
        }
        let length = self.ahead.len().min(buf.remaining());
        buf.put_slice(&self.ahead[..length]);
        self.ahead.advance(length);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.socket).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.socket).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    /// Called whenever the task is woken, also with nothing to write: so this is where to look.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut *self.socket).poll_flush(cx))?;
        if self.following.is_on() {
            self.poll_gone(cx)?;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::UnixStream;
    use tokio::runtime::{Builder, Runtime};

    use super::*;

    fn runtime() -> Runtime {
        Builder::new_current_thread()
            .enable_io()
            .build()
            .expect("a runtime of one thread")
    }

    fn ends() -> (Socket, UnixStream) {
        let (near, far) = UnixStream::pair().expect("two ends");
        (Socket::Unix(near), far)
    }

    /// How looking for a follower ends, which it does once something is wrong.
    async fn gone(wire: &mut Wire<'_>) -> io::ErrorKind {
        poll_fn(|cx| match Pin::new(&mut *wire).poll_flush(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(error.kind()),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
        })
        .await
    }

    #[test]
    fn what_was_read_first_is_read_again() {
        runtime().block_on(async {
            let (mut near, mut far) = ends();
            let mut wire = Wire::new(b"GET / ", &mut near, Following::default());
            far.write_all(b"HTTP/1.1").await.unwrap();
            far.shutdown().await.unwrap();
            let mut read = String::new();
            wire.read_to_string(&mut read).await.unwrap();
            assert_eq!(read, "GET / HTTP/1.1");
        });
    }

    #[test]
    fn what_nobody_read_again_is_given_back() {
        runtime().block_on(async {
            let (mut near, _far) = ends();
            let mut wire = Wire::new(b"handshake, frames", &mut near, Following::default());
            wire.read_exact(&mut [0; 11]).await.unwrap();
            assert_eq!(wire.into_ahead(), "frames");
        });
    }

    #[test]
    fn a_followers_end_is_found_and_what_it_said_before_is_not_lost() {
        runtime().block_on(async {
            let following = Following::default();
            let (mut near, mut far) = ends();
            let mut wire = Wire::new(b"", &mut near, following.clone());
            far.write_all(b"next").await.unwrap();
            let endless = following.begin();
            wire.flush().await.unwrap();
            far.shutdown().await.unwrap();
            assert_eq!(gone(&mut wire).await, io::ErrorKind::BrokenPipe);
            drop(endless);
            wire.flush().await.unwrap();
            let mut read = String::new();
            wire.read_to_string(&mut read).await.unwrap();
            assert_eq!(read, "next");
        });
    }

    #[test]
    fn a_follower_that_will_not_be_quiet_is_bounded() {
        runtime().block_on(async {
            let following = Following::default();
            let (mut near, mut far) = ends();
            let mut wire = Wire::new(b"", &mut near, following.clone());
            let _endless = following.begin();
            far.write_all(&[0; AHEAD_BYTES_MAX + 1]).await.unwrap();
            assert_eq!(gone(&mut wire).await, io::ErrorKind::InvalidData);
        });
    }
}
